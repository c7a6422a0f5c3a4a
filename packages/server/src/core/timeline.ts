import { now } from "./clock.ts";

const maxForwardUs = 10_000_000;
const maxBackwardUs = 1_000_000;
/** A source that starts later than this is moved to the first second; one that starts earlier keeps its times. */
const maxStartUs = 10_000_000;
const startUs = 1_000_000;
/** Where a returning source goes on: one frame at 25 frames per second after the last one. */
const seamUs = 40_000;

/**
 * The stream's own clock, which starts near zero and goes on whatever its sources' clocks do: a source may start anywhere, jump, or be
 * replaced. One shift serves all tracks, so sound and picture keep their distance. Small steps back are the encoder's interleaving and pass.
 */
export class Timeline {
  #shiftUs: number | undefined;
  #lastUs: number | undefined;
  #lastAt = 0;

  /** The time of the newest frame so far; 0 before the first. */
  get lastUs(): number {
    return this.#lastUs ?? 0;
  }

  /** What must be added to a source's times, given the time of its next frame. */
  shiftUs(dtsUs: number): number {
    const at = now();
    if (this.#shiftUs === undefined) this.#shiftUs = this.#beginUs(dtsUs) - dtsUs;
    else if (this.#jumps(dtsUs + this.#shiftUs, at)) this.#shiftUs = this.lastUs + seamUs - dtsUs;
    this.#lastUs = Math.max(this.lastUs, dtsUs + this.#shiftUs);
    this.#lastAt = at;
    return this.#shiftUs;
  }

  /** The time of something that is no frame: its own when that is near the newest frame's, else the newest frame's. */
  placeUs(dtsUs: number): number {
    const placed = dtsUs + (this.#shiftUs ?? Number.NaN);
    return Math.abs(placed - this.lastUs) <= maxForwardUs ? Math.max(placed, 0) : this.lastUs;
  }

  /** The next packet comes from another clock. */
  change(): void {
    this.#shiftUs = undefined;
  }

  #beginUs(dtsUs: number): number {
    if (this.#lastUs !== undefined) return this.#lastUs + seamUs;
    return dtsUs <= maxStartUs ? dtsUs : startUs;
  }

  /** A gap that really took its time is not a jump: an encoder that was silent for a minute goes on a minute later. */
  #jumps(dtsUs: number, at: number): boolean {
    if (this.#lastUs === undefined) return false;
    const elapsedUs = (at - this.#lastAt) * 1000;
    const stepUs = dtsUs - this.#lastUs;
    return stepUs < -maxBackwardUs || stepUs > elapsedUs + maxForwardUs;
  }
}
