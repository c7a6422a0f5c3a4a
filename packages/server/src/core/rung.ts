import { type Packet, type Track, type VideoCodec, type VideoTrack, withTrack } from "@sluice/media";
import { Audience } from "./audience.ts";
import { Bitrate } from "./bitrate.ts";
import type { CursorLimits } from "./cursor-owner.ts";
import type { History } from "./history.ts";
import type { Pacer } from "./pacer.ts";
import { type Group, type LogLimits, PacketLog } from "./packet-log.ts";
import { Past } from "./past.ts";

/** A quality as it is wanted. */
export type RungPlan = {
  /** "720p". */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Frames per second at most; those of the source where it is absent. */
  readonly frameRate?: number;
  /** Bits per second of the picture, on average. */
  readonly bitrate: number;
  readonly codec: VideoCodec;
  /** The publisher sends it itself, as this track; absent where it is made of the source here. */
  readonly track?: number;
};

/** What reads a rung's picture as it comes. `position` is the packet's place in the rung's log. */
export type RungConsumer = {
  packet(packet: Packet, position: number): void;
  /** Nothing more will come until it begins again. */
  stopped(): void;
};

export type RungSettings = { readonly log: LogLimits; readonly cursor: CursorLimits };

/** What a rung needs of its ladder. */
export type RungHome = {
  readonly source: PacketLog;
  readonly pacer: Pacer;
  readonly settings: RungSettings;
  readonly history: History | undefined;
  onLive(live: boolean): void;
};

/**
 * A quality of a stream beside its source: the source's sound and data with another picture. Its log has everything in the source's order; where its keyframes have the same times as the
 * source's, a viewer goes over from one to the other at a keyframe, and neither misses a frame of sound nor gets one twice.
 */
export class Rung {
  readonly plan: RungPlan;
  /** Different for every rung that a stream has ever had; from 1 on. */
  readonly number: number;
  readonly log: PacketLog;
  /** The log and what it has let go of. */
  readonly past: Past;
  readonly audience: Audience;
  /** Of picture and sound together. */
  readonly bitrate: Bitrate = new Bitrate();
  track: VideoTrack | undefined;
  /** How much later than decoded its keyframes are shown, in microseconds, where that is more than with the source's. */
  reorderUs: number | undefined;
  readonly #source: PacketLog;
  readonly #pacer: Pacer;
  readonly #consumers = new Set<RungConsumer>();
  readonly #onLive: RungHome["onLive"];
  #live = false;
  /** The place in the source's log up to which everything is in this one. */
  #next = 0;
  /** The picture's first frame after a beginning must be a keyframe. */
  #begun = false;
  /** The time of its newest frame of the picture. */
  #pictureUs = 0;
  #tracks: readonly Track[] = [];

  constructor(plan: RungPlan, number: number, { source, pacer, settings, history, onLive }: RungHome) {
    this.plan = plan;
    this.number = number;
    this.#source = source;
    this.#pacer = pacer;
    this.#onLive = onLive;
    this.log = new PacketLog(settings.log, history);
    this.past = new Past(this.log, history);
    this.audience = new Audience(this.log, settings.cursor);
    this.audience.settled = true;
    this.audience.careful = true;
  }

  get name(): string {
    return this.plan.name;
  }
  /** There is a keyframe in it, and more comes. */
  get live(): boolean {
    return this.#live;
  }

  /** Its keyframes have the same times as the source's, as far as both have come. What is made here always has. */
  get aligned(): boolean {
    if (this.plan.track === undefined) return true;
    const [own, source] = [this.log.groups, this.#source.groups];
    const fromUs = Math.max(own[0]?.dtsUs ?? 0, source[0]?.dtsUs ?? 0);
    const times = (groups: readonly Group[]) =>
      groups.map(({ dtsUs }) => dtsUs).filter((dtsUs) => dtsUs >= fromUs && dtsUs <= this.#pictureUs);
    const ownTimes = times(own);
    return ownTimes.length > 0 && ownTimes.join() === times(source).join();
  }

  read(from: number, to: number): readonly Packet[] | Promise<readonly Packet[]> {
    return this.past.read(from, to);
  }

  /** Whoever makes its picture begins with this group of the source. */
  begin({ position, tracks }: Pick<Group, "position" | "tracks">): void {
    this.#next = position;
    this.#begun = false;
    this.#tracks = tracks.filter(({ kind }) => kind !== "video");
  }

  /** The picture's next packet, a configuration or a frame, in the source's time. Its sound comes with it, as far as the source has it before that. */
  append(packet: Packet): void {
    if (packet.kind === "config" && packet.track.kind === "video") this.#configure(packet.track);
    if (packet.kind !== "config" && !this.#begun && !(packet.kind === "frame" && packet.keyframe)) return;
    const begins = packet.kind === "frame" && !this.#begun;
    if (begins) this.#start(packet);
    this.#mirror(packet.dtsUs);
    this.#put(packet);
    if (packet.kind === "frame") this.#pictureUs = packet.dtsUs;
    for (const consumer of this.#consumers) consumer.packet(packet, this.log.head - 1);
    if (this.log.trim()) this.audience.trim();
    if (this.audience.cursors.size > 0) this.#pacer.touch(this.audience);
    if (begins) this.#onLive(true);
  }

  /** Nobody makes its picture any more. Those who watch have to be moved. */
  stop(): void {
    if (!this.#live) return;
    this.#live = false;
    this.#begun = false;
    for (const consumer of this.#consumers) consumer.stopped();
    this.#onLive(false);
  }

  /** Tells of every packet of the picture from now on. Returns the function that ends it. */
  consume(consumer: RungConsumer): () => void {
    this.#consumers.add(consumer);
    return () => void this.#consumers.delete(consumer);
  }

  /** Ends it for good; those who still watch with it. */
  close(reason: string): void {
    this.stop();
    this.#pacer.forget(this.audience);
    this.audience.end(reason);
    this.past.close();
  }

  #configure(track: VideoTrack): void {
    this.track = track;
    this.#tracks = [track, ...this.#tracks.filter(({ kind }) => kind !== "video")];
  }

  /** Of what the source had before this keyframe nothing is taken: who comes over has had it. */
  #start({ dtsUs }: Packet): void {
    this.#begun = true;
    this.#live = true;
    const group = this.#source.groups.find((each) => each.dtsUs >= dtsUs);
    if (group) this.#next = Math.max(this.#next, group.position);
  }

  /** Everything but pictures, up to the source's own frame of this time. */
  #mirror(dtsUs: number): void {
    const { first, head, pictureId } = this.#source;
    let at = Math.max(this.#next, first);
    for (; at < head; at++) {
      const packet = this.#source.at(at);
      if (!packet) break;
      if (isPicture(packet)) {
        if (packet.track.id === pictureId && packet.kind === "frame" && packet.dtsUs >= dtsUs) break;
        continue;
      }
      if (packet.kind === "config") this.#tracks = withTrack(this.#tracks, packet.track);
      this.#put(packet);
    }
    this.#next = at;
  }

  #put(packet: Packet): void {
    if (packet.kind === "frame") this.bitrate.add(packet.data.length, packet.dtsUs);
    this.log.append(packet, this.#tracks, undefined);
  }
}

function isPicture({ track }: Packet): boolean {
  return track.kind === "video";
}
