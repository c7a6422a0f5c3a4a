import { now } from "./clock.ts";
import type { Cursor } from "./cursor.ts";

/** `boundMs`: the window that many viewers get by default; `maxMs`: how far it may grow before the core is full. */
export type PacerLimits = { readonly boundMs: number; readonly maxMs: number };

export const defaultPacerLimits: PacerLimits = { boundMs: 60, maxMs: 350 };

/** What is written in passes: a stream, seen from here. */
export type Passed = {
  readonly cursors: ReadonlySet<Cursor>;
  /** Moves the limit up to which cursors read to the head of the log. */
  advance(): void;
};

/** Up to the bound the window keeps passes under an eighth of the core's time. */
const easyShare = 8;
/** Beyond the bound: under two fifths, and then towards four sevenths, because a long pass is itself a delay that a longer window would only add to. */
const busyShare = 2.75;
const fullShare = 1.75;
const fullFromMs = 45;
/** After so long a pass lets sockets be read before it goes on, so that a large audience does not delay publishers and newcomers. */
const sliceMs = 10;
const checkEvery = 32;

/**
 * Decides when viewers are written to. One write per viewer and window is what a live server's time goes into, so the window follows what a pass over
 * everyone costs: nothing for a few viewers, some tens of milliseconds for thousands. One pacer serves all streams, because they share the core.
 */
export class Pacer {
  readonly limits: PacerLimits;
  readonly #due = new Set<Passed>();
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #running: Iterator<Cursor> | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  #costMs = 0;
  #passMs = 0;

  constructor(limits: PacerLimits = defaultPacerLimits) {
    this.limits = limits;
  }

  /** How long a packet may wait for its pass now, in milliseconds. */
  get windowMs(): number {
    return windowMs(this.#costMs, this.limits);
  }

  /** The stream has something new; its viewers get it in the next pass. */
  touch(stream: Passed): void {
    this.#due.add(stream);
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
    this.#startedAt = now();
    this.#passMs = 0;
    const streams = [...this.#due];
    this.#due.clear();
    for (const stream of streams) stream.advance();
    this.#running = cursorsOf(streams);
    this.#slice();
  };

  readonly #slice = (): void => {
    this.#timer = undefined;
    const running = this.#running;
    if (!running) return;
    const from = now();
    for (let count = 1; ; count++) {
      const { value, done } = running.next();
      if (done) break;
      value.flush();
      if (count % checkEvery === 0 && now() - from > sliceMs) {
        this.#passMs += now() - from;
        this.#timer = setImmediate(this.#slice);
        return;
      }
    }
    this.#passMs += now() - from;
    this.#finish();
  };

  #finish(): void {
    this.#running = undefined;
    this.#costMs += (this.#passMs - this.#costMs) / 8;
    if (this.#due.size > 0) this.#schedule();
  }
}

/** The window for passes that cost so much of the core's time. */
export function windowMs(costMs: number, { boundMs, maxMs }: PacerLimits): number {
  const easy = Math.min(costMs * easyShare, boundMs);
  const busy = Math.min(costMs * busyShare, fullFromMs + costMs * fullShare);
  const window = Math.min(Math.max(easy, busy), maxMs);
  return window < 1 ? 0 : window;
}

/** Sets may change while they are walked: who leaves is not met, who comes is met at the end and finds nothing to do. */
function* cursorsOf(streams: readonly Passed[]): Generator<Cursor, undefined> {
  for (const stream of streams) yield* stream.cursors;
  return undefined;
}
