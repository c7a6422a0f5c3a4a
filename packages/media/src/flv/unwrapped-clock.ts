/** Makes a 32-bit millisecond clock go on for ever: each time is taken to be within half a turn of the one before (RFC 1982). One for all tracks, since they share the clock. */
export class UnwrappedClock {
  #last: number | undefined;

  /** The latest time; 0 when there is none yet. */
  get last(): number {
    return this.#last ?? 0;
  }

  /** The time without turns; the clock stands there from now on. */
  advance(timestampMs: number): number {
    this.#last = this.read(timestampMs);
    return this.#last;
  }

  /** The time without turns, for what is no frame: encoders give those any time, so the clock stays. */
  read(timestampMs: number): number {
    if (this.#last === undefined) return timestampMs;
    return this.#last + ((timestampMs - this.#last) | 0); // modulo 2³², signed: the shorter way round
  }
}
