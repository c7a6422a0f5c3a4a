import type { Packet } from "@sluice/media";

const leastUs = 1_000_000;
const enoughUs = 2_000_000;
const usualRates = [15, 24_000 / 1001, 24, 25, 30_000 / 1001, 30, 48, 50, 60_000 / 1001, 60, 120];
const near = 0.01;

/** How many bits and frames a second a picture has, by its first group: a second of it at least, and two at most. */
export class Measure {
  #firstUs: number | undefined;
  #lastUs = 0;
  #frames = 0;
  #bytes = 0;
  #isDone = false;

  /** Enough has been seen. */
  get isDone(): boolean {
    return this.#isDone;
  }
  /** Frames per second; 0 while it is not known. */
  get frameRate(): number {
    const seconds = this.#seconds;
    if (seconds <= 0) return 0;
    const rate = this.#frames / seconds;
    const usual = usualRates.toSorted((a, b) => Math.abs(a - rate) - Math.abs(b - rate))[0] ?? rate;
    return Math.abs(usual / rate - 1) < near ? usual : rate;
  }
  /** Bits per second; likewise. */
  get bitrate(): number {
    const seconds = this.#seconds;
    return seconds > 0 ? (this.#bytes * 8) / seconds : 0;
  }

  /** A frame of the picture; the first has to be a keyframe. */
  add({ dtsUs, keyframe, data }: Packet): void {
    if (this.#isDone || (this.#firstUs === undefined && !keyframe)) return;
    this.#firstUs ??= dtsUs;
    const spentUs = dtsUs - this.#firstUs;
    this.#lastUs = dtsUs;
    if (spentUs >= enoughUs || (keyframe && spentUs >= leastUs)) {
      this.#isDone = true;
      return; // this frame belongs to what comes after
    }
    this.#frames++;
    this.#bytes += data.length;
  }

  get #seconds(): number {
    return this.#firstUs === undefined || !this.#isDone ? 0 : (this.#lastUs - this.#firstUs) / 1_000_000;
  }
}
