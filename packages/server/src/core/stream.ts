import type { Writable } from "node:stream";
import { type Packet, sameConfiguration, type Track, withTrack } from "@sluice/media";
import { Audience } from "./audience.ts";
import { withSound } from "./chosen-sound.ts";
import { now } from "./clock.ts";
import type { Cursor } from "./cursor.ts";
import type { CursorLimits, CursorOwner } from "./cursor-owner.ts";
import type { Format } from "./format.ts";
import type { AgeSpread } from "./frame-age.ts";
import type { History } from "./history.ts";
import { Ladder } from "./ladder.ts";
import { Misfits } from "./misfits.ts";
import type { Pacer } from "./pacer.ts";
import { type LogLimits, PacketLog } from "./packet-log.ts";
import { Past } from "./past.ts";
import type { Paths } from "./paths.ts";
import { Pictures } from "./pictures.ts";
import { Replays } from "./replays.ts";
import type { Release, Source, SourceOwner } from "./source.ts";
import type { StreamName } from "./stream-name.ts";
import { Timeline } from "./timeline.ts";
import type { Wish } from "./wish.ts";

/** `waiting`: viewers are there, the source is not yet. `held`: the source was lost and may return. */
export type StreamState = "waiting" | "live" | "held" | "ended";

export type StreamSettings = {
  readonly holdMs: number;
  readonly log: LogLimits;
  readonly cursor: CursorLimits;
};

/** How long a first viewer waits for a second track before the stream is taken to have only one. */
const settleMs = 1_000;
const maxTracks = 32;
/** How long a source is awaited at least that was asked to come back. */
const moveMs = 10_000;
/** How much of a returning source is awaited before a track that it has not announced is taken to be gone. */
const confirmUs = 2_000_000;

/** What a stream is lent. */
export type StreamHome = {
  readonly pacer: Pacer;
  readonly onChange: (stream: Stream) => void;
  /** Where the past of the source, or of one of the rungs, is kept. */
  readonly history: (rung?: string) => History | undefined;
  readonly paths?: Paths | undefined;
};

/** How a viewer comes: `delayUs` behind the stream, and what it asks of the qualities. `fromUs`: it begins where another stopped, at the first keyframe from that time on. */
export type Joining = { readonly delayUs?: number; readonly wish?: Wish | undefined; readonly fromUs?: number };

/** What reads a stream as it comes in: a packager, a recorder. `position` is the packet's place in the log. */
export type Consumer = {
  packet(packet: Packet, position: number): void;
  /** The source was lost, or another one begins: what comes next is no continuation. */
  source(change: "lost" | "new"): void;
  /** Nothing more will come. */
  ended(reason: string): void;
};

/** One live stream: a bounded log that its source appends to, and the cursors that read it. */
export class Stream {
  readonly name: StreamName;
  readonly log: PacketLog;
  /** The log and what it has let go of. */
  readonly past: Past;
  /** The qualities beside the source. */
  readonly ladder: Ladder;
  /** Small pictures of it, where some are taken. */
  readonly pictures: Pictures = new Pictures();
  state: StreamState = "waiting";
  bytesIn = 0;
  packetsIn = 0;
  readonly #settings: StreamSettings;
  readonly #pacer: Pacer;
  readonly #onChange: (stream: Stream) => void;
  /** Those who watch live, and those who watch what was earlier. */
  readonly #audience: Audience;
  readonly #replays: Replays;
  readonly #consumers = new Set<Consumer>();
  readonly #timeline = new Timeline();
  readonly #misfits = new Misfits();
  #tracks: readonly Track[] = [];
  #metadata: Packet | undefined;
  #firstAt: number | undefined;
  #kept = 0;
  #source: { source: Source; owner: SourceOwner; moves: boolean } | undefined;
  #hold: NodeJS.Timeout | undefined;
  /** Video tracks whose next frame must be a keyframe: after a new source, what refers to earlier frames cannot be decoded. */
  readonly #awaitingKeyframe = new Set<number>();
  /** Tracks of an earlier source that the present one has not announced, and the time until which it may. */
  readonly #unconfirmed = new Set<string>();
  #confirmByUs = Number.POSITIVE_INFINITY;

  constructor(name: StreamName, settings: StreamSettings, { pacer, onChange, history, paths }: StreamHome) {
    this.name = name;
    this.#settings = settings;
    const kept = history();
    this.log = new PacketLog(settings.log, kept);
    this.past = new Past(this.log, kept);
    this.#audience = new Audience(this.log, settings.cursor);
    this.#replays = new Replays(this.past, pacer, settings);
    this.ladder = new Ladder({ source: this.#audience, pacer, settings, history, paths });
    this.#pacer = pacer;
    this.#onChange = onChange;
  }

  get tracks(): readonly Track[] {
    return this.#tracks;
  }
  /** Those who watch the source live. */
  get cursors(): ReadonlySet<Cursor> {
    return this.#audience.cursors;
  }
  /** How many watch, live or with a delay. */
  get viewers(): number {
    return this.cursors.size + this.ladder.viewers + this.#replays.size;
  }
  /** Somebody waits for it, or is about to watch. */
  get isAwaited(): boolean {
    return this.#kept > 0 || (this.state === "waiting" && this.cursors.size > 0);
  }
  /** It has ended, and some have not seen the end: they watch with a delay, or their sockets have not taken it yet. */
  get lingers(): boolean {
    return this.state === "ended" && this.viewers > 0;
  }
  /** How old packets are when those who watch the source live have been given them. */
  get age(): AgeSpread | undefined {
    return this.#audience.age.spread;
  }
  get metadata(): Packet | undefined {
    return this.#metadata;
  }
  /** Its source has been asked to publish over another connection. */
  get moves(): boolean {
    return this.#source?.moves === true;
  }
  /** The tracks are known as far as they will be: a header written now will not have to be taken back. */
  get settled(): boolean {
    return this.#audience.settled;
  }

  /** The time of the oldest place that is kept where a viewer may start. */
  get oldestUs(): number | undefined {
    return this.past.oldestGroup?.dtsUs;
  }

  /** What is kept of the packets between two positions, however old: see `Past.read`. */
  read(from: number, to: number): readonly Packet[] | Promise<readonly Packet[]> {
    return this.past.read(from, to);
  }

  /** Makes the caller the stream's only source. One that was there is told that it was taken over. */
  open(owner: SourceOwner): Source {
    clearTimeout(this.#hold);
    const before = this.#source;
    const source: Source = {
      append: (packet) => this.#source?.source === source && this.#append(packet),
      moves: () => {
        if (this.#source?.source === source) this.#source.moves = true;
      },
      release: (how) => this.#source?.source === source && this.#release(how),
    };
    this.#source = { source, owner, moves: false };
    this.#timeline.change();
    this.ladder.turn();
    this.#awaitingKeyframe.clear();
    for (const track of this.#tracks) {
      if (track.kind === "video") this.#awaitingKeyframe.add(track.id);
      this.#unconfirmed.add(keyOf(track));
    }
    this.#confirmByUs = this.#timeline.lastUs + confirmUs;
    const wasWaiting = this.state === "waiting";
    this.state = "live";
    before?.owner.closed("taken over");
    if (wasWaiting) for (const cursor of this.cursors) cursor.live();
    else for (const consumer of this.#consumers) consumer.source("new");
    this.#onChange(this);
    return source;
  }

  /**
   * Adds a consumer: it is told of every packet from the oldest kept group on, the kept ones at once. Returns the function that ends it.
   * What it does with a packet must be quick.
   */
  consume(consumer: Consumer): () => void {
    const from = this.log.oldestGroup?.position;
    this.#consumers.add(consumer);
    if (from !== undefined) {
      for (let at = from; at < this.log.head; at++) {
        const packet = this.log.at(at);
        if (packet) consumer.packet(packet, at);
      }
    }
    return () => void this.#consumers.delete(consumer);
  }

  /**
   * Adds a viewer: it gets the stream from the newest keyframe on, in the given format. With a delay it gets it as it was, from the newest keyframe at or before that time on, and
   * stays that much behind. Returns its cursor, to be given back to `leave`.
   */
  join(format: Format, socket: Writable, owner: CursorOwner, { delayUs = 0, wish, fromUs }: Joining = {}): Cursor {
    const wanted = this.#inSound(format, wish);
    const delayed = delayUs > 0 ? this.#replays.join(delayUs, wanted, socket, owner) : undefined;
    if (delayed) delayed.wish = wish;
    return delayed ?? this.ladder.join(wanted, socket, owner, wish, fromUs);
  }

  leave(cursor: Cursor): void {
    if (this.#replays.leave(cursor)) return;
    cursor.leave();
    this.#endUnawaited();
  }

  /** Counts somebody who wants the stream and has no cursor, or none yet. Returns the function that ends that. */
  keep(): () => void {
    this.#kept++;
    return () => {
      this.#kept--;
      this.#endUnawaited();
    };
  }

  #endUnawaited(): void {
    if (this.state === "waiting" && this.cursors.size === 0 && this.#kept === 0) this.end("nobody waits");
  }

  /** Lets a viewer go on in another format (with sound or picture left out, for example) at the next keyframe. */
  change(cursor: Cursor, format: Format): void {
    cursor.change(this.#inSound(format, cursor.wish));
  }

  /** The format with the sound that the viewer wants, where there is that, or it is not known yet what there is. */
  #inSound(format: Format, wish: Wish | undefined): Format {
    const { sound = 0 } = wish ?? {};
    const isThere = this.#tracks.length === 0 || this.#tracks.some(({ kind, id }) => kind === "audio" && id === sound);
    return isThere ? withSound(format, sound) : format;
  }

  /** Ends the stream for its source and for every viewer, at once. */
  end(reason: string): void {
    this.#finish(reason);
    this.#audience.end(reason);
    this.ladder.end(reason);
    this.#replays.end(reason);
  }

  /** As `end`, but everyone sees the rest first. */
  #finish(reason: string): void {
    if (this.state === "ended") return;
    this.state = "ended";
    clearTimeout(this.#hold);
    this.#pacer.forget(this.#audience);
    const before = this.#source;
    this.#source = undefined;
    before?.owner.closed("ended");
    this.#audience.settled = true; // no other track will come
    this.#audience.finish(reason);
    this.ladder.finish(reason);
    for (const consumer of this.#consumers) consumer.ended(reason);
    this.#consumers.clear();
    this.#replays.finish(reason, () => this.past.close());
    this.#onChange(this);
  }

  /** Lets go of viewers whose sockets take nothing, and pokes those that could go on. Called about once a second. */
  sweep(at: number): void {
    this.#audience.sweep(at);
    this.#misfits.look(this, at);
    this.ladder.sweep(at);
    this.#replays.sweep(at);
    this.ladder.limit(this.#replays.cursors);
  }

  #release(how: Release): void {
    const { moves } = this;
    this.#source = undefined;
    const holdMs = moves ? Math.max(moveMs, this.#settings.holdMs) : how === "ended" ? 0 : this.#settings.holdMs;
    if (holdMs === 0 || this.#firstAt === undefined) {
      this.#finish(how === "ended" ? "the publisher ended it" : "the publisher was lost");
      return;
    }
    this.state = "held";
    for (const consumer of this.#consumers) consumer.source("lost");
    this.#hold = setTimeout(() => this.#finish("the publisher did not return"), holdMs);
    this.#onChange(this);
  }

  #append(packet: Packet): void {
    this.bytesIn += packet.data.length;
    this.packetsIn++;
    const placed = this.#place(packet);
    if (!placed) return;
    this.#firstAt ??= now();
    this.log.append(placed, this.#tracks, this.#metadata);
    if (!this.settled) this.#audience.settled = this.#isSettled(this.#firstAt);
    for (const consumer of this.#consumers) consumer.packet(placed, this.log.head - 1);
    this.ladder.take(placed, this.#tracks);
    if (this.log.trim()) this.#audience.trim();
    if (this.cursors.size > 0) this.#pacer.touch(this.#audience);
    this.#replays.touch();
  }

  /** The packet in the stream's own time, or undefined when it has no place in it. */
  #place(packet: Packet): Packet | undefined {
    switch (packet.kind) {
      case "frame":
        return this.#placeFrame(packet);
      case "config":
        return this.#setTrack(packet.track) ? this.#moved(packet, this.#timeline.lastUs - packet.dtsUs) : undefined;
      case "data":
      case "end":
      case "extra": {
        const placed = this.#moved(packet, this.#timeline.placeUs(packet.dtsUs) - packet.dtsUs);
        if (isMetadata(placed)) this.#metadata = placed.data[metadataName.length] === amf0Null ? undefined : placed;
        return placed;
      }
    }
  }

  #placeFrame(packet: Packet): Packet | undefined {
    const { track, keyframe, dtsUs } = packet;
    if (track.kind === "video" && this.#awaitingKeyframe.size > 0) {
      if (!keyframe && this.#awaitingKeyframe.has(track.id)) return undefined;
      this.#awaitingKeyframe.delete(track.id);
    }
    const placed = this.#moved(packet, this.#timeline.shiftUs(dtsUs));
    if (this.#unconfirmed.size > 0 && placed.dtsUs >= this.#confirmByUs) this.#dropUnconfirmed();
    return placed;
  }

  /** The source that came back has no such track any more: a header written from now on must not promise it. */
  #dropUnconfirmed(): void {
    this.#tracks = this.#tracks.filter((track) => !this.#unconfirmed.has(keyOf(track)));
    this.#unconfirmed.clear();
    this.ladder.keep(this.#tracks);
    this.#onChange(this);
  }

  #moved(packet: Packet, shiftUs: number): Packet {
    if (shiftUs === 0) return packet;
    const { kind, track, keyframe, data } = packet;
    const dtsUs = Math.max(0, packet.dtsUs + shiftUs);
    return { kind, track, dtsUs, ptsUs: dtsUs + packet.ptsUs - packet.dtsUs, keyframe, data };
  }

  /** False when the track decodes as before, or there are too many. */
  #setTrack(track: Track): boolean {
    this.#unconfirmed.delete(keyOf(track));
    const before = this.#tracks.find((each) => each.kind === track.kind && each.id === track.id);
    if (before && sameConfiguration(before, track)) return false;
    if (!before && this.#tracks.length >= maxTracks) return false;
    this.#tracks = withTrack(this.#tracks, track);
    if (!before && track.kind === "video") this.#awaitingKeyframe.add(track.id);
    this.#onChange(this);
    return true;
  }

  #isSettled(firstAt: number): boolean {
    if (!this.log.newestGroup) return false;
    const kinds = new Set(this.#tracks.map((each) => each.kind));
    return (kinds.has("video") && kinds.has("audio")) || now() - firstAt >= settleMs;
  }
}

function keyOf({ kind, id }: Track): string {
  return `${kind} ${id}`;
}

/** "onMetaData" as an AMF0 string. */
const metadataName = [2, 0, 10, ...Array.from("onMetaData", (letter) => letter.charCodeAt(0))];

/** What stands behind the name when the source takes its metadata back (@clearDataFrame). */
const amf0Null = 5;

function isMetadata({ kind, data }: Packet): boolean {
  return kind === "data" && metadataName.every((byte, index) => data[index] === byte);
}
