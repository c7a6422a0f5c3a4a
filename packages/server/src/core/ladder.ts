import type { Writable } from "node:stream";
import type { Packet, Track, VideoTrack } from "@sluice/media";
import type { Audience } from "./audience.ts";
import { Bitrate } from "./bitrate.ts";
import { now } from "./clock.ts";
import type { Cursor } from "./cursor.ts";
import type { CursorOwner } from "./cursor-owner.ts";
import type { Format } from "./format.ts";
import type { History } from "./history.ts";
import type { Making } from "./making.ts";
import type { Pacer } from "./pacer.ts";
import type { Paths } from "./paths.ts";
import { Rung, type RungPlan, type RungSettings } from "./rung.ts";
import { costOf, Seats } from "./seats.ts";
import { SentRungs } from "./sent-rungs.ts";
import { isDefault } from "./tracks.ts";
import { limitSingle } from "./under-way.ts";
import type { Wish } from "./wish.ts";

/** What a ladder needs of the stream that it belongs to. */
export type LadderHome = {
  readonly source: Audience;
  readonly pacer: Pacer;
  readonly settings: RungSettings;
  /** Where the past of one of its rungs is kept, where it is. */
  history(rung: string): History | undefined;
  readonly paths: Paths | undefined;
};

/** How often it is looked at what viewers' sockets take. */
const lookMs = 250;

/**
 * The qualities in which a stream can be watched beside its source, and who watches which: those that are made here of the source, which is their top, and those that the publisher sends itself,
 * which may be better than it. The source is what it would be without.
 */
export class Ladder {
  /** Of the source, picture and sound together, and of its sound alone. */
  readonly bitrate: Bitrate = new Bitrate();
  readonly soundBitrate: Bitrate = new Bitrate();
  readonly source: Audience;
  /** When somebody last watched a rung, or needed one; negative infinity when nobody has. */
  wantedAt: number = Number.NEGATIVE_INFINITY;
  /** Lists of qualities offer sound without a picture too. */
  soundOnly = false;
  /** How its rungs are being made; undefined where nobody does. */
  making: Making | undefined;
  readonly #home: LadderHome;
  readonly #listeners = new Set<() => void>();
  readonly #seats: Seats;
  readonly #publisher: SentRungs;
  #rungs: readonly Rung[] = [];
  #made: readonly RungPlan[] = [];
  #sent: readonly RungPlan[] = [];
  #numbers = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(home: LadderHome) {
    this.#home = home;
    this.source = home.source;
    this.#seats = new Seats(this, home.paths, () => home.pacer.windowMs);
    this.#publisher = new SentRungs({
      source: home.source.log,
      find: (name) => this.find(name),
      sent: (plans) => {
        this.#sent = plans;
        this.#arrange();
      },
    });
  }

  /** Those that are planned, the dearest first; whether one can be watched now it says itself (`live`). */
  get rungs(): readonly Rung[] {
    return this.#rungs;
  }
  /** How many watch a rung. */
  get viewers(): number {
    return this.#rungs.reduce((sum, { audience }) => sum + audience.cursors.size, 0);
  }

  /** Those that the publisher sends itself. */
  get sent(): readonly RungPlan[] {
    return this.#sent;
  }
  /** The source's picture. */
  get picture(): VideoTrack | undefined {
    const [first] = this.source.log.newestGroup?.tracks ?? [];
    return first?.kind === "video" ? first : undefined;
  }

  find(name: string): Rung | undefined {
    return this.#rungs.find((rung) => rung.name === name);
  }

  /** Adds a viewer: to the rung that it wants alone, where that can be watched now, else to the source, or to the dearest rung that it can take where it cannot take that. */
  join(format: Format, socket: Writable, owner: CursorOwner, wish: Wish | undefined, fromUs?: number): Cursor {
    const { picture } = this;
    const pinned = wish?.rung === undefined ? undefined : this.find(wish.rung);
    const isTaken = picture === undefined || format.takes?.(picture.codec) !== false;
    const rung = isTaken
      ? pinned
      : (pinned ?? this.#rungs.find(({ live, plan }) => live && format.takes?.(plan.codec)));
    const audience = rung?.live ? rung.audience : this.source;
    if (this.#rungs.length > 0) this.#home.paths?.tune(socket);
    return audience.join(format, socket, owner, wish, fromUs);
  }

  /** Calls back when rungs are planned or given up, when one begins or stops, and when one is wanted for the first time in a while. Returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Makes these the rungs that can be made of the source; one that the publisher sends is not made. One whose plan has not changed stays as it is. */
  plan(plans: readonly RungPlan[], { soundOnly = false }: { soundOnly?: boolean } = {}): void {
    this.soundOnly = soundOnly;
    this.#made = plans;
    this.#arrange();
  }

  /** A packet of the source, which is in its log already. `tracks`: those that it has now. */
  take(packet: Packet, tracks: readonly Track[]): void {
    this.#measure(packet, tracks);
    this.#publisher.take(packet, tracks);
  }

  /** The kernel is to hold no more of the source than viewers need who can get nothing else; who can be moved is looked at more closely. */
  limit(cursors: Iterable<Cursor>): void {
    limitSingle(this.#home.paths, cursors, this.bitrate.value);
  }

  /** The source has only these tracks now. */
  keep(tracks: readonly Track[]): void {
    this.#publisher.keep(tracks);
  }

  /** Another source begins: what waits of the one before has its place now. */
  turn(): void {
    this.#publisher.flush();
  }

  #arrange(): void {
    const before = this.#rungs;
    const sent = this.#sent;
    const made = this.#made.filter((plan) => !sent.some(({ name }) => name === plan.name));
    const plans = [...sent, ...made].sort((a, b) => b.bitrate - a.bitrate);
    const same = (plan: RungPlan) => before.find((rung) => JSON.stringify(rung.plan) === JSON.stringify(plan));
    this.#rungs = plans.map((plan) => same(plan) ?? this.#make(plan));
    for (const rung of before) {
      if (this.#rungs.includes(rung)) continue;
      rung.stop();
      rung.close("this quality is not made any more");
    }
    this.source.careful = this.#rungs.length > 0;
    if (before.length === 0 && this.#rungs.length > 0) {
      for (const { socket } of this.source.cursors) this.#home.paths?.tune(socket);
    }
    if (this.#rungs.length > 0) this.#timer ??= setInterval(() => this.#look(), lookMs).unref();
    else this.#stopLooking();
    this.#changed();
  }

  /** Somebody needs a rung: where they are made on demand, they are made now. */
  want(): void {
    const at = now();
    const isNew = at - this.wantedAt > lookMs * 4;
    this.wantedAt = at;
    if (isNew) this.#changed();
  }

  /** Only what a viewer of the default tracks gets costs one. */
  #measure({ kind, track, data, dtsUs }: Packet, tracks: readonly Track[]): void {
    if (kind !== "frame" || !isDefault(tracks, track)) return;
    this.bitrate.add(data.length, dtsUs);
    if (track.kind === "audio") this.soundBitrate.add(data.length, dtsUs);
  }

  sweep(at: number): void {
    if (this.#rungs.length === 0) this.limit(this.source.cursors);
    for (const { audience } of this.#rungs) audience.sweep(at);
  }

  /** Nothing more will come: viewers see the rest, and those who have it end. */
  finish(reason: string): void {
    this.#publisher.flush();
    this.#stopLooking();
    for (const { audience } of this.#rungs) audience.finish(reason);
  }

  end(reason: string): void {
    this.#stopLooking();
    for (const rung of this.#rungs) rung.close(reason);
  }

  #make(plan: RungPlan): Rung {
    const { source, pacer, settings, history } = this.#home;
    const rung: Rung = new Rung(plan, ++this.#numbers, {
      source: source.log,
      pacer,
      settings,
      history: history(plan.name),
      onLive: (live) => {
        if (!live) this.#seats.empty(rung);
        this.#changed();
      },
    });
    return rung;
  }

  #look(): void {
    if (this.#sent.length > 0) this.#sort();
    if (this.viewers > 0) this.wantedAt = now();
    this.#seats.look();
  }

  /** What the publisher sends is as dear as it turns out to be. */
  #sort(): void {
    const rungs = this.#rungs.toSorted((a, b) => costOf(b) - costOf(a));
    if (rungs.some((rung, index) => rung !== this.#rungs[index])) this.#rungs = rungs;
  }

  #stopLooking(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
