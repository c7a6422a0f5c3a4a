const firstMs = 1_000;
const maxMs = 60_000;
/** A connection that has held for so long was a good one. */
const goodMs = 30_000;

/** How long to wait before the next attempt: longer and longer, up to a minute, and not at the same moment as everybody else whom a server has lost. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** The wait after a connection that ran for so long; 0 for one that was never there. */
  next(ranMs: number): number {
    if (ranMs >= goodMs) this.#failures = 0;
    const waitMs = Math.min(maxMs, firstMs * 2 ** Math.min(this.#failures++, 10));
    return Math.round(waitMs * (0.75 + this.#random() / 2));
  }
}
