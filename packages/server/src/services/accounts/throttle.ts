import { now } from "../../core/clock.ts";

/** So many wrong guesses are a slip; each further one doubles the time until the next. */
const slips = 5;
const longestMs = 15 * 60_000;
const maxEntries = 10_000;

type Entry = { failures: number; until: number };

/** Makes guessing slow: counted by where a guess comes from, and by what is guessed at. */
export class Throttle {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: () => number;

  constructor(clock: () => number = now) {
    this.#clock = clock;
  }

  /** How many seconds any of these has to wait; 0 when none has to. */
  wait(...keys: readonly string[]): number {
    const left = keys.map((key) => (this.#entries.get(key)?.until ?? 0) - this.#clock());
    return Math.ceil(Math.max(0, ...left) / 1000);
  }

  failed(...keys: readonly string[]): void {
    for (const key of keys) {
      const failures = (this.#entries.get(key)?.failures ?? 0) + 1;
      const waitMs = failures < slips ? 0 : Math.min(1_000 * 2 ** (failures - slips), longestMs);
      // Whoever is written last is the last to be forgotten.
      this.#entries.delete(key);
      this.#entries.set(key, { failures, until: this.#clock() + waitMs });
    }
    this.#forget();
  }

  succeeded(...keys: readonly string[]): void {
    for (const key of keys) this.#entries.delete(key);
  }

  #forget(): void {
    const old = this.#clock() - longestMs;
    for (const [key, { until }] of this.#entries) {
      if (until > old && this.#entries.size <= maxEntries) return;
      this.#entries.delete(key);
    }
  }
}
