import type { Writable } from "node:stream";
import { now } from "./clock.ts";
import type { Group, PacketLog } from "./packet-log.ts";
import type { Wire } from "./wire.ts";

/** How far a viewer may fall behind before it is moved forward, and how long it may take nothing at all before it is let go. */
export type CursorLimits = { readonly maxLagUs: number; readonly stallMs: number };

/** At most so much is handed to a socket before it has drained: the rest stays in the log, where it costs nothing. */
const burstBytes = 256 * 1024;

/** What the cursor's owner is told. `ended`: no more is written; the socket is the owner's again. */
export type CursorOwner = {
  /** The first bytes are about to be written. */
  started?(): void;
  /** The stream it waited for has its source now. */
  live?(): void;
  ended(reason: string): void;
};

/** What a cursor needs of its stream. */
export type Readable = {
  readonly log: PacketLog;
  /** The position up to which the last pass went; nobody reads further, so that all meet at the same places. */
  readonly limit: number;
  readonly settled: boolean;
  readonly cursorLimits: CursorLimits;
};

/**
 * A viewer: a position in a stream's log, and a socket. It has no queue: what the socket has not taken is not written, and the position stays.
 * When it falls too far behind it moves to the newest keyframe.
 */
export class Cursor {
  readonly socket: Writable;
  bytes = 0;
  /** How often it had to be moved forward. */
  skips = 0;
  readonly #stream: Readable;
  readonly #owner: CursorOwner;
  #wire: Wire;
  #position = 0;
  /** Flowing, or waiting for a group that starts at `#position` or later. */
  #flowing = false;
  #paused = false;
  #started = false;
  /** It was there before the stream's first packet: all of the stream is for it, from the first keyframe on. */
  readonly #fromStart: boolean;
  #blockedSince = 0;
  #pendingBytes = 0;

  constructor(stream: Readable, wire: Wire, socket: Writable, owner: CursorOwner) {
    this.#stream = stream;
    this.#wire = wire;
    this.socket = socket;
    this.#owner = owner;
    this.#fromStart = stream.log.head === 0;
  }

  get wire(): Wire {
    return this.#wire;
  }

  /** Writes what the socket takes of what is there. Called in passes, and when the socket has drained. */
  flush(): void {
    if (this.#paused || this.#isBlocked()) return;
    const { log, limit } = this.#stream;
    if (this.#flowing && this.#isLate(log)) this.#skip();
    if (!this.#flowing && !this.#seek(log)) return;
    if (this.#position >= limit) return;
    const batch = this.#wire.batch(this.#position, limit);
    if (batch.to >= limit) this.#write(batch.bytes, batch.to);
    else this.#catchUp(limit);
  }

  /** Stops writing; what is published meanwhile is not for this viewer. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on at the next keyframe, or at the newest one if this viewer has not been past it. */
  resume(): void {
    this.#paused = false;
    this.#flowing = false;
    this.flush();
  }

  /** Goes on in another format (with sound or picture left out, for example) at the next keyframe. */
  change(wire: Wire): void {
    this.#wire = wire;
    this.resume();
  }

  /** True when the socket has taken nothing for so long that nobody can be watching. */
  isStalled(at: number): boolean {
    return this.#isBlocked() && at - this.#blockedSince > this.#stream.cursorLimits.stallMs;
  }

  /** There is more for it than its socket has taken. */
  get isBehind(): boolean {
    return this.#flowing && !this.#paused && this.#position < this.#stream.limit;
  }

  live(): void {
    this.#owner.live?.();
  }

  end(reason: string): void {
    this.#paused = true;
    this.#owner.ended(reason);
  }

  #catchUp(limit: number): void {
    this.socket.cork();
    for (let burst = 0; this.#position < limit && burst < burstBytes; ) {
      const { bytes, to } = this.#wire.batch(this.#position, limit);
      burst += bytes.length;
      if (bytes.length > 0) this.socket.write(bytes);
      this.bytes += bytes.length;
      this.#position = to;
    }
    this.socket.uncork();
    this.#notePending();
  }

  #write(bytes: Uint8Array, to: number): void {
    this.#position = to;
    if (bytes.length === 0) return;
    this.socket.write(bytes);
    this.bytes += bytes.length;
    this.#notePending();
  }

  #notePending(): void {
    const pending = this.socket.writableLength;
    if (pending === 0) return;
    this.#pendingBytes = pending;
    this.#blockedSince = now();
  }

  /** A socket tells of a drain only after large writes, so the length is asked for; it costs nothing when the last write went through. */
  #isBlocked(): boolean {
    if (this.#pendingBytes === 0) return false;
    const pending = this.socket.writableLength;
    if (pending !== this.#pendingBytes) {
      this.#pendingBytes = pending;
      this.#blockedSince = now();
    }
    return pending > 0;
  }

  #isLate(log: PacketLog): boolean {
    return this.#position < log.first || log.lagUs(this.#position) > this.#stream.cursorLimits.maxLagUs;
  }

  /** Too far behind: on to a newer group, when there is one, or when one comes. */
  #skip(): void {
    this.skips++;
    this.#flowing = false;
    this.#position++;
  }

  #seek(log: PacketLog): boolean {
    const group = this.#fromStart && !this.#started ? log.oldestGroup : log.newestGroup;
    if (!this.#stream.settled || !group || group.position < this.#position || group.position >= this.#stream.limit)
      return false;
    this.#announce(group);
    this.#position = group.position;
    this.#flowing = true;
    return true;
  }

  #announce(group: Group): void {
    if (this.#started) return this.#put(this.#wire.format.change(group));
    this.#started = true;
    this.#owner.started?.();
    this.#put(this.#wire.start(group));
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.socket.write(bytes);
    this.bytes += bytes.length;
  }
}
