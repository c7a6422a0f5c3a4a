import { waitMs } from "./backoff.ts";
import { isSoundCodec } from "./codec-name.ts";
import { loadEngine } from "./engines.ts";
import { Failures } from "./failures.ts";
import { type Outcome, Playback } from "./playback.ts";
import { askServer, type ServerAnswer } from "./server-answer.ts";
import type { PlayerError, Situation, State } from "./state.ts";
import type { Candidate } from "./ways.ts";

/** How long a first picture may take where there is another way to try, and where there is none. */
const patienceMs = 5_000;
const lastPatienceMs = 15_000;
/** A viewer who has paused for so long where there is no past is let go, and joins anew. */
const pauseMs = 30_000;

/** So often it is asked whether what has ended is still there. */
const finishedLimit = 20;

const nothing = { started: false, good: false, wasFinite: false } as const;

/** What the watching of a stream tells of itself. */
export type WatchingEvents = {
  situation(situation: Situation): void;
  error(error: PlayerError): void;
  /** A playback has its first picture, or none is left. */
  playback(playback: Playback | undefined): void;
};

type CodecProblem = { readonly codec: string; readonly hasBoth: boolean };

/** Starts the picture; false when the browser wants a click first. */
export type StartPicture = () => Promise<boolean>;

/** For as long as it is open: plays by the best way, and when that ends finds out why, says so, and goes on as soon as there is something to play again. */
export class Watching {
  /** The viewer wants it still; what the browser does by itself does not count. */
  isPaused = false;
  readonly #video: HTMLVideoElement;
  readonly #all: readonly Candidate[];
  readonly #startPicture: StartPicture;
  readonly #on: WatchingEvents;
  readonly #failures = new Failures();
  readonly #open = new AbortController();
  #candidates: readonly Candidate[];
  #playback: Playback | undefined;
  #hasPlayed = false;
  #wake: () => void = () => undefined;
  #letGo: ReturnType<typeof setTimeout> | undefined;

  constructor(
    video: HTMLVideoElement,
    candidates: readonly Candidate[],
    startPicture: StartPicture,
    on: WatchingEvents,
  ) {
    this.#video = video;
    this.#all = candidates;
    this.#candidates = candidates;
    this.#startPicture = startPicture;
    this.#on = on;
    const { signal } = this.#open;
    addEventListener("online", () => this.#wake(), { signal });
    document.addEventListener("visibilitychange", () => this.#onVisible(), { signal });
    video.addEventListener("pause", () => this.#onBrowserPause(), { signal });
    video.addEventListener("play", () => this.isPaused && this.#playback?.hasStarted && this.play(), { signal });
    if (candidates.length === 0) this.#say("incapable");
    else void this.#run();
  }

  close(): void {
    this.#open.abort();
    clearTimeout(this.#letGo);
    this.#wake();
    this.#playback?.close();
    this.#playback = undefined;
  }

  pause(): void {
    this.isPaused = true;
    this.#video.pause();
    if (this.#playback?.hasStarted) this.#say("stopped");
    clearTimeout(this.#letGo);
    if (!this.#playback?.engine.rewinds) this.#letGo = setTimeout(() => this.#playback?.close(), pauseMs);
  }

  play(): void {
    this.isPaused = false;
    clearTimeout(this.#letGo);
    this.#wake();
    const playback = this.#playback;
    if (!playback) return;
    if (playback.hasStarted) this.#sayPlaying();
    if (!playback.engine.rewinds) playback.engine.toLive();
    void this.#start();
  }

  get #isClosed(): boolean {
    return this.#open.signal.aborted;
  }

  async #run(): Promise<void> {
    this.#say("connecting");
    for (let tries = 0; !this.#isClosed; ) {
      const candidate = this.#failures.next(this.#candidates);
      if (!candidate) {
        tries = await this.#nothingLeft(tries);
        continue;
      }
      const outcome = await this.#playOnce(candidate);
      if (this.#isClosed) return;
      if (outcome.good) {
        tries = 0;
        this.#failures.forgetShort(candidate.way);
      }
      tries = await this.#recover(candidate, outcome, tries);
    }
  }

  async #playOnce(candidate: Candidate): Promise<Outcome> {
    const attach = await loadEngine(candidate.way).catch(() => undefined);
    if (this.#isClosed) return { kind: "stopped", ...nothing };
    if (!attach) return { kind: "failed", message: "a part of the player did not arrive", ...nothing };
    const patience = this.#failures.hasOther(this.#candidates, candidate.way) ? patienceMs : lastPatienceMs;
    const playback = new Playback(this.#video, candidate, attach, patience, {
      started: () => this.#onStarted(),
      quiet: (isQuiet) => void this.#onQuiet(playback, isQuiet),
      isHeld: async () => (await askServer(candidate.url)).isHeld,
    });
    this.#playback = playback;
    if (!this.isPaused) void this.#start();
    const outcome = await playback.done;
    this.#playback = undefined;
    clearTimeout(this.#letGo);
    this.#on.playback(undefined);
    return outcome;
  }

  /** Resolves to how often it has tried in vain. */
  async #recover(candidate: Candidate, outcome: Outcome, tries: number): Promise<number> {
    if (outcome.kind === "stopped") {
      await this.#untilResumed();
      return tries;
    }
    if (outcome.kind === "unsupported") {
      return this.#codecFailed(candidate, outcome, tries);
    }
    const { way, url } = candidate;
    const status = outcome.kind === "failed" ? outcome.status : undefined;
    // Neither a WebSocket nor an engine says for certain why it was refused.
    const answer = status === 401 || status === 403 ? answered(status) : await askServer(url, true);
    if (this.#isClosed) return tries;
    // The server knows that this way has no player in browsers that reads the codec.
    if (answer.status === 415) return this.#codecFailed(candidate, { codec: answer.codec, hasBoth: false }, tries);
    if (answer.status === 404 && answer.code !== "stream/not-found" && !this.#hasPlayed) {
      this.#failures.add(way, { kind: "absent" });
      return tries;
    }
    if (isThere(answer) && outcome.kind === "ended" && outcome.wasFinite) return this.#finished(url);
    if (isThere(answer) && !answer.isHeld && !outcome.started) return this.#wayFailed(candidate, outcome, tries);
    if (isThere(answer) && !outcome.good) this.#failures.addShort(way);
    return this.#untilThere(url, answer, tries);
  }

  #codecFailed({ way, url }: Candidate, { codec, hasBoth }: CodecProblem, tries: number): number {
    this.#failures.add(way, { kind: "codec", codec, hasBoth });
    this.#tell("way-failed", codec || "a codec that this browser does not play", { way, url });
    return tries;
  }

  #wayFailed(candidate: Candidate, outcome: Outcome, tries: number): number {
    this.#failures.add(candidate.way, { kind: "failed" });
    this.#tell("way-failed", outcome.kind === "failed" ? outcome.message : "no picture came in time", candidate);
    return tries;
  }

  /** A recording has been played to its end, or a live stream has said that this is its end: then its address is gone soon. */
  async #finished(url: string): Promise<number> {
    let isAsked = false;
    const asked = new Promise<void>((resolve) => {
      const again = () => {
        isAsked = true;
        resolve();
      };
      this.#say("ended", { actions: { again } });
    });
    for (let times = 0; times < finishedLimit && !isAsked && !this.#isClosed; times++) {
      await Promise.race([asked, this.#sleep(finishedLimit)]);
      if (!isAsked && (await askServer(url)).status === 404) return this.#untilThere(url, answered(404), 0);
    }
    if (!isAsked && !this.#isClosed) await asked;
    this.#say("connecting");
    return 0;
  }

  /** Every way has failed: of a codec, which is then named, or of something that may pass. */
  async #nothingLeft(tries: number): Promise<number> {
    const codec = this.#failures.codec();
    if (codec) await this.#offer(codec.codec, codec.hasBoth);
    else {
      const answer = await askServer(this.#candidates[0]?.url ?? "");
      if (this.#isClosed) return tries;
      this.#say(this.#reason(answer.status));
      await this.#sleep(tries);
    }
    this.#failures.forget();
    return codec ? 0 : tries + 1;
  }

  /** Waits until the server has the stream, or has to be asked for its media to have it, saying why it waits. */
  async #untilThere(url: string, first: ServerAnswer, before: number): Promise<number> {
    let tries = before;
    for (let { status } = first; !this.#isClosed; tries++) {
      if (status === 401 || status === 403) {
        await this.#untilRetried();
        return 0;
      }
      const state = this.#reason(status);
      if (first.isHeld && tries === before) this.#say("held");
      else this.#say(state);
      if (tries === before && (before === 0 || !first.isOnDemand)) this.#tellWhy(state);
      await this.#sleep(tries);
      if (this.#isClosed) break;
      const answer = await askServer(url);
      if (isThere(answer) || answer.isOnDemand) return tries + 1;
      ({ status } = answer);
    }
    return tries;
  }

  #reason(status: number | undefined): State {
    if (status === 404) return this.#hasPlayed ? "ended" : "waiting";
    return status === undefined ? "offline" : "lost";
  }

  #tellWhy(state: State): void {
    if (state === "waiting" || state === "ended") this.#tell("not-live", "nobody is live here");
    else this.#tell("network", state === "offline" ? "the server cannot be reached" : "the connection was lost");
  }

  async #untilRetried(): Promise<void> {
    this.#tell("forbidden", "the server does not allow it");
    await new Promise<void>((resolve) => {
      this.#open.signal.addEventListener("abort", () => resolve());
      this.#say("denied", { actions: { retry: resolve } });
    });
    if (!this.#isClosed) this.#say("connecting");
  }

  /** What the browser cannot decode can be left out. */
  async #offer(codec: string, hasBoth: boolean): Promise<void> {
    this.#on.error({ code: "codec", message: `this browser does not play ${codec}`, fatal: true, codec });
    const isSound = isSoundCodec(codec);
    const [action, left] = isSound ? (["pictureOnly", "has_audio"] as const) : (["soundOnly", "has_video"] as const);
    const without = this.#all
      .filter(({ way }) => way === "flv" || way === "ws-flv")
      .map(({ way, url }) => ({ way, url: `${url}${url.includes("?") ? "&" : "?"}${left}=0` }));
    await new Promise<void>((resolve) => {
      this.#open.signal.addEventListener("abort", () => resolve());
      const go = (candidates: readonly Candidate[]) => () => {
        this.#candidates = candidates;
        resolve();
      };
      const offered = hasBoth && without.length > 0 ? { [action]: go(without) } : {};
      this.#say("unsupported", { codec, actions: { ...offered, retry: go(this.#all) } });
    });
    if (!this.#isClosed) this.#say("connecting");
  }

  async #untilResumed(): Promise<void> {
    this.#say("paused", { actions: { play: () => this.play() } });
    while (this.isPaused && !this.#isClosed)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (!this.#isClosed) this.#say("connecting");
  }

  async #start(): Promise<void> {
    if ((await this.#startPicture()) || this.#isClosed) return;
    this.pause();
    this.#say("blocked", { actions: { play: () => this.play() } });
  }

  #onStarted(): void {
    this.#hasPlayed = true;
    this.#on.playback(this.#playback);
    if (!this.isPaused) this.#sayPlaying();
  }

  #sayPlaying(): void {
    this.#say(Number.isFinite(this.#video.duration) ? "playing" : "live");
  }

  /** Whether something comes in: a publisher's lost connection is no one's fault here, and the viewer's stays. */
  async #onQuiet(playback: Playback, isQuiet: boolean): Promise<void> {
    if (this.isPaused) return;
    if (!isQuiet) return this.#sayPlaying();
    const { status, isHeld } = await askServer(playback.candidate.url);
    if (playback !== this.#playback || !playback.isQuiet || this.isPaused) return;
    this.#say(status === undefined ? "offline" : isHeld ? "held" : "slow");
  }

  #onVisible(): void {
    if (document.hidden) return;
    this.#wake();
    if (!this.isPaused && this.#playback?.hasStarted && this.#video.paused) this.play();
  }

  /** By a media key, say, or the window of a picture in picture. */
  #onBrowserPause(): void {
    const { ended, error } = this.#video;
    if (ended || error || document.hidden || this.isPaused || !this.#playback?.hasStarted) return;
    // An engine that is replaced pauses too, and then has no picture any more.
    setTimeout(() => this.#video.paused && !this.isPaused && this.#video.readyState > 0 && this.pause());
  }

  /** Resolves after a while, or at once when there is reason to look again. */
  #sleep(tries: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs(tries, document.hidden, Math.random()));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #say(state: State, about: Omit<Situation, "state"> = {}): void {
    if (!this.#isClosed) this.#on.situation({ state, ...about });
  }

  #tell(code: PlayerError["code"], message: string, candidate?: Candidate): void {
    if (this.#isClosed) return;
    const fatal = code === "forbidden";
    this.#on.error({ code, message, fatal, ...(candidate ? { way: candidate.way } : {}) });
  }
}

function answered(status: number): ServerAnswer {
  return { status, code: undefined, codec: "", isHeld: false, isOnDemand: false };
}

/** A server that knows no HEAD has it too. */
function isThere({ status }: { readonly status: number | undefined }): boolean {
  return status !== undefined && ((status >= 200 && status < 300) || status === 405);
}
