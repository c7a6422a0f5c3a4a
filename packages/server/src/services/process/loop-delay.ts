import { now } from "../../core/clock.ts";
import { Histogram } from "../../core/histogram.ts";

const bounds = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000];
const everyMs = 100;
/** The last five seconds. */
const recentLooks = 50;

/** How late the event loop has been lately, in milliseconds. */
export type RecentDelay = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };

/** How much later than it should a timer is called: what everything on the event loop waits for. Measured once, for all who show it. */
export class LoopDelay {
  /** Since the start. */
  readonly all: Histogram = new Histogram(bounds);
  readonly #recent: number[] = [];
  #oldest = 0;
  #dueAt = now() + everyMs;
  readonly #timer = setInterval(() => this.#look(), everyMs).unref();

  get recent(): RecentDelay {
    const sorted = this.#recent.toSorted((a, b) => a - b);
    const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1] ?? 0;
    return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const at = now();
    const late = Math.max(0, at - this.#dueAt);
    this.#dueAt = at + everyMs;
    this.all.add(late);
    this.#recent[this.#oldest] = late;
    this.#oldest = (this.#oldest + 1) % recentLooks;
  }
}
