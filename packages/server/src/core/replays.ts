import type { Writable } from "node:stream";
import type { Cursor } from "./cursor.ts";
import type { CursorOwner } from "./cursor-owner.ts";
import type { Format } from "./format.ts";
import type { Pacer } from "./pacer.ts";
import type { Past } from "./past.ts";
import { Replay, type ReplaySettings } from "./replay.ts";

/** Viewers share a replay that is earlier than what they asked for by less than this. */
const sharedUs = 1_000_000;
/** Each costs a few seconds of the stream in memory. Who comes when there are so many gets the one whose time is nearest. */
const maxReplays = 32;
/** How often it is looked whether something has become due; while the source publishes, it is looked with every packet. */
const tickMs = 200;

/** The viewers of one stream who watch its past. */
export class Replays {
  readonly #past: Past;
  readonly #pacer: Pacer;
  readonly #settings: ReplaySettings;
  #replays: Replay[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Nothing more will be published: each ends when it has come to the end. */
  #ending: { readonly reason: string; done(): void } | undefined;

  constructor(past: Past, pacer: Pacer, settings: ReplaySettings) {
    this.#past = past;
    this.#pacer = pacer;
    this.#settings = settings;
  }

  /** How many viewers there are. */
  get size(): number {
    return this.#replays.reduce((sum, { cursors }) => sum + cursors.size, 0);
  }

  /** Adds a viewer who watches with a delay, as much of it as there is; undefined when that is so little that it may as well watch live. */
  join(delayUs: number, format: Format, socket: Writable, owner: CursorOwner): Cursor | undefined {
    const { headUs } = this.#past.log;
    const group = this.#past.groupAt(headUs - delayUs);
    if (!group || headUs - group.dtsUs < sharedUs) return undefined;
    const dueUs = Math.max(headUs - delayUs, group.dtsUs);
    let replay = this.#find(dueUs);
    if (!replay) {
      replay = new Replay(this.#past, this.#pacer, this.#settings, group, dueUs);
      this.#replays.push(replay);
      this.#timer ??= setInterval(() => this.#tick(), tickMs).unref();
    }
    replay.advance();
    return replay.audience.join(format, socket, owner);
  }

  /** False when the viewer was not one of them. */
  leave(cursor: Cursor): boolean {
    const replay = this.#of(cursor);
    if (!replay) return false;
    replay.audience.leave(cursor);
    if (replay.cursors.size === 0) this.#remove(replay);
    return true;
  }

  /** Something was published, or time went by. */
  touch(): void {
    for (const replay of this.#replays) this.#pacer.touch(replay);
  }

  /** Those who watch the past. */
  get cursors(): Cursor[] {
    return this.#replays.flatMap(({ cursors }) => [...cursors]);
  }

  sweep(at: number): void {
    for (const { audience } of this.#replays) audience.sweep(at);
  }

  /** Everyone sees the rest at the same pace, and is ended then. `done` is called when nobody is left. */
  finish(reason: string, done: () => void): void {
    this.#ending = { reason, done };
    if (this.#replays.length === 0) this.#ended();
  }

  /** Ends everyone now. */
  end(reason: string): void {
    for (const replay of this.#replays) replay.audience.end(reason);
    for (const replay of [...this.#replays]) this.#remove(replay);
  }

  #find(dueUs: number): Replay | undefined {
    const shared = this.#replays.find((each) => each.dueUs <= dueUs && each.dueUs > dueUs - sharedUs);
    if (shared || this.#replays.length < maxReplays) return shared;
    const distance = (each: Replay) => Math.abs(each.dueUs - dueUs);
    return this.#replays.reduce((best, each) => (distance(each) < distance(best) ? each : best));
  }

  #of(cursor: Cursor): Replay | undefined {
    return this.#replays.find(({ cursors }) => cursors.has(cursor));
  }

  #tick(): void {
    this.touch();
    if (!this.#ending) return;
    for (const replay of [...this.#replays]) {
      if (!replay.atEnd) continue;
      replay.audience.end(this.#ending.reason);
      this.#remove(replay);
    }
  }

  #remove(replay: Replay): void {
    this.#pacer.forget(replay);
    this.#replays = this.#replays.filter((each) => each !== replay);
    if (this.#replays.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#ending) this.#ended();
  }

  #ended(): void {
    const done = this.#ending?.done;
    this.#ending = undefined;
    done?.();
  }
}
