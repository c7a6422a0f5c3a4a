import type { VideoCodec } from "@sluice/media";
import type { RungPlan } from "../../core/rung.ts";
import type { Preset } from "./engine.ts";

/** A quality as an operator wishes it: 0 and "" are for what follows from the source. `height` is the shorter side: a picture that is higher than wide is turned. `bitrate` is in kbit/s. */
export type RungWish = {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly bitrate: number;
  readonly codec: VideoCodec;
  readonly preset: Preset | "";
};

/** `auto`, `none`, or a list of "720p", "audio" and qualities that say more. */
export type LadderWish = string | readonly (string | RungWish)[];

/** The source's picture. What is 0 is not known. */
export type SourcePicture = {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  /** Bits per second. */
  readonly bitrate: number;
  /** The shorter sides of the pictures that the publisher sends beside it. */
  readonly sent?: readonly number[];
};

/** What is made of a source: the qualities, the dearest first, with the work that goes into each; and whether sound alone is offered. */
export type LadderPlan = {
  readonly rungs: readonly RungPlan[];
  readonly presets: readonly Preset[];
  readonly soundOnly: boolean;
};

const sound = "audio";
const automatic = ["1080p", "720p", "480p", "360p", "240p", sound];
/** A picture that is hardly smaller than the source is no help. */
const smaller = 0.9;
/** What a picture of 1080p takes at up to 30 frames a second; others take less, but not in proportion. */
const fullBits = 4_500_000;
const fullPixels = 1920 * 1080;
const growth = 0.8;
/** So much of the next dearer quality's bitrate a quality has at most. */
const share = 0.7;
/** A picture below this is no picture. */
const leastBits = 80_000;
/** Stamps are rounded, so that 30 frames a second may look like a few more. */
const usualRate = 32;
/** Pictures below this are for slow networks and small screens, which do not need more than the usual frames. */
const quickFrom = 720;

type Rung = RungPlan & { readonly preset: Preset };

/**
 * What is made of a source; nothing that is larger, dearer or quicker than it. Who sends several pictures has a ladder: `auto` adds none to it, and of a list what is not among them is made.
 */
export function planLadder(wish: LadderWish, source: SourcePicture, preset: Preset): LadderPlan {
  const { sent = [] } = source;
  const wishes = wishesOf(wish, sent.length > 0);
  const soundOnly = wishes.includes(sound);
  const made: Rung[] = [];
  if (source.width > 0 && source.height > 0) {
    const [words, own] = [wishes.filter(isWord).sort(byHeight), wishes.filter(isWish)];
    made.push(...own.flatMap((each) => ownRung(each, source, preset)));
    let most = source.bitrate > 0 ? source.bitrate * share : Number.POSITIVE_INFINITY;
    for (const word of words) {
      const rung = wordRung(word, source, preset, most);
      if (!rung || rung.bitrate < leastBits) continue;
      most = rung.bitrate * share;
      made.push(rung);
    }
  }
  const rungs = made
    .filter(({ width, height }) => !sent.includes(Math.min(width, height)))
    .filter(({ name }, index, all) => all.findIndex((each) => each.name === name) === index)
    .sort((a, b) => b.bitrate - a.bitrate);
  return {
    rungs: rungs.map(({ preset: _preset, ...plan }) => plan),
    presets: rungs.map((each) => each.preset),
    soundOnly,
  };
}

function wishesOf(wish: LadderWish, hasLadder: boolean): readonly (string | RungWish)[] {
  if (typeof wish !== "string") return wish;
  return wish === "auto" ? (hasLadder ? [sound] : automatic) : [];
}

/** Whether a plan needs to know how many bits and frames the source has. */
export function needsMeasure(wish: LadderWish): boolean {
  return (
    wish === "auto" ||
    (typeof wish !== "string" && wish.some((each) => isWord(each) || (isWish(each) && each.bitrate === 0)))
  );
}

/** What its qualities are encoded with. */
export function codecsOf(wish: LadderWish): readonly VideoCodec[] {
  if (typeof wish === "string") return wish === "auto" ? ["h264"] : [];
  return [...new Set(wish.flatMap((each) => (each === sound ? [] : [isWish(each) ? each.codec : "h264"])))];
}

function isWord(wish: string | RungWish): wish is string {
  return typeof wish === "string" && wish !== sound;
}

function isWish(wish: string | RungWish): wish is RungWish {
  return typeof wish !== "string";
}

function byHeight(a: string, b: string): number {
  return Number.parseInt(b, 10) - Number.parseInt(a, 10);
}

function wordRung(name: string, source: SourcePicture, preset: Preset, most: number): Rung | undefined {
  const short = Number.parseInt(name, 10);
  if (short > Math.min(source.width, source.height) * smaller) return undefined;
  const size = sizeOf(source, short, 0);
  const frameRate = short < quickFrom ? usual(source.frameRate) : source.frameRate;
  const bitrate = Math.min(bitrateFor(size, frameRate), thousands(most));
  return { name, ...size, ...rateOf(frameRate, source), bitrate, codec: "h264", preset };
}

/** As it was asked for; but what is larger than the source is not made. */
function ownRung(wish: RungWish, source: SourcePicture, preset: Preset): Rung[] {
  const size = sizeOf(source, wish.height, wish.width);
  if (size.width > source.width + 1 || size.height > source.height + 1) return [];
  const frameRate =
    wish.fps > 0 && (source.frameRate === 0 || wish.fps < source.frameRate) ? wish.fps : source.frameRate;
  const fitting = Math.min(
    bitrateFor(size, frameRate),
    source.bitrate > 0 ? source.bitrate * share : Number.POSITIVE_INFINITY,
  );
  return [
    {
      name: wish.name === "" ? `${Math.min(size.width, size.height)}p` : wish.name,
      ...size,
      ...rateOf(frameRate, source),
      bitrate: wish.bitrate > 0 ? wish.bitrate * 1000 : Math.max(leastBits, thousands(fitting)),
      codec: wish.codec,
      preset: wish.preset === "" ? preset : wish.preset,
    },
  ];
}

/** Whole pairs of pixels, as colour has; what is 0 follows from the source. */
function sizeOf(source: SourcePicture, height: number, width: number): { width: number; height: number } {
  const [sourceShort, sourceLong] = [Math.min(source.width, source.height), Math.max(source.width, source.height)];
  const short = height > 0 ? height : width > 0 ? (width * sourceShort) / sourceLong : sourceShort;
  const long = width > 0 ? width : (short * sourceLong) / sourceShort;
  return source.width < source.height
    ? { width: even(short), height: even(long) }
    : { width: even(long), height: even(short) };
}

function even(pixels: number): number {
  return Math.max(2, Math.round(pixels / 2) * 2);
}

function usual(rate: number): number {
  return rate > usualRate ? usual(rate / 2) : rate;
}

/** Only said where it is less than the source's. */
function rateOf(frameRate: number, source: SourcePicture): { frameRate?: number } {
  return frameRate > 0 && (source.frameRate === 0 || frameRate < source.frameRate) ? { frameRate } : {};
}

/** Whole kbit/s, not above. */
function thousands(bits: number): number {
  return Math.floor(bits / 1000 + 1e-6) * 1000;
}

/** What suits a picture of this size, in bits per second. */
export function bitrateFor({ width, height }: { width: number; height: number }, frameRate: number): number {
  const bits =
    fullBits * ((width * height) / fullPixels) ** growth * (frameRate > usualRate ? Math.sqrt(frameRate / 30) : 1);
  return Math.max(leastBits, Math.round(bits / 50_000) * 50_000);
}
