import { performance } from "node:perf_hooks";
import { now } from "./clock.ts";
import type { Cursor } from "./cursor.ts";
import type { FrameAge } from "./frame-age.ts";
import { Histogram } from "./histogram.ts";

/** `boundMs`: the window that two thousand viewers get; `maxMs`: how far it may grow with more of them, or when the core would otherwise fill. */
export type PacerLimits = { readonly boundMs: number; readonly maxMs: number };

export const defaultPacerLimits: PacerLimits = { boundMs: 65, maxMs: 350 };

/** What is written in passes: a stream, seen from here. */
export type Passed = {
  readonly cursors: ReadonlySet<Cursor>;
  /** Measures what it is written; there is none for what is not live. */
  readonly age?: FrameAge;
  /** Moves the limit up to which cursors read to the head of the log. */
  advance(): void;
};

/** Up to the bound the window keeps passes under an eighth of the core's time. */
const easyPasses = 8;
/** The bound is for so many viewers and grows with them, so that there are as many writes a second: 34,000. Each takes as much of the core, however quick that is, and leaves less for all else. */
const boundViewers = 2_200;
/** So much of the core may be taken by passes and all else together: the rest is for who joins, and for a slow moment. */
const fullShare = 0.82;
const leastShare = 0.2;
/**
 * After so long a pass lets sockets be read before it goes on, so that a large audience does not delay publishers and newcomers. Whoever comes later in the pass gets what has
 * come in meanwhile, so a packet waits for one window at most, however long the pass is.
 */
const sliceMs = 3;
const checkEvery = 16;
/** Ranges of what is measured, in milliseconds. */
const passBounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500];
const waitBounds = [1, 2.5, 5, 10, 25, 50, 75, 100, 150, 250, 350, 500, 1_000, 2_500];

/**
 * Decides when viewers are written to. One write per viewer and window is what a live server's time goes into, so the window follows what a pass over
 * everyone costs: nothing for a few viewers, some tens of milliseconds for thousands. One pacer serves all streams, because they share the core.
 */
export class Pacer {
  readonly limits: PacerLimits;
  /** How long passes took, in milliseconds. */
  readonly passes: Histogram = new Histogram(passBounds);
  /** The window that there was when each of them began. */
  readonly windows: Histogram = new Histogram(waitBounds);
  /** How long the oldest packet of each pass had been there when everybody had been written to. */
  readonly ages: Histogram = new Histogram(waitBounds);
  readonly #due = new Set<Passed>();
  /** Since when there is something new. */
  #dueSince = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #running:
    | {
        readonly streams: readonly Passed[];
        readonly viewers: number;
        readonly since: number;
        index: number;
        cursors: Iterator<Cursor>;
      }
    | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  #costMs = 0;
  #viewers = 0;
  #passMs = 0;
  /** The share of the core that goes into everything but passes. */
  #otherShare = 0;
  #utilization = performance.eventLoopUtilization();

  constructor(limits: PacerLimits = defaultPacerLimits) {
    this.limits = limits;
  }

  /** How long a packet may wait for its pass now, in milliseconds. */
  get windowMs(): number {
    return windowMs(this.#costMs, this.#viewers, this.#otherShare, this.limits);
  }

  /** The stream has something new; its viewers get it in the next pass. */
  touch(stream: Passed): void {
    if (this.#due.size === 0) this.#dueSince = now();
    this.#due.add(stream);
    stream.age?.begin();
    if (this.#timer !== undefined || this.#running) return;
    this.#schedule();
  }

  forget(stream: Passed): void {
    this.#due.delete(stream);
  }

  close(): void {
    this.#due.clear();
    if (this.#timer) clearTimeout(this.#timer as NodeJS.Timeout);
    if (this.#timer) clearImmediate(this.#timer as NodeJS.Immediate);
    this.#timer = undefined;
    this.#running = undefined;
  }

  #schedule(): void {
    const wait = this.#startedAt + this.windowMs - now();
    this.#timer = wait < 1 ? setImmediate(this.#begin) : setTimeout(this.#begin, wait);
  }

  readonly #begin = (): void => {
    this.#timer = undefined;
    this.#observe();
    this.windows.add(this.windowMs);
    this.#startedAt = now();
    this.#passMs = 0;
    const streams = [...this.#due];
    this.#due.clear();
    const viewers = streams.reduce((sum, { cursors }) => sum + cursors.size, 0);
    this.#running = { streams, viewers, since: this.#dueSince, index: -1, cursors: none };
    this.#slice();
  };

  readonly #slice = (): void => {
    this.#timer = undefined;
    const from = now();
    this.#running?.streams[this.#running.index]?.advance();
    for (let count = 1; ; count++) {
      const cursor = this.#next();
      if (!cursor) break;
      cursor.flush();
      if (count % checkEvery === 0 && now() - from > sliceMs) {
        this.#passMs += now() - from;
        this.#timer = setImmediate(this.#slice);
        return;
      }
    }
    const to = now();
    this.#passMs += to - from;
    if (this.#running) this.#finish(this.#running.viewers, to - this.#running.since);
  };

  /** Sets may change while they are walked: who leaves is not met, who comes is met at the end. */
  #next(): Cursor | undefined {
    const running = this.#running;
    while (running) {
      const { value, done } = running.cursors.next();
      if (!done) return value;
      running.streams[running.index]?.age?.end();
      const stream = running.streams[++running.index];
      if (!stream) return undefined;
      stream.advance();
      running.cursors = stream.cursors.values();
    }
    return undefined;
  }

  #observe(): void {
    const before = this.#utilization;
    this.#utilization = performance.eventLoopUtilization();
    const active = this.#utilization.active - before.active;
    const whole = active + this.#utilization.idle - before.idle;
    if (whole > 0) this.#otherShare += (Math.max(0, active - this.#passMs) / whole - this.#otherShare) / 8;
  }

  #finish(viewers: number, ageMs: number): void {
    this.#running = undefined;
    this.passes.add(this.#passMs);
    this.ages.add(ageMs);
    this.#costMs += (this.#passMs - this.#costMs) / 8;
    this.#viewers += (viewers - this.#viewers) / 8;
    if (this.#due.size > 0) this.#schedule();
  }
}

/** The window for passes over so many viewers that take `costMs` each, on a core of whose time `otherShare` goes into other things. */
export function windowMs(costMs: number, viewers: number, otherShare: number, { boundMs, maxMs }: PacerLimits): number {
  const bound = boundMs * Math.max(1, viewers / boundViewers);
  const easy = Math.min(costMs * easyPasses, bound);
  const full = costMs / Math.max(fullShare - otherShare, leastShare);
  const window = Math.min(Math.max(easy, full), maxMs);
  return window < 1 ? 0 : window;
}

const none: Iterator<Cursor> = [].values();
