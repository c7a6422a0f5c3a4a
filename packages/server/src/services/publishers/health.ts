import type { Packet, Track } from "@sluice/media";
import { Bitrate } from "../../core/bitrate.ts";
import { now } from "../../core/clock.ts";
import type { Consumer } from "../../core/stream.ts";

/** How a publisher does, measured from what has come in lately. Times are in milliseconds, bitrates in bits per second; what is not known yet is absent. */
export type HealthFigures = {
  readonly bitrate: number;
  readonly videoBitrate: number;
  readonly audioBitrate: number;
  readonly frameRate?: number;
  /** Between the newest two keyframes, and the longest of the last ones. */
  readonly keyframeMs?: number;
  readonly longestKeyframeMs?: number;
  /** How far sound is ahead of the picture as they arrive, on average: up to a frame either way is their order. Negative: behind. */
  readonly driftMs?: number;
  /** How irregularly frames arrive, compared with their times (RFC 3550, 6.4.1). */
  readonly jitterMs?: number;
  /** Media time that came in per time that passed: below 1 the encoder or its network cannot keep up. */
  readonly pace?: number;
  /** Frames that are shown in another order than they are sent. */
  readonly reordered: boolean;
  /** How often the clock of the media has jumped by more than a second. */
  readonly jumps: number;
  /** How long nothing has come. */
  readonly silentMs: number;
};

/** Media time over which frames are counted. */
const countUs = 4_000_000;
const keptKeyframes = 8;
const jumpUs = 1_000_000;
/** Pace is measured between marks that are so far apart; what an encoder sends at once at its start does not count for long. */
const markMs = 2_000;
const marks = 6;

type Mark = { readonly at: number; readonly us: number };

/** Watches one stream come in. It costs a few additions for each packet. */
export class Health implements Consumer {
  readonly #all = new Bitrate();
  readonly #video = new Bitrate();
  readonly #audio = new Bitrate();
  /** By the number of the track. */
  readonly #tracks = { video: new Map<number, Bitrate>(), audio: new Map<number, Bitrate>() };
  /** Times of the newest frames of the picture, in the order of their arrival; the oldest at `#oldest`. */
  #frames: number[] = [];
  readonly #keyframes: number[] = [];
  readonly #last = { video: Number.NaN, audio: Number.NaN };
  #driftUs: number | undefined;
  #jitterUs: number | undefined;
  #transitUs: number | undefined;
  #marks: Mark[] = [];
  #reordered = false;
  #jumps = 0;
  #heardAt = now();
  readonly #isDefault: (track: Track) => boolean;

  /** `isDefault`: whether viewers get a track who ask for nothing; all but `bitrate` is of those. */
  constructor(isDefault: (track: Track) => boolean = () => true) {
    this.#isDefault = isDefault;
  }

  packet({ kind, track, dtsUs, ptsUs, keyframe, data }: Packet): void {
    if (kind !== "frame" || track.kind === "data") return;
    const at = now();
    this.#heardAt = at;
    this.#all.add(data.length, dtsUs);
    this.#rateOf(track.kind, track.id).add(data.length, dtsUs);
    if (!this.#isDefault(track)) return;
    this.#noteClock(track.kind, dtsUs, at);
    if (track.kind === "audio") this.#audio.add(data.length, dtsUs);
    else {
      this.#video.add(data.length, dtsUs);
      this.#noteFrame(dtsUs, keyframe);
      this.#reordered ||= ptsUs !== dtsUs;
    }
    this.#noteDrift();
  }

  source(change: "lost" | "new"): void {
    if (change === "new") this.#begin();
  }

  ended(): void {}

  /** Of one track, in bits per second; undefined while that is not known. */
  bitrateOf({ kind, id }: Track): number | undefined {
    const value = kind === "data" ? undefined : this.#tracks[kind].get(id)?.value;
    return value ? Math.round(value) : undefined;
  }

  figures(): HealthFigures {
    const [frameRate, keyframes] = [this.#frameRate(), this.#keyframes];
    const gaps = keyframes.slice(1).map((us, index) => (us - (keyframes[index] ?? us)) / 1000);
    return {
      bitrate: Math.round(this.#all.value),
      videoBitrate: Math.round(this.#video.value),
      audioBitrate: Math.round(this.#audio.value),
      ...given("frameRate", frameRate, 100),
      ...given("keyframeMs", gaps.at(-1)),
      ...given("longestKeyframeMs", gaps.length > 0 ? Math.max(...gaps) : undefined),
      ...given("driftMs", this.#driftUs === undefined ? undefined : this.#driftUs / 1000),
      ...given("jitterMs", this.#jitterUs === undefined ? undefined : this.#jitterUs / 1000, 10),
      ...given("pace", this.#pace(), 100),
      reordered: this.#reordered,
      jumps: this.#jumps,
      silentMs: Math.round(now() - this.#heardAt),
    };
  }

  #rateOf(kind: "video" | "audio", id: number): Bitrate {
    let rate = this.#tracks[kind].get(id);
    if (!rate) {
      rate = new Bitrate();
      this.#tracks[kind].set(id, rate);
    }
    return rate;
  }

  #begin(): void {
    for (const rates of [this.#tracks.video, this.#tracks.audio]) rates.clear();
    this.#frames = [];
    this.#keyframes.length = 0;
    this.#marks = [];
    this.#last.video = Number.NaN;
    this.#last.audio = Number.NaN;
    this.#driftUs = undefined;
    this.#jitterUs = undefined;
    this.#transitUs = undefined;
    this.#reordered = false;
  }

  #noteClock(kind: "video" | "audio", dtsUs: number, at: number): void {
    const before = this.#last[kind];
    if (Math.abs(dtsUs - before) > jumpUs) {
      this.#jumps++;
      this.#marks = [];
      this.#transitUs = undefined;
    }
    this.#last[kind] = dtsUs;
    const leads = kind === "video" || Number.isNaN(this.#last.video);
    if (leads) this.#noteArrival(dtsUs, at);
  }

  #noteArrival(dtsUs: number, at: number): void {
    const transitUs = at * 1000 - dtsUs;
    if (this.#transitUs !== undefined) {
      const distance = Math.abs(transitUs - this.#transitUs);
      this.#jitterUs = this.#jitterUs === undefined ? distance : this.#jitterUs + (distance - this.#jitterUs) / 16;
    }
    this.#transitUs = transitUs;
    const mark = this.#marks.at(-1);
    if (mark && at - mark.at < markMs) return;
    this.#marks.push({ at, us: dtsUs });
    if (this.#marks.length > marks) this.#marks.shift();
  }

  #noteFrame(dtsUs: number, keyframe: boolean): void {
    this.#frames.push(dtsUs);
    const [oldest = dtsUs] = this.#frames;
    if (dtsUs - oldest > 2 * countUs || dtsUs < oldest)
      this.#frames = this.#frames.filter((us) => us <= dtsUs && dtsUs - us <= countUs);
    if (!keyframe) return;
    this.#keyframes.push(dtsUs);
    if (this.#keyframes.length > keptKeyframes) this.#keyframes.shift();
  }

  #noteDrift(): void {
    const { video, audio } = this.#last;
    if (Number.isNaN(video) || Number.isNaN(audio)) return;
    const drift = audio - video;
    this.#driftUs = this.#driftUs === undefined ? drift : this.#driftUs + (drift - this.#driftUs) / 32;
  }

  #frameRate(): number | undefined {
    const newest = this.#frames.at(-1) ?? 0;
    const recent = this.#frames.filter((us) => newest - us <= countUs);
    const [first = newest] = recent;
    return recent.length > 1 && newest > first ? ((recent.length - 1) * 1_000_000) / (newest - first) : undefined;
  }

  /** From the second mark on: what was sent at once at the start is no pace. */
  #pace(): number | undefined {
    const [, first] = this.#marks;
    const last = this.#marks.at(-1);
    if (!first || !last || last.at - first.at < markMs) return undefined;
    return (last.us - first.us) / 1000 / (last.at - first.at);
  }
}

function given<Name extends string>(name: Name, value: number | undefined, parts = 1): { [name in Name]?: number } {
  return (value === undefined ? {} : { [name]: Math.round(value * parts) / parts }) as { [name in Name]?: number };
}
