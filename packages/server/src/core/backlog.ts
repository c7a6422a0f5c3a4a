import type { Writable } from "node:stream";
import { now } from "./clock.ts";

/** A socket that has taken everything for so long is likely to go on. */
const easyMs = 2_000;

/** What a viewer's socket was given and has not taken. */
export class Backlog {
  /** Since when the socket has not had everything that there was; 0 when it has. */
  behindSince = 0;
  /** It had taken everything for a while when that was judged, and since. */
  isEasy = false;
  /** The kernel holds so many bytes at most, beyond what the way there and back needs; 0 before it has been told. */
  limited = 0;
  readonly #socket: Writable;
  #bytes = 0;
  #blockedSince = now();

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  /** As it was when that was looked at last. */
  get bytes(): number {
    return this.#bytes;
  }
  /** When the socket last took anything, or was given it. */
  get blockedSince(): number {
    return this.#blockedSince;
  }

  /** To be called after a write. */
  note(): void {
    const pending = this.#socket.writableLength;
    if (pending === 0) {
      this.behindSince = 0;
      return;
    }
    this.isEasy = false;
    this.#bytes = pending;
    this.#blockedSince = now();
    this.behindSince ||= this.#blockedSince;
  }

  /** Looks anew at what waits, in bytes, and at whether it is easy. */
  judge(): number {
    this.isEasy = !this.isBlocked() && now() - this.#blockedSince > easyMs;
    return this.#bytes;
  }

  /** A socket tells of a drain only after large writes, so the length is asked for; it costs nothing when the last write went through. */
  isBlocked(): boolean {
    if (this.#bytes === 0) return false;
    const pending = this.#socket.writableLength;
    if (pending !== this.#bytes) {
      this.#bytes = pending;
      this.#blockedSince = now();
    }
    return pending > 0;
  }
}
