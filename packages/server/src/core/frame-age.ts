import { now } from "./clock.ts";

/** Half of them were at most so old, and 99 of 100; in milliseconds. */
export type AgeSpread = { readonly p50Ms: number; readonly p99Ms: number };

/** To measure every pass would cost as much as all else that the pacer does for a stream. */
const measuredPasses = 7;
/** So many are kept: of a stream with picture and sound those of about ten seconds. */
const keptPasses = 128;
/** What was written before that says nothing of how it goes now. */
const validMs = 10_000;
const nothing = -1;
const unmeasured = -2;

/** How old packets are when everybody who takes a stream as it comes has been given them; of the oldest packet of a pass. */
export class FrameAge {
  #ages: Float64Array | undefined;
  #measured = 0;
  #toLeaveOut = 0;
  /** Since when the oldest packet waits. */
  #since = nothing;
  #lastAt = Number.NEGATIVE_INFINITY;

  /** A packet is there. */
  begin(): void {
    if (this.#since !== nothing) return;
    this.#since = this.#toLeaveOut === 0 ? now() : unmeasured;
    this.#toLeaveOut = (this.#toLeaveOut || measuredPasses) - 1;
  }

  /** All that was there has been written. */
  end(): void {
    const since = this.#since;
    this.#since = nothing;
    if (since < 0) return;
    this.#ages ??= new Float64Array(keptPasses);
    this.#lastAt = now();
    this.#ages[this.#measured++ % keptPasses] = this.#lastAt - since;
  }

  /** Over the newest passes; undefined where there was none for a while. */
  get spread(): AgeSpread | undefined {
    if (!this.#ages || now() - this.#lastAt > validMs) return undefined;
    const sorted = this.#ages.slice(0, Math.min(this.#measured, keptPasses)).sort();
    const upTo = (share: number) => rounded(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
    return { p50Ms: upTo(0.5), p99Ms: upTo(0.99) };
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
