import type { BitReader } from "../bytes/bit-reader.ts";

/** How the picture is to be shown, where its stream says so. */
export type PictureDescription = {
  /** A pixel's width and height in relation to each other. */
  readonly pixelAspect?: readonly [width: number, height: number];
  readonly colour?: Colour;
};

/** By the code points of ISO/IEC 23091-2. */
export type Colour = {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly fullRange: boolean;
};

const extendedAspect = 255;
/** By aspect_ratio_idc (H.264 table E-1); 0 is unspecified. */
const aspects = [
  undefined,
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
] as const;
const maxFrameRate = 1000;

/** The fields of the video usability information that H.264 (annex E.1.1) and HEVC (annex E.2.1) begin alike: aspect, overscan, signal type, chroma location. */
export function readPictureDescription(reader: BitReader): PictureDescription {
  const pixelAspect = reader.flag() ? readAspect(reader) : undefined;
  if (reader.flag()) reader.skip(1);
  const colour = reader.flag() ? readSignal(reader) : undefined;
  if (reader.flag()) {
    reader.ue();
    reader.ue();
  }
  return { ...(pixelAspect && { pixelAspect }), ...(colour && { colour }) };
}

function readAspect(reader: BitReader): PictureDescription["pixelAspect"] {
  const code = reader.bits(8);
  if (code !== extendedAspect) return aspects[code];
  const [width, height] = [reader.bits(16), reader.bits(16)];
  return width > 0 && height > 0 ? [width, height] : undefined;
}

function readSignal(reader: BitReader): PictureDescription["colour"] {
  reader.skip(3);
  const fullRange = reader.flag();
  if (!reader.flag()) return undefined;
  return { primaries: reader.bits(8), transfer: reader.bits(8), matrix: reader.bits(8), fullRange };
}

/** Frames per second, to three decimals, of `ticksPerFrame` ticks of a clock that has `timeScale` units a second and `unitsInTick` units a tick; undefined where that is no rate of frames. */
export function frameRate(timeScale: number, unitsInTick: number, ticksPerFrame: number): number | undefined {
  const rate = Math.round((timeScale / (unitsInTick * ticksPerFrame)) * 1000) / 1000;
  return rate > 0 && rate <= maxFrameRate ? rate : undefined;
}
