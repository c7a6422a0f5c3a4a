import { Writable } from "node:stream";
import type { Packet } from "@sluice/media";
import type { Format } from "../src/core/format.ts";

/** A socket whose peer reads when told to: while it is `held`, what is written stays pending, as in a socket whose peer's window is closed. */
export class Sink extends Writable {
  readonly received: Buffer[] = [];
  #held = false;
  #waiting: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 64 * 1024, decodeStrings: true });
  }

  hold(): void {
    this.#held = true;
  }
  release(): void {
    this.#held = false;
    const go = this.#waiting;
    this.#waiting = undefined;
    go?.();
  }
  /** What has arrived, as text. */
  text(): string {
    return Buffer.concat(this.received).toString("latin1");
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.received.push(chunk);
    if (this.#held) this.#waiting = callback;
    else callback();
  }
}

/** A format that people can read: `[start 400]`, then `v400k v440 a440 …`, one word a packet. Counts what it encodes. */
export function textFormat(key = "text"): Format & { encoded: number } {
  const format = {
    key,
    encoded: 0,
    start: ({ dtsUs, tracks }: { dtsUs: number; tracks: readonly { kind: string }[] }) =>
      Buffer.from(`[start ${dtsUs / 1000} ${tracks.map((track) => track.kind).join("+")}] `),
    change: ({ dtsUs }: { dtsUs: number }) => Buffer.from(`[change ${dtsUs / 1000}] `),
    encode: ({ kind, track, dtsUs, keyframe }: Packet) => {
      format.encoded++;
      return Buffer.from(word(kind, track.kind, dtsUs / 1000, keyframe));
    },
  };
  return format;
}

function word(kind: string, track: string, timeMs: number, keyframe: boolean): string {
  if (kind !== "frame") return `${kind}-${track} `;
  return `${track[0]}${timeMs}${keyframe && track === "video" ? "k" : ""} `;
}
