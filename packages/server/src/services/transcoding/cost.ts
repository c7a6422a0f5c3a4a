import type { VideoCodec, VideoTrack } from "@sluice/media";
import type { RungPlan } from "../../core/rung.ts";
import type { EncoderFamily, Preset } from "./engine.ts";

/** What is to be done, as far as its cost goes. */
export type Work = {
  readonly input: VideoTrack | undefined;
  /** Frames per second; 0 where it is not known. */
  readonly frameRate: number;
  readonly rungs: readonly RungPlan[];
  readonly presets: readonly Preset[];
  readonly family: EncoderFamily;
};

/** Cores for a million pixels a second, as FFmpeg took them on a processor of a usual server (H.264, 1080p and below). Scaling goes by the source's pixels. */
const decoding = 0.003;
const scaling = 0.0011;
const encoding = 0.013;
/** A device's encoder still has to be given the pictures. */
const device = 0.15;
/** Small pictures of some keyframes, and what any process takes. */
const least = 0.03;

const effort: Readonly<Record<Preset, number>> = {
  ultrafast: 0.4,
  superfast: 0.55,
  veryfast: 1,
  faster: 1.8,
  fast: 2.5,
  medium: 2.8,
  slow: 5,
};

const weight: Partial<Record<VideoCodec, number>> = { hevc: 2, av1: 3, vp9: 1.5, vvc: 4 };

/** How many cores a job is likely to take. A first guess: what jobs really take corrects it. */
export function coresFor({ input, frameRate, rungs, presets, family }: Work): number {
  if (rungs.length === 0 || !input) return least;
  const rate = frameRate > 0 ? frameRate : 30;
  const source = megapixels(input.width ?? 0, input.height ?? 0, rate);
  const encoders = rungs.map(({ width, height, frameRate: own = rate, codec }, index) => {
    const preset = presets[Math.min(index, presets.length - 1)] ?? "veryfast";
    const work = encoding * effort[preset] * (weight[codec] ?? 1) * (family === "software" ? 1 : device);
    return megapixels(width, height, own) * work + source * scaling;
  });
  return least + source * decoding * (weight[input.codec] ?? 1) + encoders.reduce((sum, each) => sum + each, 0);
}

function megapixels(width: number, height: number, rate: number): number {
  return (width * height * rate) / 1_000_000;
}
