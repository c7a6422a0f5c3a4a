import { describeByFrame, fitsMp4, type Packet, type VideoTrack } from "@sluice/media";
import { now } from "../core/clock.ts";
import type { Rung, RungPlan } from "../core/rung.ts";
import { type Boundary, type Cutter, Rendition, type Segment } from "./rendition.ts";
import { videoTicks } from "./track-clock.ts";

/** What rungs ask of the presentation that they are part of. */
export type RungHome = Cutter & {
  readonly leader: Rendition | undefined;
  /** A segment of a rung begins without a keyframe. */
  mixed(): void;
  /** The boundary at a time, when there is one. */
  boundaryAt(timeUs: number): Boundary | undefined;
};

/** Where leader and rung round to the same tick, their times differ by less. */
export const sameUs = 20;

/** A rung that is made on demand is there sooner. */
const patienceMs = 8_000;
/** Who asks after so long asks anew. */
const forgottenMs = 30_000;

/** So many of the newest segments are looked at for one that plays. */
const freshSegments = 4;

/**
 * A rung of a stream's ladder, as one more rendition of its picture: cut where the source is, a little later. While nobody makes the rung it goes on with gaps, and the source does not
 * notice. It has the rung's name, whoever makes it.
 */
export class RungRendition implements Cutter {
  readonly name: string;
  readonly key: string;
  /** None before its first frame. */
  rendition: Rendition | undefined;
  /** Some have been given the source's segments under its name, or there has been more than one init segment. */
  mixed = false;
  readonly #home: RungHome;
  #rung: Rung | undefined;
  #plan: RungPlan;
  #leave = () => {};
  #announced: VideoTrack | undefined;
  /** Since when it has been asked for without being there, and when last. */
  #askedFrom: number | undefined;
  #askedAt = 0;
  /** The first boundary that its frames are cut at. */
  #from: Boundary | undefined;

  constructor(rung: Rung, home: RungHome) {
    this.name = rung.name;
    this.key = `v-${rung.name}`;
    this.#home = home;
    this.#plan = rung.plan;
    this.follow(rung);
  }

  get plan(): RungPlan {
    return this.#plan;
  }
  /** The publisher sends it: there is nothing to wait for, and nothing to plan. */
  get isSent(): boolean {
    return this.#plan.track !== undefined;
  }
  /** It is one of those that there can be. */
  get isPlanned(): boolean {
    return this.#rung !== undefined;
  }
  /** It was there until a moment ago, or was asked for and did not come: it is no use to wait for it. */
  get isAway(): boolean {
    if (this.isFed) return false;
    return this.isFresh || (this.#askedFrom !== undefined && now() - this.#askedFrom > patienceMs);
  }
  /** Frames come, and are put into segments. */
  get isFed(): boolean {
    return this.#from !== undefined;
  }
  /** A segment near the live edge can be played. */
  get isFresh(): boolean {
    return this.rendition?.segments.slice(-freshSegments).some((each) => each.closed && !isGap(each)) === true;
  }
  get partSeconds(): number {
    return this.#home.partSeconds;
  }
  get partTargetSeconds(): number {
    return this.#home.partTargetSeconds;
  }

  /** Takes its frames from this rung from now on; from none where there is none. */
  follow(rung: Rung | undefined): void {
    if (rung === this.#rung) return;
    this.#leave();
    this.stopped();
    this.#rung = rung;
    this.#leave = () => {};
    if (!rung) return this.#forget();
    this.#plan = rung.plan;
    this.#announced = rung.track;
    if (this.rendition) this.rendition.past = rung.past;
    this.#leave = rung.consume({
      packet: (packet, position) => this.#packet(packet, position, rung),
      stopped: () => this.stopped(),
    });
  }

  /** Somebody asks for it. */
  asked(): void {
    const at = now();
    if (this.isFed) this.#askedFrom = undefined;
    else if (this.#askedFrom === undefined || at - this.#askedAt > forgottenMs) this.#askedFrom = at;
    this.#askedAt = at;
  }

  stopped(): void {
    if (!this.#from) return;
    this.#from = undefined;
    this.rendition?.tear();
  }

  /** The source begins a segment: who is not fed has a gap up to there. */
  cut({ msn, atUs }: Boundary): void {
    const { rendition } = this;
    if (this.#from || !rendition || rendition.msn === 0) return;
    if (rendition.msn < msn) rendition.skip(atUs);
    if (rendition.segments.every(({ torn, parts }) => torn || parts.length === 0)) this.#forget();
  }

  end(): void {
    this.#leave();
    this.rendition?.end();
  }

  boundaryAfter(msn: number): Boundary | undefined {
    return msn === 0 ? this.#from : this.#home.boundaryAfter(msn);
  }

  grown(rendition: Rendition): void {
    this.#home.grown(rendition);
  }

  #packet(packet: Packet, position: number, rung: Rung): void {
    const { track, kind, data } = packet;
    if (track.kind !== "video") return;
    if (kind === "config") this.#announced = track;
    if (kind !== "frame" || data.length === 0 || (this.#announced && !packet.keyframe)) return;
    if (this.#announced) this.#configure(describeByFrame(this.#announced, data), rung);
    const { rendition } = this;
    if (!rendition) return;
    const ticks = rendition.place(packet);
    if (!this.#from && packet.keyframe) this.#from = this.#joinAt(rendition, rendition.timeUs(ticks));
    if (!this.#from) return;
    rendition.add(packet, position, ticks);
    const { open } = rendition;
    if (open && open.from === position && !open.independent) this.#home.mixed();
  }

  #configure(track: VideoTrack | Packet["track"], rung: Rung): void {
    this.#announced = undefined;
    const { leader } = this.#home;
    if (track.kind !== "video" || !fitsMp4(track) || leader?.kind !== "video") return;
    if (!this.rendition) {
      const reorder = rung.reorderUs === undefined ? leader.reorder : videoTicks(rung.reorderUs);
      this.rendition = new Rendition(track, this, rung.past, { key: this.key, reorder });
      return;
    }
    this.rendition.configure(track);
    if (!this.rendition.changed) return;
    this.mixed = true;
    this.stopped(); // to go on where a segment begins
  }

  /** It begins where a segment of the source does: none of its own is shorter. */
  #joinAt(rendition: Rendition, timeUs: number): Boundary | undefined {
    const boundary = this.#home.boundaryAt(timeUs);
    const { open, msn } = rendition;
    if (!boundary || boundary.msn < msn) return undefined;
    const isUsed = boundary.msn === msn && (!open || open.parts.length > 0 || open.torn === true);
    return isUsed ? undefined : boundary;
  }

  #forget(): void {
    this.rendition?.segments.splice(0);
  }
}

/** There is nothing in it to play, or its end is missing. */
export function isGap({ torn, parts, closed }: Segment): boolean {
  return torn === true || (closed && parts.length === 0);
}
