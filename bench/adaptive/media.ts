import { Random } from "./random.ts";

/** One quality of the stream, frame by frame. */
export type Rung = {
  readonly name: string;
  readonly isSound: boolean;
  /** How much later than the source its frames come. */
  readonly delayMs: number;
  /** Bytes of each frame's picture; 0 for sound alone. */
  readonly pictures: Float64Array;
};

/** A live stream of some minutes in all its qualities; keyframes of all stand at the same frames. */
export type Media = { readonly rungs: readonly Rung[]; readonly groupFrames: number; readonly soundBytes: number };

export const frameMs = 40;
const soundBitrate = 128_000;

/** What there is to choose from, dearest first. `delayMs`: a transcoder needs time. `spread`: how far the size follows the scene. */
export const ladder: readonly {
  readonly name: string;
  readonly bitrate: number;
  readonly delayMs: number;
  readonly spread: number;
}[] = [
  { name: "source", bitrate: 3_200_000, delayMs: 0, spread: 0.15 },
  { name: "720p", bitrate: 2_000_000, delayMs: 300, spread: 0.08 },
  { name: "480p", bitrate: 1_000_000, delayMs: 300, spread: 0.08 },
  { name: "360p", bitrate: 500_000, delayMs: 300, spread: 0.08 },
  { name: "sound", bitrate: soundBitrate, delayMs: 0, spread: 0 },
];
/** How many usual frames a keyframe weighs. */
const keyframeWeight = 8;

/** Groups of `groupMs` whose size changes with the scene, frames whose size changes in the group. */
export function encode(totalMs: number, groupMs: number, seed: number): Media {
  const groupFrames = Math.round(groupMs / frameMs);
  const frames = Math.ceil(totalMs / frameMs / groupFrames) * groupFrames;
  const random = new Random(seed);
  const scenes = Array.from({ length: frames / groupFrames }, () => Math.max(-2, Math.min(2, random.normal())));
  const rungs = ladder.map(({ name, bitrate, delayMs, spread }) => {
    const pictures = new Float64Array(frames);
    const perFrame = ((bitrate - soundBitrate) * frameMs) / 8_000;
    const usual = (perFrame * groupFrames) / (groupFrames - 1 + keyframeWeight);
    for (let frame = 0; frame < frames; frame++) {
      const scene = 1 + spread * (scenes[Math.floor(frame / groupFrames)] ?? 0);
      const weight = frame % groupFrames === 0 ? keyframeWeight : random.between(0.7, 1.3);
      pictures[frame] = Math.round(usual * weight * scene);
    }
    return { name, isSound: bitrate === soundBitrate, delayMs, pictures };
  });
  return { rungs, groupFrames, soundBytes: (soundBitrate * frameMs) / 8_000 };
}

/** What the rung cost over the last two groups, in bits per second: what the server measures. */
export function measuredBitrate(media: Media, rung: Rung, frame: number): number {
  const span = media.groupFrames * 2;
  const to = Math.max(span, frame - (frame % media.groupFrames));
  let bytes = 0;
  for (let index = to - span; index < to; index++) bytes += (rung.pictures[index] ?? 0) + media.soundBytes;
  return (bytes * 8_000) / (span * frameMs);
}
