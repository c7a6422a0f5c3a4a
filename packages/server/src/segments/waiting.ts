import type { Presentation } from "./presentation.ts";
import type { Rendition } from "./rendition.ts";

/** `late`: it took too long. */
export type Outcome = "ready" | "late";

type Waiter = {
  /** It waits for something of this one; without it, of any. */
  readonly rendition: Rendition | undefined;
  readonly isReady: () => boolean;
  readonly until: number;
  readonly done: (outcome: Outcome) => void;
};

const maxWaiting = 20_000;
const sweepMs = 500;

/** Requests that wait for what a presentation has not got yet, and are answered at the moment when it has. */
export class Waiting {
  readonly #waiters = new Map<Presentation, Set<Waiter>>();
  readonly #leave = new Map<Presentation, () => void>();
  readonly #sweeper: NodeJS.Timeout;
  #count = 0;

  constructor() {
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  /** How many wait. */
  get size(): number {
    return this.#count;
  }

  /** Calls `done` once, soon or at `until` (of `performance.now()`). Returns the function that gives up, or undefined when too many wait. */
  wait(presentation: Presentation, waiter: Waiter): (() => void) | undefined {
    if (this.#count >= maxWaiting) return undefined;
    let waiters = this.#waiters.get(presentation);
    if (!waiters) {
      waiters = new Set();
      this.#waiters.set(presentation, waiters);
      this.#leave.set(
        presentation,
        presentation.onGrown((rendition) => this.#wake(presentation, rendition)),
      );
    }
    waiters.add(waiter);
    this.#count++;
    return () => this.#remove(presentation, waiter);
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const leave of this.#leave.values()) leave();
  }

  #wake(presentation: Presentation, rendition: Rendition | undefined): void {
    for (const waiter of this.#waiters.get(presentation) ?? []) {
      if (rendition && waiter.rendition && waiter.rendition !== rendition) continue;
      if (!waiter.isReady()) continue;
      this.#remove(presentation, waiter);
      waiter.done("ready");
    }
  }

  #remove(presentation: Presentation, waiter: Waiter): void {
    const waiters = this.#waiters.get(presentation);
    if (!waiters?.delete(waiter)) return;
    this.#count--;
    if (waiters.size > 0) return;
    this.#waiters.delete(presentation);
    this.#leave.get(presentation)?.();
    this.#leave.delete(presentation);
  }

  #sweep(): void {
    const at = performance.now();
    for (const [presentation, waiters] of this.#waiters) {
      for (const waiter of waiters) {
        if (waiter.until > at) continue;
        this.#remove(presentation, waiter);
        waiter.done("late");
      }
    }
  }
}
