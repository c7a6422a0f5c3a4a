import type { Packet } from "@sluice/media";

/** The times of a frame that was fed, and by how much its group's pictures are shown later than they are decoded. */
export type SourceFrame = {
  readonly ptsUs: number;
  readonly dtsUs: number;
  readonly keyframe: boolean;
  readonly reorderUs: number;
};

/** FLV counts milliseconds in 31 bits as FFmpeg writes it. */
const turn = 2 ** 31;
/** About a minute of frames: what is older has long come out. */
const maxFrames = 4096;
/** A jump that no encoder should see. */
const maxJumpMs = 60_000;
const stepMs = 40;

/** The clock in milliseconds by which frames go through FFmpeg, and the way back from it to the exact times. No two frames have the same time on it, and it does not go back. */
export class SourceTimes {
  readonly #frames = new Map<number, SourceFrame>();
  /** The source's time at which the clock is 0. */
  #baseUs = 0;
  /** When the first keyframe since the clock was set is shown. */
  #beginUs: number | undefined;
  #reorderUs = 0;
  /** The latest time on the clock. */
  #lastMs: number;

  /** `startMs`: where the clock begins. */
  constructor(startMs: number = 0) {
    this.#lastMs = startMs - stepMs;
  }

  /** The time of a frame on the clock; undefined for one that nobody can decode, because it is shown before the first keyframe is. */
  enter({ ptsUs, dtsUs, keyframe }: Packet): number | undefined {
    if (keyframe) {
      this.#reorderUs = ptsUs - dtsUs;
      if (this.#jumps(ptsUs)) this.#set(ptsUs);
    }
    if (this.#beginUs === undefined || ptsUs < this.#beginUs) return undefined;
    let ms = Math.round((ptsUs - this.#baseUs) / 1000);
    while (this.#frames.has(ms % turn)) ms++;
    this.#frames.set(ms % turn, { ptsUs, dtsUs, keyframe, reorderUs: this.#reorderUs });
    this.#forget();
    this.#lastMs = Math.max(this.#lastMs, ms);
    return ms;
  }

  /** The frame that was fed with this time, in whatever number of bits it comes back. */
  at(ms: number): SourceFrame | undefined {
    return this.#frames.get(((ms % turn) + turn) % turn);
  }

  /** The source's time went back, or far ahead. */
  #jumps(ptsUs: number): boolean {
    if (this.#beginUs === undefined) return true;
    const aheadMs = (ptsUs - this.#baseUs) / 1000 - this.#lastMs;
    return aheadMs <= 0 || aheadMs > maxJumpMs;
  }

  #set(ptsUs: number): void {
    this.#beginUs = ptsUs;
    this.#baseUs = ptsUs - (this.#lastMs + stepMs) * 1000;
  }

  #forget(): void {
    if (this.#frames.size <= maxFrames) return;
    for (const oldest of this.#frames.keys()) {
      this.#frames.delete(oldest);
      return;
    }
  }
}
