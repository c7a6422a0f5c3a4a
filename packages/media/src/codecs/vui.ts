import type { BitReader } from "../bytes/bit-reader.ts";

const extendedAspect = 255;
const maxFrameRate = 1000;

/** Passes over the fields of the video usability information that H.264 (annex E.1.1) and HEVC (annex E.2.1) begin alike: aspect, overscan, signal type, chroma location. */
export function skipPictureDescription(reader: BitReader): void {
  if (reader.flag() && reader.bits(8) === extendedAspect) reader.skip(32);
  if (reader.flag()) reader.skip(1);
  if (reader.flag()) {
    reader.skip(4);
    if (reader.flag()) reader.skip(24);
  }
  if (reader.flag()) {
    reader.ue();
    reader.ue();
  }
}

/** Frames per second, to three decimals, of `ticksPerFrame` ticks of a clock that has `timeScale` units a second and `unitsInTick` units a tick; undefined where that is no rate of frames. */
export function frameRate(timeScale: number, unitsInTick: number, ticksPerFrame: number): number | undefined {
  const rate = Math.round((timeScale / (unitsInTick * ticksPerFrame)) * 1000) / 1000;
  return rate > 0 && rate <= maxFrameRate ? rate : undefined;
}
