import type { Packet, Track } from "@sluice/media";
import { HeldMemory } from "./held-memory.ts";

/** How much of a stream is kept. `keepUs` is the age up to which whole groups stay; the others are walls that no encoder may pass. */
export type LogLimits = {
  readonly keepUs: number;
  readonly maxBytes: number;
  readonly maxPackets: number;
  readonly maxGroupUs: number;
};

export const defaultLogLimits: LogLimits = {
  keepUs: 6_000_000,
  maxBytes: 64 * 1024 * 1024,
  maxPackets: 50_000,
  maxGroupUs: 60_000_000,
};

/** A place where a viewer may start: a group of pictures, and how its frames decode. For sound alone it is a second of it. */
export type Group = {
  readonly position: number;
  readonly dtsUs: number;
  /** The tracks as they were at its first frame, together with those that appeared later in it. */
  tracks: readonly Track[];
  /** The last onMetaData before it. */
  readonly metadata: Packet | undefined;
};

/** What takes over the packets that a log lets go of, in order and without a gap. `groups` are those that begin among them; `headUs` is the time of the log's newest packet. */
export type Keeper = {
  keep(from: number, packets: readonly Packet[], groups: readonly Group[], headUs: number): void;
};

const audioGroupUs = 1_000_000;
/** A video track that has been silent for so long no longer decides where groups start. */
const videoSilenceUs = 5_000_000;
/** What a packet costs besides its payload, for the byte budget: the object, its slot and its buffer's header. */
export const packetOverhead = 200;

/** The last seconds of a stream: packets in order of arrival, each at a position that never changes. Bounded in time, bytes and packets. */
export class PacketLog {
  readonly #limits: LogLimits;
  readonly #keeper: Keeper | undefined;
  #packets: Packet[] = [];
  #groups: Group[] = [];
  /** Groups where nobody starts any more, some of whose packets are still there. */
  #closedGroups: Group[] = [];
  #first: number;
  readonly #memory = new HeldMemory();
  #bytes = 0;
  /** When the picture that decides where groups start was last seen, or the first frame of any kind. */
  #lastVideoUs: number | undefined;
  #pictureId: number | undefined;

  constructor(limits: LogLimits = defaultLogLimits, keeper?: Keeper, first: number = 0) {
    this.#limits = limits;
    this.#keeper = keeper;
    this.#first = first;
  }

  /** The oldest position kept. */
  get first(): number {
    return this.#first;
  }
  /** The position that the next packet will have. */
  get head(): number {
    return this.#first + this.#packets.length;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** Where a new viewer starts; undefined until there is a keyframe, or when its group has outgrown the log. */
  get newestGroup(): Group | undefined {
    return this.#groups.at(-1);
  }
  /** Where viewers may start, the oldest first. */
  get groups(): readonly Group[] {
    return this.#groups;
  }
  /** The oldest place that is kept where a viewer may start. */
  get oldestGroup(): Group | undefined {
    return this.#groups[0];
  }
  /** The time of the newest packet, in microseconds; 0 when there is none. */
  get headUs(): number {
    return this.#packets.at(-1)?.dtsUs ?? 0;
  }
  /** The video track whose keyframes groups start with; undefined while there is none. */
  get pictureId(): number | undefined {
    return this.#pictureId;
  }
  at(position: number): Packet | undefined {
    return this.#packets[position - this.#first];
  }
  slice(from: number, to: number): readonly Packet[] {
    return this.#packets.slice(from - this.#first, to - this.#first);
  }
  /** How far a reader at `position` is behind the newest packet, in microseconds. */
  lagUs(position: number): number {
    const packet = this.at(Math.max(position, this.#first));
    return packet ? this.headUs - packet.dtsUs : 0;
  }

  /** Time from a position to the next group, measured or, where that has not come, as the last group was long. */
  groupLeftUs(position: number): number | undefined {
    const atUs = this.at(position)?.dtsUs ?? this.headUs;
    const next = this.groupAfter(position - 1);
    if (next) return Math.max(0, next.dtsUs - atUs);
    const [before, newest] = this.groups.slice(-2);
    return before && newest ? Math.max(0, 2 * newest.dtsUs - before.dtsUs - atUs) : undefined;
  }

  /** The first group that starts after `position`. */
  groupAfter(position: number): Group | undefined {
    let found: Group | undefined;
    for (let index = this.#groups.length - 1; index >= 0; index--) {
      const group = this.#groups[index];
      if (!group || group.position <= position) break;
      found = group;
    }
    return found;
  }

  /** The last frame of sound or picture in front of a position. */
  frameBefore(position: number, kind: "audio" | "video"): Packet | undefined {
    for (let at = position - 1; at >= this.#first; at--) {
      const packet = this.at(at);
      if (packet?.kind === "frame" && packet.track.kind === kind) return packet;
    }
    return undefined;
  }

  /** The position behind all packets up to a time; they are taken to be in order. */
  positionAfter(timeUs: number): number {
    return this.#first + this.#packets.findLastIndex((packet) => packet.dtsUs <= timeUs) + 1;
  }

  append(packet: Packet, tracks: readonly Track[], metadata: Packet | undefined): void {
    if (packet.kind === "frame") {
      this.#pictureId = tracks.find(({ kind }) => kind === "video")?.id;
      if (this.#isPicture(packet.track) || this.#lastVideoUs === undefined) this.#lastVideoUs = packet.dtsUs;
      if (this.#startsGroup(packet)) {
        this.#groups.push({ position: this.head, dtsUs: packet.dtsUs, tracks, metadata });
      }
    } else if (packet.kind === "config") {
      this.#addToNewestGroup(packet.track);
    }
    this.#push(packet);
  }

  /** Appends a packet of another log at the position that it has there; `group` is what that log starts with it. */
  follow(packet: Packet, group: Group | undefined): void {
    if (group) this.#groups.push(group);
    this.#push(packet);
  }

  /** Lets go of everything; the next packet will be at `position`, which is further on. */
  jump(position: number): void {
    this.#packets = [];
    this.#groups = [];
    this.#closedGroups = [];
    this.#memory.clear();
    this.#bytes = 0;
    this.#first = position;
  }

  /** Lets go of what is past the limits; true when something went. Positions before `first` are gone for everyone. */
  trim(): boolean {
    const oldest = this.#first;
    while (this.#groups.length > 1 && this.#oldestGroupMayGo()) this.#dropOldestGroup();
    const newest = this.newestGroup;
    if (newest && this.#outgrown(newest)) this.#closedGroups.push(...this.#groups.splice(0));
    if (this.#groups.length === 0 && this.#past()) this.#dropPackets(Math.ceil(this.#packets.length / 2));
    return this.#first !== oldest;
  }

  #push(packet: Packet): void {
    this.#packets.push(packet);
    this.#bytes += this.#memory.hold(packet.data) + packetOverhead;
  }

  #isPicture({ kind, id }: Track): boolean {
    return kind === "video" && id === this.#pictureId;
  }

  #startsGroup({ track, keyframe, dtsUs }: Packet): boolean {
    if (track.kind === "video") return keyframe && this.#isPicture(track);
    if (track.kind !== "audio") return false;
    if (this.#pictureId !== undefined && dtsUs - (this.#lastVideoUs ?? dtsUs) < videoSilenceUs) return false;
    const newest = this.newestGroup;
    return !newest || dtsUs - newest.dtsUs >= audioGroupUs;
  }

  /** A track that appears in the middle of a group belongs to what its later viewers must know; a changed one does not: the change is in the log. */
  #addToNewestGroup(track: Track): void {
    const group = this.newestGroup;
    if (!group || group.tracks.some((each) => each.kind === track.kind && each.id === track.id)) return;
    group.tracks = [...group.tracks, track];
  }

  #oldestGroupMayGo(): boolean {
    const next = this.#groups[1];
    return this.#past() || (next !== undefined && this.headUs - next.dtsUs > this.#limits.keepUs);
  }

  #past(): boolean {
    return this.#bytes > this.#limits.maxBytes || this.#packets.length > this.#limits.maxPackets;
  }

  #outgrown(group: Group): boolean {
    return this.headUs - group.dtsUs > this.#limits.maxGroupUs || this.#past();
  }

  #dropOldestGroup(): void {
    this.#closedGroups.push(...this.#groups.splice(0, 1));
    const next = this.#groups[0];
    if (next) this.#dropPackets(next.position - this.#first);
  }

  #dropPackets(count: number): void {
    const from = this.#first;
    const { headUs } = this;
    const dropped = this.#packets.splice(0, count);
    for (const { data } of dropped) this.#bytes -= this.#memory.release(data) + packetOverhead;
    this.#first += count;
    const rest = this.#closedGroups.findIndex(({ position }) => position >= this.#first);
    const groups = this.#closedGroups.splice(0, rest < 0 ? this.#closedGroups.length : rest);
    this.#keeper?.keep(from, dropped, groups, headUs);
  }
}
