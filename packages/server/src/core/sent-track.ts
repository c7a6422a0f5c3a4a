import { describeByFrame, type Packet, type VideoTrack } from "@sluice/media";
import type { PacketLog } from "./packet-log.ts";
import type { Rung } from "./rung.ts";

/** What a picture beside the default one needs to become a rung. */
export type SentHome = {
  readonly source: PacketLog;
  /** How much later than decoded the default picture's keyframes are shown, in microseconds; undefined before the first. */
  readonly reorderUs: number | undefined;
  /** The rung for a picture that is decoded like this; undefined where there are too many. */
  rungFor(track: VideoTrack): Rung | undefined;
};

/** Encoders round their stamps to milliseconds, each on its own. */
const roundedUs = 2_000;
/** So many frames wait at most for the default picture's of the same time. */
const maxPending = 256;

/**
 * One picture that a publisher sends beside its default one, on its way into a rung. Its packets get the default track's number. They wait for the default picture's of the same time, so that
 * both have their keyframes at the same places between the frames of sound.
 */
export class SentTrack {
  rung: Rung | undefined;
  /** The time of its newest packet; what is silent for long has stopped. */
  lastUs: number;
  readonly #home: SentHome;
  #announced: VideoTrack | undefined;
  #track: VideoTrack | undefined;
  #pending: Packet[] = [];
  #reorderUs: number | undefined;
  #shiftUs = 0;

  constructor(home: SentHome, lastUs: number) {
    this.#home = home;
    this.lastUs = lastUs;
  }

  get waits(): boolean {
    return this.#pending.length > 0;
  }

  push(packet: Packet): void {
    if (packet.kind === "frame" && packet.keyframe) this.#reorderUs ??= packet.ptsUs - packet.dtsUs;
    this.lastUs = Math.max(this.lastUs, packet.dtsUs);
    this.#pending.push(packet);
  }

  /** Lets through what waits: all that has its place up to this time, or is from before the other. */
  flow(reachedUs: number, beforeUs: number): void {
    let count = 0;
    for (const packet of this.#pending) {
      const isDue = packet.kind !== "frame" || this.#placeUs(packet) <= reachedUs + roundedUs;
      if (!isDue && packet.dtsUs >= beforeUs && this.#pending.length - count <= maxPending) break;
      count++;
    }
    for (const packet of this.#pending.splice(0, count)) this.#put(packet);
  }

  /** When the frame would be shown, if frames were shown in the order in which they are decoded. */
  #placeUs({ dtsUs }: Packet): number {
    return dtsUs + (this.#reorderUs ?? 0);
  }

  #put(packet: Packet): void {
    if (packet.track.kind !== "video") return;
    if (packet.kind === "config") this.#announced = packet.track;
    else if (packet.kind === "frame") this.#frame(packet);
    else if (packet.kind === "end") this.rung?.stop();
    else if (this.#track) this.rung?.append({ ...packet, track: this.#track });
  }

  /** What refers to frames before its configuration's first keyframe cannot be decoded. */
  #frame(packet: Packet): void {
    const { keyframe, data } = packet;
    const isNew = this.#announced !== undefined || this.rung?.live !== true;
    if (isNew && !keyframe) return;
    const announced = this.#announced ?? (packet.track.kind === "video" ? packet.track : undefined);
    if (isNew && announced) this.#begin(describeByFrame(announced, data), packet);
    const { rung } = this;
    if (!rung || !this.#track) return;
    const moveUs = (keyframe ? this.#roundingUs(packet) : 0) - this.#shiftUs;
    const dtsUs = Math.max(0, packet.dtsUs + moveUs);
    rung.append({ ...packet, track: this.#track, dtsUs, ptsUs: packet.ptsUs + moveUs + this.#shiftUs });
  }

  #begin(described: VideoTrack | Packet["track"], packet: Packet): void {
    if (described.kind !== "video") return;
    const before = this.rung;
    this.#announced = undefined;
    this.rung = this.#home.rungFor(described);
    const { rung } = this;
    if (!rung) return;
    if (rung !== before || !rung.live) this.#align(rung, packet);
    const isSame = rung === before && rung.live && this.#track !== undefined;
    this.#track = { ...described, id: 0 };
    if (!isSame) rung.begin(this.#start());
    const dtsUs = Math.max(0, packet.dtsUs - this.#shiftUs);
    rung.append({ kind: "config", track: this.#track, dtsUs, ptsUs: dtsUs, keyframe: false, data: nothing });
  }

  #start() {
    const { newestGroup, head } = this.#home.source;
    return newestGroup ?? { position: head, tracks: [] };
  }

  /**
   * A picture without B-frames is decoded later than one with them that is shown at the same time. It is told to be decoded as early, so that its keyframes have the times of the
   * default one's.
   */
  #align(rung: Rung, { ptsUs, dtsUs }: Packet): void {
    const sourceUs = this.#home.reorderUs ?? 0;
    const ownUs = ptsUs - dtsUs;
    this.#reorderUs = Math.abs(ownUs - sourceUs) <= roundedUs ? sourceUs : ownUs;
    this.#shiftUs = Math.max(0, sourceUs - this.#reorderUs);
    rung.reorderUs = this.#reorderUs > sourceUs ? this.#reorderUs : undefined;
  }

  /** What the keyframe's time must be moved by to be exactly that of the default picture's beside it. */
  #roundingUs(packet: Packet): number {
    const placeUs = this.#placeUs(packet) - (this.#home.reorderUs ?? 0);
    const group = this.#home.source.groups.findLast(({ dtsUs }) => Math.abs(dtsUs - placeUs) <= roundedUs);
    return group ? group.dtsUs - placeUs : 0;
  }
}

const nothing = new Uint8Array();
