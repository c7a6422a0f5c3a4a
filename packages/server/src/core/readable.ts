import type { Cursor } from "./cursor.ts";
import type { CursorLimits } from "./cursor-owner.ts";
import type { Format } from "./format.ts";
import type { PacketLog } from "./packet-log.ts";
import type { Wire } from "./wire.ts";

/** What a cursor reads: a log, with others who read it. */
export type Readable = {
  readonly log: PacketLog;
  /** The position up to which the last pass went; nobody reads further, so that all meet at the same places. */
  readonly limit: number;
  readonly settled: boolean;
  readonly cursorLimits: CursorLimits;
  /** A socket is given little that it does not take at once: there are other qualities, and the viewer may get one of them instead. */
  readonly careful: boolean;
  /** The log in one format, the same for all who ask. */
  wire(format: Format): Wire;
  /** The viewer reads here from now on, or no longer. */
  enter(cursor: Cursor): void;
  leave(cursor: Cursor): void;
};

/** What a viewer's socket takes, as far as that can be seen from here. */
export type Drain = {
  /** Bytes in all that it has taken. */
  readonly taken: number;
  /** Bytes that it was given and has not taken. */
  readonly waiting: number;
  /** The most that was written at once since this was asked last. */
  readonly burst: number;
  /** Since when it has not had everything that there was; undefined when it has. */
  readonly behindSince: number | undefined;
  /** How far the viewer is behind the newest of what it reads, in microseconds. */
  readonly lagUs: number;
  /** It has not come yet to the keyframe at which it goes over to what it `reads`. */
  readonly moving: boolean;
  /** Time in the stream from where it is to the next keyframe, measured or, where that has not come, as the last group was long; microseconds. */
  readonly groupLeftUs: number | undefined;
};
