import { type AudioTrack, audioFrameSamples, type Packet, type VideoTrack } from "@sluice/media";

/** Of pictures: stream time itself, so that no rounding comes to what a source is exact about. */
export const videoTimescale = 1_000_000;
/** Encoders round sound's times to milliseconds, and some take them from a clock that is not the sound's: below this a frame follows the last one without a gap. */
const audioSlackSeconds = 0.03;

/** A time in the ticks of pictures. */
export function videoTicks(us: number): number {
  return Math.round((us * videoTimescale) / 1_000_000);
}

/** Ticks per second in which a track's times are written: of sound its samples, so that frames follow each other exactly. */
export function timescaleOf(track: VideoTrack | AudioTrack): number {
  return track.kind === "audio" ? (track.sampleRate ?? 48_000) : videoTimescale;
}

/** Puts one track's frames onto its own grid of time: whole ticks, always forward, sound without rounding errors. */
export class TrackClock {
  readonly timescale: number;
  #track: VideoTrack | AudioTrack;
  #reorder: number | undefined;
  #last = Number.NEGATIVE_INFINITY;
  #next: number | undefined;

  /** `reorder`: as that of another clock, so that both place the same frame at the same time. */
  constructor(track: VideoTrack | AudioTrack, reorder?: number) {
    this.#track = track;
    this.#reorder = reorder;
    this.timescale = timescaleOf(track);
  }

  /** The track decodes anew from here on; its times go on. */
  change(track: VideoTrack | AudioTrack): void {
    this.#track = track;
    this.#next = undefined;
  }

  /** How much later than decoded a keyframe is shown, in ticks. `place` adds it, so that a segment's time is the one at which it is shown; in the media it is taken off again. */
  get reorder(): number {
    return this.#reorder ?? 0;
  }

  /** The frame's place: when it would be shown, if frames were shown in the order in which they are decoded. Ticks. */
  place(packet: Packet): number {
    const ticks = Math.max(this.#track.kind === "audio" ? this.#sound(packet) : this.#picture(packet), this.#last + 1);
    this.#last = ticks;
    return ticks;
  }

  /** How much later than at its place the frame is shown; earlier where it is below 0. */
  composition(packet: Packet, ticks: number): number {
    return this.#track.kind === "audio" ? 0 : this.#ticks(packet.ptsUs) - ticks;
  }

  #picture(packet: Packet): number {
    this.#reorder ??= this.#ticks(packet.ptsUs) - this.#ticks(packet.dtsUs);
    return this.#ticks(packet.dtsUs) + this.#reorder;
  }

  #sound(packet: Packet): number {
    const announced = this.#ticks(packet.dtsUs);
    const expected = this.#next;
    const follows = expected !== undefined && Math.abs(announced - expected) < this.timescale * audioSlackSeconds;
    const ticks = follows ? expected : announced;
    const samples = this.#track.kind === "audio" ? audioFrameSamples(this.#track, packet.data) : undefined;
    this.#next = samples === undefined ? undefined : ticks + samples;
    return ticks;
  }

  #ticks(us: number): number {
    return Math.round((us * this.timescale) / 1_000_000);
  }
}
