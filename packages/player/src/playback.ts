import type { Attach, Ending, Engine } from "./engine.ts";
import type { Candidate } from "./ways.ts";

const tickMs = 250;
/** Nothing new for so long: the viewer is told. */
const quietMs = 2_000;
/** Nothing new for so long although the server has news: the connection is dead, or as good as dead. */
const deadMs = 12_000;
/** Played for so long, a connection was a good one. */
const goodMs = 5_000;

/** How a playback came to its end: as its engine did, without a first picture in time, or because it was closed here. */
export type Outcome = (Ending | { readonly kind: "late" } | { readonly kind: "stopped" }) & {
  readonly started: boolean;
  readonly good: boolean;
  /** It was a recording, or a live stream that said that it is over. */
  readonly wasFinite: boolean;
};

export type PlaybackEvents = {
  /** The first picture or sound is there. */
  started(): void;
  /** Nothing comes any more, or something again. */
  quiet(isQuiet: boolean): void;
  /** Whether the server has the stream but waits for its publisher. */
  isHeld(): Promise<boolean>;
};

/** One engine on one address, from its first byte to its end, which `done` resolves to. */
export class Playback {
  readonly done: Promise<Outcome>;
  readonly engine: Engine;
  readonly candidate: Candidate;
  isQuiet = false;
  #startedAt: number | undefined;
  readonly #video: HTMLVideoElement;
  readonly #events: PlaybackEvents;
  readonly #over = new AbortController();
  readonly #settle: (outcome: Outcome) => void;
  #newest = 0;
  #newestAt = performance.now();
  #patienceMs: number;

  /** `patienceMs` is how long the first picture may take. */
  constructor(video: HTMLVideoElement, candidate: Candidate, attach: Attach, patienceMs: number, on: PlaybackEvents) {
    this.candidate = candidate;
    this.#video = video;
    this.#events = on;
    this.#patienceMs = patienceMs;
    const { promise, resolve } = withResolver<Outcome>();
    this.done = promise;
    this.#settle = resolve;
    const { signal } = this.#over;
    video.addEventListener("loadeddata", () => this.#start(), { signal, once: true });
    this.engine = attach(video, candidate.url, (how) => this.close(how));
    // A hidden picture that does not decode is an error that no engine tells of.
    video.addEventListener("error", () => setTimeout(() => this.close(elementFailure(video))), { signal });
    const timer = setInterval(() => this.#tick(), tickMs);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  get hasStarted(): boolean {
    return this.#startedAt !== undefined;
  }

  /** Leaves the server and empties the picture. */
  close(how: Ending | { readonly kind: "late" } | { readonly kind: "stopped" } = { kind: "stopped" }): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    const wasFinite = Number.isFinite(this.#video.duration);
    this.engine.destroy();
    const started = this.hasStarted;
    this.#settle({ ...how, started, wasFinite, good: started && performance.now() - (this.#startedAt ?? 0) > goodMs });
  }

  #start(): void {
    this.#startedAt = performance.now();
    // The engine may tell of the first picture before it has been returned.
    queueMicrotask(() => this.#over.signal.aborted || this.#events.started());
  }

  #tick(): void {
    const video = this.#video;
    if (!this.hasStarted) {
      // A page that nobody looks at may be given no time to play.
      if (!document.hidden) this.#patienceMs -= tickMs;
      if (this.#patienceMs <= 0) this.close({ kind: "late" });
      return;
    }
    const { buffered } = video;
    const newest = buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
    const hasMore = video.readyState >= video.HAVE_FUTURE_DATA && this.engine.rewinds;
    const silence = performance.now() - this.#newestAt;
    if (newest !== this.#newest || hasMore || video.ended) {
      this.#newest = newest;
      this.#newestAt = performance.now();
      if (this.isQuiet) this.#setQuiet(false);
    } else if (silence > deadMs) {
      this.#newestAt = performance.now();
      void this.#checkAlive();
    } else if (silence > quietMs && !this.isQuiet) this.#setQuiet(true);
  }

  #setQuiet(isQuiet: boolean): void {
    this.isQuiet = isQuiet;
    this.#events.quiet(isQuiet);
  }

  async #checkAlive(): Promise<void> {
    const before = this.#newest;
    const isHeld = await this.#events.isHeld();
    if (!isHeld && this.#newest === before) this.close({ kind: "failed", message: "nothing comes any more" });
  }
}

function elementFailure({ error }: HTMLVideoElement): Ending {
  return { kind: "failed", message: error?.message ?? "the picture could not be played" };
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
