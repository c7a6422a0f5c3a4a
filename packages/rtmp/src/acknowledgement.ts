/** A peer that asks for an acknowledgement of every byte gets one for each so many: tiny windows have brought servers down. */
const smallestWindow = 32 * 1024;

/** Counts what was received, from the first handshake byte on, and says when the peer's window asks for an acknowledgement (RTMP 1.0, 5.4.3 and 5.4.4). */
export class AckCounter {
  #window = 0;
  #total = 0;
  #acknowledged = 0;

  /** Bytes received so far. */
  get total(): number {
    return this.#total;
  }

  /** The peer's window in bytes; 0 asks for none. */
  setWindow(bytes: number): void {
    this.#window = bytes === 0 ? 0 : Math.max(bytes, smallestWindow);
  }

  /** The sequence number to acknowledge now, modulo 2³², or undefined while none is due. */
  received(bytes: number): number | undefined {
    this.#total += bytes;
    if (this.#window === 0) return undefined;
    // As much again at once would overrun the window, and a peer may stop sending there: bytes arrive in pieces of up to 64 KiB.
    if (this.#total + bytes - this.#acknowledged <= this.#window) return undefined;
    this.#acknowledged = this.#total;
    return this.#total % 2 ** 32;
  }
}
