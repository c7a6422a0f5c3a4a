import {
  type AudioTrack,
  describeByFrame,
  fitsMp4,
  type Packet,
  sameDecoding,
  type Track,
  type VideoTrack,
} from "@sluice/media";
import type { Consumer, Stream } from "../core/stream.ts";
import { isDefault } from "../core/tracks.ts";
import { hasCaptions } from "./captions.ts";
import { leastTargets } from "./listed.ts";
import { partTarget, wholeFrames } from "./part-length.ts";
import { type Boundary, type Cutter, Rendition, type Segment } from "./rendition.ts";
import { sameUs } from "./rung-rendition.ts";
import { RungRenditions } from "./rung-renditions.ts";
import { type TimedEvent, timedEvent } from "./timed-events.ts";

/** A stretch of the stream without a discontinuity: where it begins, in stream time, and what makes Unix time of that; microseconds. */
export type Era = { readonly number: number; readonly startUs: number; readonly anchorUs: number };

/** How a stream is cut. Seconds. */
export type SegmentSettings = {
  readonly segmentSeconds: number;
  readonly partSeconds: number;
  /** How much of the past is listed. */
  readonly windowSeconds: number;
};

/** A track that cannot be carried, in words. */
export type Unfit = { readonly track: Track; readonly reason: string };

/** A group of pictures that is longer is cut in the middle. */
const longestSegmentSeconds = 6;
/** So much of a segment's wanted length is enough when a keyframe comes. */
const nearlyWhole = 0.9;
/** A leader that is silent for so long no longer decides where segments begin. */
const leaderSilenceUs = 1_000_000;
/** So many frames are looked at for captions. */
const captionFrames = 1_000;
const maxCues = 64;
const maxBacklog = 4096;
/** The default picture, and sixteen sounds. */
const maxRenditions = 17;
/** So many boundaries are kept at least: what begins a little later than the source looks for its own. */
const leastBoundaries = 8;

/**
 * A stream as segments: its default picture and every sound that CMAF can carry are renditions, and all are cut at the same times. A keyframe of the picture, or sound alone, leads. Pictures
 * beside the default one are rungs. It only takes note of frames; bytes are made when they are asked for.
 */
export class Presentation implements Consumer, Cutter {
  readonly stream: Stream;
  readonly settings: SegmentSettings;
  /** Names of segments carry it, so that no cache mixes them with those of another day. */
  readonly nonce: string;
  /** Of the source's tracks. */
  readonly renditions = new Map<string, Rendition>();
  /** Of the qualities beside the source. */
  readonly rungs: RungRenditions;
  readonly unfit: Unfit[] = [];
  /** RFC 8216bis, 4.4.3.1: never changes once it is there. */
  targetSeconds: number | undefined;
  partSeconds: number;
  /** RFC 8216bis, 4.4.3.7; likewise. */
  partTargetSeconds: number;
  /** Every listed segment begins with a keyframe. */
  independent = true;
  /** The stream has ended: nothing changes any more. */
  over = false;
  /** Changes with everything that a playlist shows. */
  version = 0;
  /** Oldest first; those of which nothing is listed any more are dropped. */
  readonly eras: Era[] = [];
  /** The first era's anchor. */
  anchorUs = 0;
  hasEvents = false;
  /** There are captions in the picture. */
  captions = false;
  #looks = captionFrames;
  /** The newest advertising cues. */
  readonly cues: TimedEvent[] = [];
  #events = 0;
  #leader: Rendition | undefined;
  #boundaries: Boundary[] = [];
  #backlog: { packet: Packet; position: number }[] = [];
  #started = false;
  #break = false;
  #measured = false;
  #leaderUs = 0;
  /** What frames of a track belong to, while nothing changes. */
  readonly #renditionOf = new Map<Track, Rendition>();
  /** Configurations of which no frame has come yet. */
  readonly #announced = new Map<string, VideoTrack | AudioTrack>();
  readonly #listeners = new Set<(rendition: Rendition | undefined) => void>();
  readonly #nextEra: (before?: number) => number;
  readonly #onUnfit: (unfit: Unfit) => void;

  constructor(
    stream: Stream,
    settings: SegmentSettings,
    nextEra: (before?: number) => number,
    onUnfit: (unfit: Unfit) => void,
  ) {
    this.stream = stream;
    this.#nextEra = nextEra;
    this.settings = settings;
    this.partSeconds = settings.partSeconds;
    this.partTargetSeconds = partTarget(settings.partSeconds);
    this.nonce = Date.now().toString(36);
    this.#onUnfit = onUnfit;
    this.rungs = new RungRenditions(stream.ladder, this);
  }

  get leader(): Rendition | undefined {
    return this.#leader;
  }

  /** The source's, or a rung's. */
  find(key: string): Rendition | undefined {
    return this.renditions.get(key) ?? this.rungs.find(key)?.rendition;
  }

  /** Calls back when a rendition has grown, or with none when the presentation has ended. Returns the function that ends it. */
  onGrown(listener: (rendition: Rendition | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  packet(packet: Packet, position: number): void {
    if (this.#started) return this.#take(packet, position);
    this.#backlog.push({ packet, position });
    if (!this.stream.settled && this.#backlog.length < maxBacklog) return;
    this.#start();
  }

  /** The first frames say what some configurations leave out: all tracks are known before the first is cut. */
  #start(): void {
    this.#started = true;
    for (const track of this.stream.tracks) {
      const first = this.#backlog.find(
        ({ packet }) =>
          packet.kind === "frame" && packet.keyframe && packet.data.length > 0 && keyOf(packet.track) === keyOf(track),
      );
      this.#track(track.kind === "data" || !first ? track : describeByFrame(track, first.packet.data));
    }
    for (const { packet, position } of this.#backlog.splice(0)) this.#take(packet, position);
  }

  source(change: "lost" | "new"): void {
    this.#renditionOf.clear();
    if (change === "new") this.#break = true;
    else for (const rendition of this.renditions.values()) rendition.flush();
  }

  ended(): void {
    for (const rendition of this.renditions.values()) rendition.end();
    this.rungs.end();
    this.over = true;
    this.version++;
    for (const listener of this.#listeners) listener(undefined);
  }

  /** A rendition that has nothing yet begins with the newest. */
  boundaryAfter(msn: number): Boundary | undefined {
    const newest = this.#boundaries.at(-1);
    if (!newest || msn === 0) return newest;
    return newest.msn > msn ? this.#boundaries.find((each) => each.msn > msn) : undefined; // asked for with every frame
  }

  boundaryAt(timeUs: number): Boundary | undefined {
    return this.#boundaries.findLast(({ atUs }) => Math.abs(atUs - timeUs) < sameUs);
  }

  mixed(): void {
    this.independent = false;
  }

  grown(rendition: Rendition): void {
    if (this.targetSeconds === undefined && rendition === this.#leader) this.#settle(rendition);
    this.version++;
    if (!rendition.open) this.#forget(rendition);
    for (const listener of this.#listeners) listener(rendition);
  }

  #take(packet: Packet, position: number): void {
    const { track } = packet;
    if (packet.kind === "data") this.#say(packet);
    if (track.kind === "data" || this.#isBeside(track)) return;
    if (packet.kind === "config") this.#announced.set(keyOf(track), track);
    if (packet.kind !== "frame" || packet.data.length === 0) return;
    const rendition = this.#renditionFor(packet);
    if (!rendition) return;
    if (!this.captions && this.#looks > 0 && track.kind === "video") this.#look(packet);
    const ticks = rendition.place(packet);
    this.#lead(rendition, packet, ticks);
    if (this.#isBetween(rendition, ticks)) return;
    rendition.add(packet, position, ticks);
    if (!this.#measured && rendition === this.#leader) this.#measure(rendition);
  }

  /** What a frame belongs to; undefined for one of a configuration whose first keyframe was lost. */
  #renditionFor({ track, keyframe, data }: Packet): Rendition | undefined {
    if (track.kind === "data") return undefined;
    const usual = this.#renditionOf.get(track);
    if (usual && this.#announced.size === 0) return usual;
    const key = keyOf(track);
    const known = this.renditions.get(key);
    if (known) this.#renditionOf.set(track, known);
    if (known && this.#announced.size === 0) return known;
    const isUnknown = keyframe && track.kind === "video" && !known && !this.#isUnfit(track);
    const announced = this.#announced.get(key) ?? (isUnknown ? track : undefined);
    if (announced && !keyframe) return this.#inUse(announced);
    if (announced) this.#track(describeByFrame(announced, data));
    this.#announced.delete(key);
    return this.renditions.get(key);
  }

  /** Until its first keyframe a configuration that only says how pictures are meant changes nothing. */
  #inUse(announced: Track): Rendition | undefined {
    const rendition = this.renditions.get(keyOf(announced));
    return rendition && sameDecoding(rendition.track, announced) ? rendition : undefined;
  }

  #track(track: Track): void {
    if (track.kind === "data" || this.#isBeside(track)) return;
    this.#renditionOf.clear();
    const known = this.renditions.get(keyOf(track));
    if (!fitsMp4(track) || (!known && this.renditions.size >= maxRenditions)) {
      this.renditions.delete(keyOf(track));
      this.#leaveOut(track);
      return;
    }
    if (known) return known.configure(track);
    const rendition = new Rendition(track, this, this.stream.past);
    this.renditions.set(rendition.key, rendition);
    const before = this.#leader;
    if (before && rendition.kind === "audio") return;
    if (before?.kind === "video" && before.key !== rendition.key) this.renditions.delete(before.key); // it is beside this one now, or gone
    this.#leader = rendition;
    this.#measured = false;
    if (before) this.#break = true; // a picture has come to the sound, or in the place of another
  }

  /** A picture that is not the default one. */
  #isBeside(track: Track): boolean {
    return track.kind === "video" && !isDefault(this.stream.tracks, track);
  }

  #isUnfit({ kind, codec }: Track): boolean {
    return this.unfit.some(({ track }) => track.kind === kind && track.codec === codec);
  }

  #leaveOut(track: VideoTrack | AudioTrack): void {
    if (this.#isUnfit(track)) return;
    const unfit = { track, reason: `${track.codec} has no form in CMAF, so HLS and DASH go without it` };
    this.unfit.push(unfit);
    this.#onUnfit(unfit);
  }

  /** Frames of a new source that are before its first keyframe have no place: the old segment is over, and the new one has not begun. */
  #isBetween(rendition: Rendition, ticks: number): boolean {
    if (this.#break && rendition !== this.#leader) return true;
    const next = this.boundaryAfter(rendition.msn);
    return next?.restart === true && rendition.segments.length > 0 && rendition.timeUs(ticks) + 1 < next.atUs;
  }

  #look(packet: Packet): void {
    this.#looks--;
    this.captions = hasCaptions(packet);
  }

  /** What comes before the first frame describes the stream, and is no event of it. */
  #say({ data, dtsUs }: Packet): void {
    if (this.#boundaries.length === 0) return;
    const event = timedEvent(++this.#events, dtsUs, data);
    if (!event) return;
    this.hasEvents = true;
    if (event.cue) this.cues.push(event);
    if (this.cues.length > maxCues) this.cues.shift();
    this.#leader?.say(event);
  }

  /** Whether a segment begins with this frame. */
  #lead(rendition: Rendition, packet: Packet, ticks: number): void {
    const timeUs = rendition.timeUs(ticks);
    const last = this.#boundaries.at(-1);
    const isLeader = rendition === this.#leader;
    if (isLeader) this.#leaderUs = timeUs;
    if (!last) {
      if (isLeader && packet.keyframe) this.#cut(timeUs, undefined, true);
      return;
    }
    if (rendition.changed && rendition.msn === last.msn) this.#cut(timeUs, last, true);
    else if (isLeader) this.#leadOn(rendition, packet, timeUs, last);
    else if (timeUs - this.#leaderUs > leaderSilenceUs && (this.#break || timeUs - last.atUs > this.#longestUs())) {
      this.#cut(timeUs, last, this.#break);
    }
  }

  #leadOn(leader: Rendition, { keyframe }: Packet, timeUs: number, last: Boundary): void {
    const spentUs = timeUs - last.atUs;
    if (keyframe && (this.#break || spentUs >= this.settings.segmentSeconds * nearlyWhole * 1_000_000)) {
      this.#cut(timeUs, last, this.#break);
    } else if (spentUs + this.#frameUs(leader) > this.#longestUs()) {
      this.independent = false;
      this.#cut(timeUs, last, false);
    }
  }

  #longestUs(): number {
    const target = this.targetSeconds;
    return (target === undefined ? longestSegmentSeconds : target + 0.499) * 1_000_000;
  }

  #frameUs(rendition: Rendition): number {
    return (rendition.frameSeconds ?? 0) * 1_000_000;
  }

  /** Media sequence numbers begin with the time of day in seconds, and segments are longer than one: a server that was started again never goes back. */
  #cut(atUs: number, before: Boundary | undefined, discontinuous: boolean): void {
    const nowUs = Date.now() * 1000;
    const start = Math.floor(nowUs / 1_000_000);
    const anchorUs = !before ? nowUs - atUs : discontinuous ? Math.max(before.anchorUs, nowUs - atUs) : before.anchorUs;
    const era = before && !discontinuous ? before.era : this.#nextEra(before?.era);
    if (!before) this.anchorUs = anchorUs;
    if (era !== before?.era) this.eras.push({ number: era, startUs: atUs, anchorUs });
    const boundary: Boundary = {
      msn: before ? before.msn + 1 : start,
      atUs,
      discontinuous: discontinuous && before !== undefined,
      restart: this.#break,
      era,
      anchorUs,
    };
    this.#boundaries.push(boundary);
    if (discontinuous) this.#break = false;
    this.rungs.cut(boundary);
    const whole = this.#boundaries.at(-2);
    if (!whole) return;
    for (const rendition of this.renditions.values()) if (rendition.msn < whole.msn) rendition.skip(whole.atUs);
  }

  /** Parts are a whole number of frames, near to what is wanted. */
  #measure(leader: Rendition): void {
    const measured = leader.frameSeconds;
    if (measured === undefined) return;
    this.#measured = true;
    if (this.targetSeconds !== undefined || leader.kind === "audio") return;
    this.partSeconds = wholeFrames(this.settings.partSeconds, measured);
    this.partTargetSeconds = partTarget(this.partSeconds);
  }

  /** What is no longer listed can be had for a while (RFC 8216bis, 6.2.2). What is not fresh is read again when it is asked for, where the stream keeps it. */
  #forget(rendition: Rendition): void {
    const { segments, timescale } = rendition;
    const newest = segments.at(-1);
    if (!newest) return;
    const live = (this.targetSeconds ?? 0) * leastTargets;
    const kept = Math.max(this.settings.windowSeconds, live) + live + longestSegmentSeconds;
    const isOlder = ({ ticks, duration }: Segment, seconds: number) =>
      ticks + duration < newest.ticks - seconds * timescale;
    while (segments[0] && (isOlder(segments[0], kept) || isLost(segments[0]))) segments.shift();
    for (let index = segments.length - 1; index >= 0; index--) {
      const segment = segments[index];
      if (!segment || segment.shed) break;
      if (segment.closed && isOlder(segment, live) && (segment.from ?? 0) >= segment.past.first)
        rendition.shed(segment);
    }
    this.#forgetBoundaries();
  }

  #forgetBoundaries(): void {
    const renditions = [...this.renditions.values(), ...this.rungs.renditions];
    const oldest = Math.min(...renditions.map(({ msn }) => msn || Number.POSITIVE_INFINITY));
    while (this.#boundaries.length > leastBoundaries && (this.#boundaries[1]?.msn ?? 0) <= oldest)
      this.#boundaries.shift();
    const firsts = [...this.renditions.values()].map(({ segments }) => segments[0]?.boundary.era);
    const era = Math.min(...firsts.map((each) => each ?? Number.POSITIVE_INFINITY));
    while (this.eras.length > 1 && (this.eras[0]?.number ?? 0) < era) this.eras.shift();
  }

  #settle(leader: Rendition): void {
    const first = leader.segments.find(({ closed }) => closed);
    if (!first) return;
    const seconds = first.duration / leader.timescale;
    const wanted = Math.max(Math.round(this.settings.segmentSeconds), Math.ceil(seconds - 0.499));
    this.targetSeconds = Math.min(Math.max(wanted, 1), longestSegmentSeconds);
  }
}

/** Its frames were to be read again, and cannot be any more. */
function isLost({ shed, past }: Segment): boolean {
  return shed !== undefined && shed.from < past.first;
}

function keyOf({ kind, id }: Track): string {
  return `${kind === "video" ? "v" : "a"}${id}`;
}
