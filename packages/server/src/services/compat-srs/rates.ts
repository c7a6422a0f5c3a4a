import { now } from "../../core/clock.ts";

type Mark = { readonly at: number; readonly bytes: number };

const windowMs = 30_000;

/** How many kilobits a second counters grow by, measured from one question to a later one: over half a minute where somebody asks so often, and otherwise longer. */
export class Rates {
  readonly #marks = new WeakMap<object, readonly [from: Mark, next: Mark]>();

  /** `aliveMs`: since the counter was 0. */
  kbps(of: object, bytes: number, aliveMs: number): number {
    const mark: Mark = { at: now(), bytes };
    const first: Mark = { at: mark.at - aliveMs, bytes: 0 };
    const [from, next] = this.#marks.get(of) ?? [first, mark];
    const marks = mark.at - next.at >= windowMs ? ([next, mark] as const) : ([from, next] as const);
    this.#marks.set(of, marks);
    const [since] = marks;
    const ms = mark.at - since.at;
    return ms <= 0 ? 0 : Math.round(((bytes - since.bytes) * 8) / ms);
  }
}
