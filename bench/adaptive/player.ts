import { frameMs } from "./media.ts";

/** A frame as the player gets it. */
export type Frame = {
  readonly index: number;
  readonly rung: number;
  readonly hasPicture: boolean;
  /** Sound alone is what was chosen. */
  readonly isSound: boolean;
};

/** What a viewer saw, in milliseconds of their time. */
export type Watched = {
  playedMs: number;
  stalledMs: number;
  stalls: number;
  /** The last picture stood while sound went on. */
  frozenMs: number;
  soundAloneMs: number;
  /** Media that was left out because the viewer was moved forward. */
  skippedMs: number;
  readonly rungMs: number[];
};

/** When it is so far above the wanted buffer a player plays a little faster, to be live again. */
const surplusMs = 500;
const faster = 1.03;
/** After a stall it goes on with so much. */
const resumeMs = 200;

/** In place of a rung: nothing went on, or only the sound did. */
export const stalled = -1;
export const frozen = -2;

/** A player: starts with `bufferMs`, plays frame after frame, stands still when it has none. */
export class Player {
  readonly watched: Watched;
  /** From when on the viewer saw what: a rung, or one of the two below. */
  readonly seen: { readonly atMs: number; readonly what: number }[] = [];
  readonly #bufferMs: number;
  readonly #frames: Frame[] = [];
  #taken = 0;
  #isPlaying = false;
  #hasStarted = false;
  #debtMs = 0;
  #lastIndex = -1;

  constructor(bufferMs: number, rungs: number) {
    this.#bufferMs = bufferMs;
    const rungMs = Array.from({ length: rungs }, () => 0);
    this.watched = { playedMs: 0, stalledMs: 0, stalls: 0, frozenMs: 0, soundAloneMs: 0, skippedMs: 0, rungMs };
  }

  get bufferedMs(): number {
    return (this.#frames.length - this.#taken) * frameMs;
  }

  get isStalled(): boolean {
    return this.#hasStarted && !this.#isPlaying;
  }

  add(frame: Frame): void {
    this.#frames.push(frame);
  }

  step(atMs: number, stepMs: number): void {
    const wanted = this.#hasStarted ? Math.min(resumeMs, this.#bufferMs) : this.#bufferMs;
    if (!this.#isPlaying && this.bufferedMs >= wanted) this.#start();
    if (this.isStalled) {
      this.watched.stalledMs += stepMs;
      return;
    }
    if (!this.#isPlaying) return;
    const isLate = this.bufferedMs > this.#bufferMs + surplusMs;
    for (this.#debtMs += stepMs * (isLate ? faster : 1); this.#debtMs >= frameMs; this.#debtMs -= frameMs) {
      const frame = this.#frames[this.#taken];
      if (!frame) {
        this.#isPlaying = false;
        this.watched.stalls++;
        this.#note(atMs, stalled);
        return;
      }
      this.#taken++;
      this.#show(frame, atMs);
    }
  }

  #start(): void {
    this.#isPlaying = true;
    this.#hasStarted = true;
    this.#debtMs = 0;
  }

  #note(atMs: number, what: number): void {
    if (this.seen.at(-1)?.what !== what) this.seen.push({ atMs, what });
  }

  #show({ index, rung, hasPicture, isSound }: Frame, atMs: number): void {
    const { watched } = this;
    if (this.#lastIndex >= 0 && index > this.#lastIndex + 1)
      watched.skippedMs += (index - this.#lastIndex - 1) * frameMs;
    this.#lastIndex = index;
    this.#note(atMs, hasPicture || isSound ? rung : frozen);
    watched.playedMs += frameMs;
    if (isSound) watched.soundAloneMs += frameMs;
    else if (!hasPicture) watched.frozenMs += frameMs;
    if (hasPicture || isSound) watched.rungMs[rung] = (watched.rungMs[rung] ?? 0) + frameMs;
  }
}
