import { type AudioTrack, type Packet, sameConfiguration, type VideoTrack } from "@sluice/media";
import type { Past } from "../core/past.ts";
import type { TimedEvent } from "./timed-events.ts";
import { TrackClock, timescaleOf } from "./track-clock.ts";

/** An access unit and its place. `duration` is known when the next one has come. Ticks of the rendition's timescale. */
export type Sample = {
  readonly packet: Packet;
  readonly position: number;
  readonly ticks: number;
  readonly composition: number;
  duration: number;
};

/** A few frames that go out together: one CMAF chunk. */
export type Part = {
  readonly index: number;
  readonly ticks: number;
  readonly duration: number;
  /** It begins with a keyframe. */
  readonly independent: boolean;
  /** Empty when the segment was shed: its frames have to be read again. */
  samples: readonly Sample[];
  readonly frames: number;
  readonly bytes: number;
  /** What is said with it. */
  readonly events: readonly TimedEvent[];
  encoded?: Uint8Array;
};

/** One decoder configuration of a rendition, as the init segment that it needs. */
export type Init = { readonly number: number; readonly track: VideoTrack | AudioTrack };

/** Where all renditions begin a segment. */
export type Boundary = {
  readonly msn: number;
  readonly atUs: number;
  /** What follows is no continuation: another source, or another decoder configuration. */
  readonly discontinuous: boolean;
  /** Another source begins with it. */
  readonly restart: boolean;
  /** How many discontinuities there have been, this one included. */
  readonly era: number;
  /** Added to stream time it is Unix time, in microseconds. */
  readonly anchorUs: number;
};

export type Segment = {
  readonly boundary: Boundary;
  readonly msn: number;
  init: Init;
  readonly ticks: number;
  /** Of the parts that are there; of all when it is closed. */
  duration: number;
  readonly parts: Part[];
  /** Where its frames can be read again. */
  readonly past: Past;
  /** The position of its first frame. */
  from?: number;
  /** How long its first frame is. */
  firstBytes?: number;
  /** Its end never came: players should go elsewhere. */
  torn?: boolean;
  /** It begins with a keyframe. */
  independent: boolean;
  closed: boolean;
  bytes: number;
  encoded?: Uint8Array;
  /** What is left of a shed segment's samples: their durations, and the positions between which they stand. */
  shed?: { readonly durations: Uint32Array; readonly from: number; readonly to: number };
};

/** What a rendition asks of the whole. */
export type Cutter = {
  /** How long parts are, and how long at most; seconds. */
  readonly partSeconds: number;
  readonly partTargetSeconds: number;
  /** The boundary after segment `msn`, when there is one. */
  boundaryAfter(msn: number): Boundary | undefined;
  /** Something that a waiting request may have waited for. */
  grown(rendition: Rendition): void;
};

/** What a frame is taken to last of which nothing is known yet: frames a second. */
const usualRate = 25;

/** A segment that is shorter than it should be by no more frames than this is whole. */
const missingFrames = 2;

/** In one part. */
const maxEvents = 32;

/** Stamps are rounded to milliseconds: a part that is nearly long enough is. */
const slackSeconds = 0.004;

/** One track as segments and parts. It is cut where the presentation says, and into parts by time. */
export class Rendition {
  /** `v0`, `a1`: kind and track. */
  readonly key: string;
  readonly kind: "video" | "audio";
  readonly timescale: number;
  /** Oldest first; the last one may be open. */
  readonly segments: Segment[] = [];
  peakBitrate = 0;
  /** Where the frames that come now can be read again. */
  past: Past;
  readonly #cutter: Cutter;
  readonly #clock: TrackClock;
  #init: Init;
  #changed = false;
  readonly #usual: number;
  #samples: Sample[] = [];
  #events: TimedEvent[] = [];
  #last: Sample | undefined;

  /** `beside`: it is another form of a rendition, by whose clock its frames are placed, under a key of its own. */
  constructor(track: VideoTrack | AudioTrack, cutter: Cutter, past: Past, beside?: { key: string; reorder: number }) {
    this.key = beside?.key ?? `${track.kind === "video" ? "v" : "a"}${track.id}`;
    this.kind = track.kind;
    this.timescale = timescaleOf(track);
    this.past = past;
    this.#cutter = cutter;
    this.#clock = new TrackClock(track, beside?.reorder);
    this.#init = { number: 0, track };
    this.#usual = track.kind === "audio" ? 1024 : Math.round(this.timescale / usualRate);
  }

  get track(): VideoTrack | AudioTrack {
    return this.#init.track;
  }
  /** What `ticks` of samples, parts and segments are ahead of decode times. */
  get reorder(): number {
    return this.#clock.reorder;
  }
  /** The segment that is being written. */
  get open(): Segment | undefined {
    const last = this.segments.at(-1);
    return last?.closed === false ? last : undefined;
  }
  /** The newest segment; 0 when there is none. */
  get msn(): number {
    return this.segments.at(-1)?.msn ?? 0;
  }
  /** Its next frame needs another init segment than its last. */
  get changed(): boolean {
    return this.#changed;
  }
  /** The duration of its last frame whose end is known, in seconds. */
  get frameSeconds(): number | undefined {
    const duration = this.#samples.at(-2)?.duration;
    return duration === undefined ? undefined : duration / this.timescale;
  }

  /** Another decoder configuration, from the next frame on. The timescale stays: times go on in it. */
  configure(track: VideoTrack | AudioTrack): void {
    if (sameConfiguration(track, this.#init.track)) return;
    this.#init = { number: this.#init.number + 1, track };
    this.#clock.change(track);
    this.#changed = true;
  }

  /** The frame's place; the one before it ends there. */
  place(packet: Packet): number {
    const ticks = this.#clock.place(packet);
    if (this.#last) this.#last.duration = ticks - this.#last.ticks;
    return ticks;
  }

  timeUs(ticks: number): number {
    return (ticks / this.timescale) * 1_000_000;
  }

  /** Adds a placed frame: to the segment that it belongs to by its time, and to the open part or a new one. */
  add(packet: Packet, position: number, ticks: number): void {
    this.#follow(ticks);
    const segment = this.open;
    if (!segment || ticks < segment.ticks) return; // before the first boundary, or so late that its segment was given up
    const expected = this.#last?.duration ?? this.#usual;
    this.#divide(segment, ticks, expected);
    const sample = { packet, position, ticks, composition: this.#clock.composition(packet, ticks), duration: expected };
    if (this.#samples.length === 0 && segment.parts.length === 0) this.#begin(segment, packet, position);
    this.#samples.push(sample);
    this.#last = sample;
  }

  #begin(segment: Segment, { keyframe, data }: Packet, position: number): void {
    segment.init = this.#init; // another one than when it was opened, where it was opened for who was not there
    this.#changed = false;
    segment.independent = keyframe;
    segment.from = position;
    segment.firstBytes = data.length;
  }

  /** Closes the open part where it is long enough, or would become too long with the frame at `ticks`. */
  #divide(segment: Segment, ticks: number, expected: number): void {
    const { partSeconds, partTargetSeconds } = this.#cutter;
    const [first] = this.#samples;
    if (!first) return;
    this.#putOffLate(segment, ticks);
    const spent = ticks - (this.#samples[0] ?? first).ticks;
    const isLong = spent >= (partSeconds - slackSeconds) * this.timescale;
    if (isLong || spent + expected > partTargetSeconds * this.timescale) this.#closePart(segment);
  }

  /** The last frame has lasted longer than was thought, until `ticks`: where the part would be too long with it, it begins the next. */
  #putOffLate(segment: Segment, ticks: number): void {
    const [first] = this.#samples;
    const longest = this.#cutter.partTargetSeconds * this.timescale;
    if (!first || this.#samples.length < 2 || ticks - first.ticks <= longest) return;
    const late = this.#samples.pop();
    this.#closePart(segment);
    if (late) this.#samples.push(late);
  }

  /** It has been silent up to this time: others do not wait for it. */
  skip(untilUs: number): void {
    if (this.segments.length > 0) this.#follow(Math.round((untilUs * this.timescale) / 1_000_000));
  }

  /** Something is said with its next part. */
  say(event: TimedEvent): void {
    if (this.open && this.#events.length < maxEvents) this.#events.push(event);
  }

  /** Puts out what is there: nothing may come for a while. */
  flush(): void {
    const segment = this.open;
    if (!segment || this.#samples.length === 0) return;
    this.#closePart(segment);
    this.#last = undefined;
  }

  /** What has been cut off here will not go on: what comes next begins anew, at a boundary. */
  tear(): void {
    this.flush();
    this.#last = undefined;
    if (this.open) this.open.torn = true;
    this.#cutter.grown(this);
  }

  /** Nothing more will come. */
  end(): void {
    const segment = this.open;
    if (!segment) return;
    this.flush();
    if (segment.parts.length === 0) this.segments.pop();
    else this.#closeSegment(segment);
  }

  /** Lets go of a closed segment's frames, which can be read again. */
  shed(segment: Segment): void {
    const samples = segment.parts.flatMap((part) => part.samples);
    const [first, last] = [samples[0], samples.at(-1)];
    if (!first || !last || segment.shed) return;
    segment.shed = {
      durations: Uint32Array.from(samples, ({ duration }) => duration),
      from: first.position,
      to: last.position + 1,
    };
    for (const part of segment.parts) {
      part.samples = [];
      delete part.encoded;
    }
    delete segment.encoded;
  }

  /** The frames of a shed segment, by part; undefined when they are not there any more. */
  async restored({ parts, shed, ticks, past }: Segment): Promise<readonly (readonly Sample[])[] | undefined> {
    if (!shed) return undefined;
    const { kind, id } = this.track;
    const packets = (await past.read(shed.from, shed.to)).filter(
      (packet) =>
        packet.kind === "frame" && packet.track.kind === kind && packet.track.id === id && packet.data.length > 0,
    );
    if (packets.length !== shed.durations.length) return undefined;
    let at = ticks;
    const samples = packets.map((packet, index): Sample => {
      const duration = shed.durations[index] ?? 0;
      const sample = { packet, position: 0, ticks: at, composition: this.#clock.composition(packet, at), duration };
      at += duration;
      return sample;
    });
    let first = 0;
    return parts.map(({ frames }) => {
      first += frames;
      return samples.slice(first - frames, first);
    });
  }

  /** Closes and opens segments up to the one that a frame at `ticks` belongs to. */
  #follow(ticks: number): void {
    for (;;) {
      const boundary = this.#cutter.boundaryAfter(this.msn);
      if (!boundary) return;
      const isDue = boundary.atUs <= this.timeUs(ticks) + 1 || (this.#changed && boundary.discontinuous);
      if (!isDue) return;
      const after = this.#cutter.boundaryAfter(boundary.msn);
      const isEmpty = after !== undefined && after.atUs <= this.timeUs(ticks);
      this.#cut(boundary, isEmpty ? Math.round((boundary.atUs * this.timescale) / 1_000_000) : ticks);
    }
  }

  #cut(boundary: Boundary, ticks: number): void {
    const before = this.open;
    if (before) {
      this.#putOffLate(before, ticks);
      if (this.#samples.length > 0) this.#closePart(before);
      if (boundary.restart) before.torn = false; // there is no more of it in any rendition
      this.#measureGap(before, ticks);
      this.#closeSegment(before);
    }
    this.#changed = false;
    this.segments.push({
      boundary,
      msn: boundary.msn,
      init: this.#init,
      past: this.past,
      ticks,
      duration: 0,
      parts: [],
      independent: false,
      closed: false,
      bytes: 0,
    });
  }

  /** A segment without an end lasts until the next one begins. */
  #measureGap(segment: Segment, ticks: number): void {
    const whole = ticks - segment.ticks;
    const last = segment.parts.at(-1);
    const frame = last ? last.duration / last.frames : this.#usual;
    if (segment.torn && segment.parts.length > 0) segment.torn = segment.duration < whole - missingFrames * frame;
    if (segment.torn || segment.parts.length === 0) segment.duration = whole;
  }

  #closePart(segment: Segment): void {
    const samples = this.#samples;
    const [first] = samples;
    if (!first) return;
    this.#samples = [];
    const last = samples.at(-1) ?? first;
    const duration = last.ticks + last.duration - first.ticks;
    const bytes = samples.reduce((sum, { packet }) => sum + packet.data.length, 0);
    const { keyframe } = first.packet;
    segment.parts.push({
      index: segment.parts.length,
      ticks: first.ticks,
      duration,
      independent: keyframe,
      samples,
      frames: samples.length,
      bytes,
      events: this.#events.splice(0),
    });
    segment.duration = last.ticks + last.duration - segment.ticks;
    segment.bytes += bytes;
    this.#cutter.grown(this);
  }

  #closeSegment(segment: Segment): void {
    segment.closed = true;
    const seconds = segment.duration / this.timescale;
    if (seconds > 0.5 && !segment.torn) this.peakBitrate = Math.max(this.peakBitrate, (segment.bytes * 8) / seconds);
    this.#cutter.grown(this);
  }
}
