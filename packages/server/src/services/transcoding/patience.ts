const firstMs = 500;
const longestMs = 30_000;
/** Who has run for so long has run well. */
const wellMs = 60_000;
/** So many times within so long it could not keep up: that is no accident. */
const maxDrops = 2;
const dropsMs = 30_000;
const calmMs = 5 * 60_000;
const longestCalmMs = 60 * 60_000;

/** When something that has failed may be tried again, when it has failed to keep up too often, and when more may be asked of it again. */
export class Patience {
  readonly #clock: () => number;
  #failures = 0;
  #until = Number.NEGATIVE_INFINITY;
  #drops: number[] = [];
  #calmMs = calmMs;
  #calmSince: number;

  constructor(clock: () => number) {
    this.#clock = clock;
    this.#calmSince = clock();
  }

  /** It may be tried. */
  get isOver(): boolean {
    return this.#clock() >= this.#until;
  }
  /** It has kept up for long enough. */
  get isCalm(): boolean {
    return this.#clock() - this.#calmSince >= this.#calmMs;
  }

  /** It has failed; returns after how many milliseconds it may be tried again, each time longer. */
  failed(): number {
    const delay = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures++, 16));
    this.#until = this.#clock() + delay;
    return delay;
  }

  /** It runs since then. */
  ranSince(at: number): void {
    if (this.#clock() - at >= wellMs) this.#failures = 0;
  }

  /** It could not keep up; true when that was once too often. */
  dropped(): boolean {
    const at = this.#clock();
    this.#calmSince = at;
    this.#drops = [...this.#drops.filter((each) => at - each < dropsMs), at];
    if (this.#drops.length < maxDrops) return false;
    this.#drops = [];
    return true;
  }

  /** More has been tried: the next time it has to be calm for longer. */
  tried(): void {
    this.#calmSince = this.#clock();
    this.#calmMs = Math.min(longestCalmMs, this.#calmMs * 2);
  }

  reset(): void {
    this.#failures = 0;
    this.#until = Number.NEGATIVE_INFINITY;
    this.#drops = [];
    this.#calmMs = calmMs;
    this.#calmSince = this.#clock();
  }
}
