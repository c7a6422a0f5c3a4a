import type { RungPlan } from "../core/rung.ts";

/** H.264's levels, as far as rungs need them: macroblocks in a picture, and in a second (ITU-T H.264, table A-1). */
const levels = [
  [30, 1_620, 40_500],
  [31, 3_600, 108_000],
  [32, 5_120, 216_000],
  [40, 8_192, 245_760],
  [42, 8_704, 522_240],
  [50, 22_080, 589_824],
  [51, 36_864, 983_040],
  [52, 36_864, 2_073_600],
] as const;
const usualRate = 30;
/** AV1's: pixels in a picture, and the level as codec strings number it (AV1, annex A). */
const av1Levels = [
  [665_856, "04"],
  [1_065_024, "05"],
  [2_359_296, "08"],
  [8_912_896, "12"],
] as const;

/** The codec of a rung that has not been made yet, in RFC 6381's words: what its encoder is told to make, or a little more. */
export function plannedCodec({ codec, width, height }: RungPlan, frameRate: number = usualRate): string | undefined {
  const macroblocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const fits = ([, picture, second]: (typeof levels)[number]) =>
    macroblocks <= picture && macroblocks * frameRate <= second;
  const [level] = levels.find(fits) ?? [52];
  if (codec === "h264") return `avc1.6400${level.toString(16)}`;
  if (codec === "hevc") return `hvc1.1.6.L${level * 3}.90`;
  if (codec !== "av1") return undefined;
  const [, number] = av1Levels.find(([pixels]) => width * height <= pixels) ?? [0, "16"];
  return `av01.0.${number}M.08`;
}
