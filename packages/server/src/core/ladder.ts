import type { Writable } from "node:stream";
import type { Packet } from "@sluice/media";
import type { Audience } from "./audience.ts";
import { Bitrate } from "./bitrate.ts";
import { now } from "./clock.ts";
import type { Cursor, CursorOwner } from "./cursor.ts";
import type { Format } from "./format.ts";
import type { History } from "./history.ts";
import type { Making } from "./making.ts";
import type { Pacer } from "./pacer.ts";
import type { Paths } from "./paths.ts";
import { Rung, type RungPlan, type RungSettings } from "./rung.ts";
import { Seats } from "./seats.ts";
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

/** The qualities in which a stream can be watched beside its source, and who watches which. The source is what it would be without: its top. */
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
  #rungs: readonly Rung[] = [];
  #numbers = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(home: LadderHome) {
    this.#home = home;
    this.source = home.source;
    this.#seats = new Seats(this, home.paths);
  }

  /** Those that are planned, the dearest first; whether one can be watched now it says itself (`live`). */
  get rungs(): readonly Rung[] {
    return this.#rungs;
  }
  /** How many watch a rung. */
  get viewers(): number {
    return this.#rungs.reduce((sum, { audience }) => sum + audience.cursors.size, 0);
  }

  find(name: string): Rung | undefined {
    return this.#rungs.find((rung) => rung.name === name);
  }

  /** Adds a viewer: to the rung that it wants alone, where that can be watched now, else to the source. */
  join(format: Format, socket: Writable, owner: CursorOwner, wish: Wish | undefined): Cursor {
    const pinned = wish?.rung === undefined ? undefined : this.find(wish.rung);
    const audience = pinned?.live ? pinned.audience : this.source;
    if (this.#rungs.length > 0) this.#home.paths?.tune(socket);
    return audience.join(format, socket, owner, wish);
  }

  /** Calls back when rungs are planned or given up, when one begins or stops, and when one is wanted for the first time in a while. Returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Makes these the rungs that there can be, the dearest first. One whose plan has not changed stays as it is. */
  plan(plans: readonly RungPlan[], { soundOnly = false }: { soundOnly?: boolean } = {}): void {
    this.soundOnly = soundOnly;
    const before = this.#rungs;
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

  /** A packet of the source. */
  measure({ kind, track, data, dtsUs }: Packet): void {
    if (kind !== "frame") return;
    this.bitrate.add(data.length, dtsUs);
    if (track.kind === "audio") this.soundBitrate.add(data.length, dtsUs);
  }

  sweep(at: number): void {
    for (const { audience } of this.#rungs) audience.sweep(at);
  }

  /** Nothing more will come: viewers see the rest, and those who have it end. */
  finish(reason: string): void {
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
    if (this.viewers > 0) this.wantedAt = now();
    this.#seats.look();
  }

  #stopLooking(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
