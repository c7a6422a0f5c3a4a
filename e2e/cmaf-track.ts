import {
  type Fragment,
  type Fragments,
  firstShown,
  type Init,
  type InitTrack,
  readFragments,
  ticks,
} from "./mp4-boxes.ts";

/** A segment of one track as it was downloaded. */
export type CmafSegment = {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly init: Init;
  /** Seconds that it lasts by the playlist or manifest. */
  readonly duration: number;
  /** Whether its time need not go on from the segment before. */
  readonly discontinuity: boolean;
  /** Whether it has to begin with a keyframe. */
  readonly independent: boolean;
};

/** Where a segment lies, in the track's own ticks and in seconds of the presentation. */
export type Extent = {
  readonly start: number;
  readonly end: number;
  readonly shown: number;
  readonly timescale: number;
  readonly discontinuity: boolean;
};

/** Judges the segments of one track: each by itself, and that their times go on. */
export class CmafTrack {
  readonly extents = new Map<number, Extent>();

  segment(segment: CmafSegment): string[] {
    const { sequence, init, duration, independent } = segment;
    const [track] = init.tracks;
    if (!track || init.tracks.length > 1) return [`DASH-4: ${init.tracks.length} tracks in an init segment`];
    const read = tryRead(segment.bytes, init);
    if (typeof read === "string") return [`HLS-11: segment ${sequence}: ${read}`];
    const { fragments, problems } = read;
    const found = problems.map((problem) => `HLS-11: segment ${sequence}: ${problem}`);
    const first = fragments[0];
    if (!first) return found;
    const length = ticks(fragments);
    const extent: Extent = {
      start: first.baseTime,
      end: first.baseTime + length,
      shown: firstShown(fragments, track),
      timescale: track.timescale,
      discontinuity: segment.discontinuity,
    };
    found.push(...inside(fragments, track).map((problem) => `HLS-11: segment ${sequence}: ${problem}`));
    const apart = Math.abs(length / track.timescale - duration);
    if (apart > longestSample(fragments) / track.timescale + 0.001) {
      found.push(`HLS-2: segment ${sequence} is announced with ${duration} s and lasts ${length / track.timescale} s`);
    }
    if (independent && first.samples[0]?.sync !== true) {
      found.push(`HLS-2: segment ${sequence} does not begin with a keyframe`);
    }
    found.push(...this.#beside(sequence, extent));
    this.extents.set(sequence, extent);
    return found;
  }

  /** Segments come in any order: each is compared with the one before and the one after. */
  #beside(sequence: number, extent: Extent): string[] {
    const problems: string[] = [];
    const compare = (before: Extent | undefined, after: Extent | undefined, name: number) => {
      if (!before || !after || after.discontinuity || before.end === after.start) return;
      problems.push(`HLS-11: segment ${name} begins at ${after.start}, the one before ends at ${before.end}`);
    };
    compare(this.extents.get(sequence - 1), extent, sequence);
    compare(extent, this.extents.get(sequence + 1), sequence + 1);
    return problems;
  }
}

/** What is wrong with one part: it is one fragment, and says truly whether it has a keyframe. */
export function partProblems(
  bytes: Uint8Array,
  init: Init,
  part: { duration: number; independent: boolean },
): string[] {
  const read = tryRead(bytes, init);
  if (typeof read === "string") return [`HLS-11: ${read}`];
  const { fragments } = read;
  const problems = read.problems.map((problem) => `HLS-11: ${problem}`);
  if (fragments.length !== 1) problems.push(`HLS-11: ${fragments.length} moof in a part`);
  const track = init.tracks[0];
  const hasKeyframe = fragments.some(({ samples }) => samples.some(({ sync }) => sync));
  if (hasKeyframe !== part.independent) {
    problems.push(
      `LL-2: ${hasKeyframe ? "a" : "no"} keyframe in a part ${part.independent ? "with" : "without"} INDEPENDENT`,
    );
  }
  const lasts = ticks(fragments) / (track?.timescale ?? 1);
  if (Math.abs(lasts - part.duration) > 0.002) {
    problems.push(`LL-2: a part is announced with ${part.duration} s and lasts ${lasts} s`);
  }
  return problems;
}

function tryRead(bytes: Uint8Array, init: Init): Fragments | string {
  try {
    return readFragments(bytes, init);
  } catch (error) {
    return String(error);
  }
}

/** Fragments of a segment follow each other, in number and in time, and say truly when they were made. */
function inside(fragments: readonly Fragment[], track: InitTrack): string[] {
  const problems: string[] = [];
  let end: number | undefined;
  let number: number | undefined;
  for (const fragment of fragments) {
    const { sequence, baseTime, samples, producer } = fragment;
    if (end !== undefined && baseTime !== end) problems.push(`tfdt ${baseTime} after a fragment that ends at ${end}`);
    if (number !== undefined && sequence <= number) problems.push(`fragment ${sequence} after ${number}`);
    if (samples.some(({ duration }) => duration <= 0)) problems.push("a sample without duration");
    const latest =
      baseTime + ticks([fragment]) + Math.max(...samples.map(({ compositionOffset }) => compositionOffset));
    if (producer && (producer.mediaTime < baseTime || producer.mediaTime > latest))
      problems.push(`prft of ${producer.mediaTime} before tfdt ${baseTime}`);
    end = baseTime + ticks([fragment]);
    number = sequence;
  }
  if (track.timescale <= 0) problems.push("a timescale of 0");
  return problems;
}

function longestSample(fragments: readonly Fragment[]): number {
  return Math.max(...fragments.flatMap(({ samples }) => samples.map(({ duration }) => duration)));
}
