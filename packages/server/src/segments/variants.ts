import { type AudioTrack, type VideoRange, type VideoTrack, videoRange } from "@sluice/media";
import type { RungPlan } from "../core/rung.ts";
import { soundName, sourceName } from "../core/seats.ts";
import type { Wish } from "../core/wish.ts";
import { plannedCodec } from "./planned.ts";
import type { Presentation } from "./presentation.ts";
import type { Rendition } from "./rendition.ts";
import { isGap } from "./rung-rendition.ts";

/** Bits per second: those of the dearest segment, and of all. */
export type Bitrates = { readonly peak: number; readonly average: number };

/** One way to watch a presentation: a picture with its sound, or sound alone. */
export type Variant = {
  /** "source", "720p", "audio". */
  readonly name: string;
  /** Of its picture, or of its sound where there is none. */
  readonly key: string;
  readonly bitrates: Bitrates;
  /** Undefined for one that has no name. */
  readonly codecs: readonly (string | undefined)[];
  readonly picture?: {
    readonly width?: number;
    readonly height?: number;
    readonly frameRate?: number;
    readonly range?: VideoRange;
  };
};

/** As many of its segments must have been seen before what is measured says more than the plan. */
const enoughSegments = 3;
/** Encoders are let go so far above their average for a segment. */
const plannedPeak = 1.5;
/** What players that are not told otherwise begin with is the best that so many bits a second carry: most networks do, and who has less is helped within a segment. */
const firstBitrate = 8_000_000;

/** What there is to watch, within what the viewer wants; never nothing. The first is what players begin with; the others follow, the dearest first. */
export function variantsOf(presentation: Presentation, wish?: Wish): readonly Variant[] {
  const all = [...presentation.renditions.values()].filter(({ segments }) => segments.length > 0);
  const audio = all.filter(({ kind }) => kind === "audio");
  const video = all.filter(({ kind }) => kind === "video");
  if (video.length === 0) return audio.map((each) => soundVariant(each));
  const pictures = [
    ...video.map((each) => sourceVariant(each, audio, presentation)),
    ...presentation.rungs.planned.flatMap((rung) => rungVariant(rung, audio, presentation)),
  ];
  const hasSoundAlone = presentation.rungs.planned.length > 0 || wish?.rung === soundName;
  const [sound] = hasSoundAlone ? audio : [];
  return wanted([...pictures, ...(sound ? [soundVariant(sound)] : [])], wish);
}

function wanted(variants: readonly Variant[], wish: Wish | undefined): readonly Variant[] {
  const pinned = wish?.rung === undefined ? [] : variants.filter(({ name }) => name === wish.rung);
  if (pinned.length > 0) return pinned;
  const cost = ({ bitrates, picture }: Variant) => (picture ? bitrates.average : bitrates.average / 1_000_000);
  const sorted = [...variants].sort((a, b) => cost(b) - cost(a));
  const most = wish?.maxBitrate ?? Number.POSITIVE_INFINITY;
  const fitting = sorted.filter(({ bitrates }) => bitrates.average <= most);
  const allowed = fitting.length > 0 ? fitting : sorted.slice(-1);
  const first = allowed.find(({ bitrates }) => bitrates.average <= firstBitrate) ?? allowed[0];
  if (!first) return [];
  return wish?.adaptive === false ? [first] : [first, ...allowed.filter((each) => each !== first)];
}

function sourceVariant(rendition: Rendition, audio: readonly Rendition[], presentation: Presentation): Variant {
  const { track, key } = rendition;
  return {
    name: rendition === presentation.leader ? sourceName : key,
    key,
    bitrates: withSound({ peak: rendition.peakBitrate, average: averageBitrate(rendition) }, audio),
    codecs: [codecOf(track), ...audio.map((each) => codecOf(each.track))],
    ...(track.kind === "video" ? { picture: { ...shapeOf(track), ...rateOf(rendition) } } : {}),
  };
}

type RungSeen = Presentation["rungs"]["planned"][number];

/** As measured, and as planned where it has not been made yet. */
function rungVariant(
  { name, key, plan, rendition }: RungSeen,
  audio: readonly Rendition[],
  presentation: Presentation,
): Variant[] {
  const seen = rendition?.segments.some((each) => each.closed && !isGap(each)) ? rendition : undefined;
  const { leader } = presentation;
  if (leader?.kind !== "video" || (plan.track !== undefined && !isThere(rendition))) return [];
  const planned = plannedCodec(plan, plan.frameRate ?? frameRateOf(leader));
  const codec = rendition && (seen || plan.track !== undefined) ? codecOf(rendition.track) : planned;
  return [
    {
      name,
      key,
      bitrates: withSound(rungBitrates(plan, seen), audio),
      codecs: [codec, ...audio.map((each) => codecOf(each.track))],
      picture: {
        width: plan.width,
        height: plan.height,
        ...rateOf(leader),
        ...(plan.frameRate === undefined ? {} : { frameRate: plan.frameRate }),
        ...(seen ? rateOf(seen) : {}),
        ...(seen?.track.kind === "video" ? shapeOf(seen.track) : {}),
      },
    },
  ];
}

/** Something of it came: a picture that is sent, and whose keyframes never stand where segments begin, is not in segments. */
export function isThere(rendition: Rendition | undefined): boolean {
  return rendition !== undefined && rendition.segments.length > 0;
}

/** Of its picture alone: as measured, as soon as that says more than the plan. */
export function rungBitrates({ bitrate, track }: RungPlan, seen: Rendition | undefined): Bitrates {
  const closed = seen?.segments.filter((each) => each.closed && !isGap(each)).length ?? 0;
  if (seen && closed >= (track === undefined ? enoughSegments : 1))
    return { peak: seen.peakBitrate, average: averageBitrate(seen) };
  return { peak: Math.max(bitrate * plannedPeak, seen?.peakBitrate ?? 0), average: bitrate };
}

function soundVariant(rendition: Rendition): Variant {
  return {
    name: soundName,
    key: rendition.key,
    bitrates: { peak: rendition.peakBitrate, average: averageBitrate(rendition) },
    codecs: [codecOf(rendition.track)],
  };
}

function withSound({ peak, average }: Bitrates, audio: readonly Rendition[]): Bitrates {
  return {
    peak: peak + Math.max(0, ...audio.map(({ peakBitrate }) => peakBitrate)),
    average: average + Math.max(0, ...audio.map(averageBitrate)),
  };
}

function shapeOf(track: VideoTrack): { width?: number; height?: number; range?: VideoRange } {
  const { width, height } = track;
  const range = videoRange(track);
  return { ...(width && height ? { width, height } : {}), ...(range === "SDR" ? {} : { range }) };
}

/** As counted: encoders announce what they do not keep. */
export function frameRateOf(rendition: Rendition): number | undefined {
  return rateOf(rendition).frameRate;
}

function rateOf({ segments, timescale }: Rendition): { frameRate?: number } {
  const closed = segments.filter((each) => each.closed && !isGap(each) && each.duration > 0).slice(-3);
  const seconds = closed.reduce((sum, { duration }) => sum + duration, 0) / timescale;
  const frames = closed.reduce((sum, { parts }) => sum + parts.reduce((count, { frames }) => count + frames, 0), 0);
  return seconds > 0 ? { frameRate: frames / seconds } : {};
}

function averageBitrate({ segments, timescale }: Rendition): number {
  const whole = segments.filter((segment) => !isGap(segment));
  const seconds = whole.reduce((sum, { duration }) => sum + duration, 0) / timescale;
  const bytes = whole.reduce((sum, segment) => sum + segment.bytes, 0);
  return seconds > 0 ? (bytes * 8) / seconds : 0;
}

/** MP3 in MP4's words, which HLS players know. */
function codecOf({ codec, codecString }: VideoTrack | AudioTrack): string | undefined {
  return codec === "mp3" ? "mp4a.40.34" : codecString;
}
