import type { Writable } from "node:stream";
import { Cursor } from "./cursor.ts";
import type { CursorLimits, CursorOwner } from "./cursor-owner.ts";
import type { Format } from "./format.ts";
import { FrameAge } from "./frame-age.ts";
import type { PacketLog } from "./packet-log.ts";
import { Wire } from "./wire.ts";
import type { Wish } from "./wish.ts";

/** Everyone who reads one log: their cursors, and the wires that these share. */
export class Audience {
  readonly log: PacketLog;
  readonly cursorLimits: CursorLimits;
  readonly cursors: Set<Cursor> = new Set();
  readonly age: FrameAge = new FrameAge();
  /** The tracks are known as far as they will be: a header written now will not have to be taken back. */
  settled = false;
  /** As `Readable` says. */
  careful = false;
  readonly #wires = new Map<string, Wire>();
  #limit: number;
  /** The limit when viewers were looked at last. */
  #sweptLimit: number;
  /** Why it ends: who has everything is let go. */
  #ending: string | undefined;

  constructor(log: PacketLog, cursorLimits: CursorLimits) {
    this.log = log;
    this.cursorLimits = cursorLimits;
    this.#limit = log.head;
    this.#sweptLimit = log.head;
  }

  /** The position up to which the last pass went. */
  get limit(): number {
    return this.#limit;
  }

  advance(): void {
    this.#limit = this.log.head;
  }

  /** `fromUs`: it begins with the first group from this time on, where another viewer stopped. */
  join(format: Format, socket: Writable, owner: CursorOwner, wish?: Wish, fromUs?: number): Cursor {
    if (this.cursors.size === 0) this.advance();
    const cursor = new Cursor(this, format, socket, owner);
    cursor.wish = wish;
    if (fromUs !== undefined) cursor.startAt(fromUs);
    this.cursors.add(cursor);
    cursor.flush();
    return cursor;
  }

  enter(cursor: Cursor): void {
    if (this.cursors.size === 0) this.advance();
    this.cursors.add(cursor);
  }

  leave(cursor: Cursor): void {
    this.cursors.delete(cursor);
    if (this.cursors.size === 0) this.#wires.clear();
  }

  /** The log in one format; made when it is first asked for. */
  wire(format: Format): Wire {
    let wire = this.#wires.get(format.key);
    if (!wire) {
      wire = new Wire(this.log, format);
      this.#wires.set(format.key, wire);
    }
    return wire;
  }

  /** Forgets what the log has let go of. */
  trim(): void {
    for (const wire of this.#wires.values()) wire.trim();
  }

  /**
   * Lets go of viewers whose sockets take nothing, and pokes those that could go on. Who is behind only what has come since the last time is left to the pass that is under way.
   */
  sweep(at: number): void {
    const limit = this.#sweptLimit;
    this.#sweptLimit = this.#limit;
    for (const cursor of [...this.cursors]) {
      const isStalled = cursor.isStalled(at);
      const waits = this.#ending !== undefined || cursor.isWaiting(limit);
      if (!isStalled && waits) cursor.flush();
      if (isStalled) this.#let(cursor, "stalled");
      else if (this.#ending !== undefined && !cursor.isBehind) this.#let(cursor, this.#ending);
    }
  }

  /** Nothing more will come: everyone ends who has what is in the log, and the others as soon as they do. */
  finish(reason: string): void {
    this.advance();
    this.#ending = reason;
    for (const cursor of [...this.cursors]) {
      for (let before = -1; cursor.bytes !== before; cursor.flush()) before = cursor.bytes;
      if (!cursor.isBehind) this.#let(cursor, reason);
    }
  }

  /** Ends everyone, after what their sockets take has been written. */
  end(reason: string): void {
    this.advance();
    for (const cursor of [...this.cursors]) {
      cursor.flush();
      this.#let(cursor, reason);
    }
  }

  #let(cursor: Cursor, reason: string): void {
    cursor.end(reason);
    this.leave(cursor);
  }
}
