import type { Packet } from "@sluice/media";
import { packPackets, unpackPackets } from "./packed-packets.ts";
import { type Group, type Keeper, packetOverhead } from "./packet-log.ts";
import { isFull, newPiece, type Piece, PieceCache, pieceAt } from "./piece.ts";
import type { Place, Spill } from "./spill.ts";

/** How much of a stream's past is kept: `windowUs` back from its newest packet. The others are walls: what memory does not hold goes to disk, what the disk does not hold is gone. */
export type HistoryLimits = {
  readonly windowUs: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
};

/** What a history is given by whoever looks after all of them. */
export type HistoryHome = {
  /** Files of its own, if it may use the disk. */
  readonly spill: Spill | undefined;
  /** How much memory it may use now. */
  memoryLimit(): number;
  /** Told once, when the disk first refuses something or cannot keep up. */
  warn(error: unknown): void;
  /** It is closed, and gone from the disk when the promise resolves. */
  closed(removed: Promise<void>): void;
};

const maxPieces = 100_000;
const maxGroups = 100_000;
/** So much is read at once; who asks for more gets the beginning of it. */
const maxReadBytes = 64 * 1024 * 1024;
/** How far memory may be over its limit while the disk is being written to. */
const lagFactor = 2;

/**
 * What a stream's log has let go of, as far back as its window reaches: the newest of it in memory, the rest on disk. Nothing leaves memory before it has been written. Whatever
 * has to go, for whatever reason, goes from the oldest end, so there never is a gap.
 */
export class History implements Keeper {
  readonly #limits: HistoryLimits;
  readonly #home: HistoryHome | undefined;
  readonly #spill: Spill | undefined;
  readonly #cache = new PieceCache();
  #pieces: Piece[] = [];
  #groups: Group[] = [];
  #head = 0;
  #headUs = 0;
  #memoryBytes = 0;
  /** What waits to be written or is being written, whether or not it is still wanted. */
  #writingBytes = 0;
  /** Shrinks when the disk is full before its limit is reached; 0 when there is no disk to use. */
  #diskLimit: number;
  #warned = false;
  #isClosed = false;

  constructor(limits: HistoryLimits, home?: HistoryHome) {
    this.#limits = limits;
    this.#home = home;
    this.#spill = home?.spill;
    this.#diskLimit = home?.spill ? limits.diskBytes : 0;
  }

  /** The oldest position kept. */
  get first(): number {
    return this.#pieces[0]?.from ?? this.#head;
  }
  /** The position after the newest one kept: the log's first. */
  get head(): number {
    return this.#head;
  }
  /** Where viewers may start, the oldest first. */
  get groups(): readonly Group[] {
    return this.#groups;
  }
  get memoryBytes(): number {
    return this.#memoryBytes;
  }
  get diskBytes(): number {
    return this.#spill?.bytes ?? 0;
  }

  keep(from: number, packets: readonly Packet[], groups: readonly Group[], headUs: number): void {
    if (this.#isClosed) return;
    this.#headUs = headUs;
    this.#groups.push(...groups);
    for (const [index, packet] of packets.entries()) this.#add(packet, from + index);
    this.#balance();
  }

  /**
   * The packets from one position up to, not including, another; a promise where some have to be read from disk. None when the first of them is gone. The end is missing where that
   * would be too much at once.
   */
  packets(from: number, to: number): readonly Packet[] | Promise<readonly Packet[]> {
    if (from < this.first || from >= to) return [];
    const wanted: Piece[] = [];
    let bytes = 0;
    for (let index = pieceAt(this.#pieces, from); bytes <= maxReadBytes; index++) {
      const piece = this.#pieces[index];
      if (!piece || piece.from >= to) break;
      wanted.push(piece);
      bytes += piece.bytes;
    }
    const read = wanted.map((piece) => this.#packetsOf(piece));
    const part = (all: (readonly Packet[])[]) => between(wanted, all, from, to);
    return read.every((each) => !(each instanceof Promise))
      ? part(read as (readonly Packet[])[])
      : Promise.all(read).then(part);
  }

  /** Forgets everything and removes it from the disk. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#diskLimit = 0;
    this.#pieces = [];
    this.#groups = [];
    this.#memoryBytes = 0;
    this.#cache.clear();
    this.#home?.closed(this.#spill?.close() ?? Promise.resolve());
  }

  #add(packet: Packet, position: number): void {
    let piece = this.#pieces.at(-1);
    if (!piece || isFull(piece)) {
      piece = newPiece(position);
      this.#pieces.push(piece);
    }
    const bytes = packet.data.length + packetOverhead;
    piece.packets?.push(packet);
    piece.bytes += bytes;
    piece.endUs = Math.max(piece.endUs, packet.dtsUs);
    piece.to = position + 1;
    this.#head = position + 1;
    this.#memoryBytes += bytes;
  }

  #balance(): void {
    while (this.#isOver()) this.#dropOldest();
    const limit = this.#home?.memoryLimit() ?? this.#limits.memoryBytes;
    if (this.#diskLimit > 0) this.#spillOldest(limit);
    const wall = this.#diskLimit > 0 ? limit * lagFactor : limit;
    if (this.#diskLimit > 0 && this.#memoryBytes > wall) this.#warn(new Error("the disk is too slow"));
    while (this.#memoryBytes > wall && this.#pieces.length > 0) this.#dropOldest();
    const { first } = this;
    let gone = 0;
    while ((this.#groups[gone]?.position ?? first) < first) gone++;
    this.#groups.splice(0, Math.max(gone, this.#groups.length - maxGroups));
  }

  #isOver(): boolean {
    const oldest = this.#pieces[0];
    if (!oldest) return false;
    if (this.#headUs - oldest.endUs > this.#limits.windowUs || this.#pieces.length > maxPieces) return true;
    return oldest.place !== undefined && this.diskBytes > this.#diskLimit;
  }

  #dropOldest(): void {
    const piece = this.#pieces.shift();
    if (!piece) return;
    piece.dropped = true;
    this.#cache.delete(piece);
    if (piece.packets) this.#memoryBytes -= piece.bytes;
    if (piece.place) this.#spill?.release(piece.place);
  }

  /** Begins to write the oldest pieces that memory has no room for. */
  #spillOldest(limit: number): void {
    let excess = this.#memoryBytes - this.#writingBytes - limit;
    for (const piece of this.#pieces) {
      if (excess <= 0 || this.#writingBytes > limit || piece === this.#pieces.at(-1)) return;
      if (!piece.packets || piece.writing) continue;
      excess -= piece.bytes;
      this.#write(piece, piece.packets);
    }
  }

  #write(piece: Piece, packets: readonly Packet[]): void {
    const { parts, length, tracks } = packPackets(packets);
    piece.writing = true;
    piece.tracks = tracks;
    this.#writingBytes += piece.bytes;
    this.#spill?.write(parts, length).then(
      (place) => this.#written(piece, place),
      (error) => this.#refused(piece, error),
    );
  }

  #written(piece: Piece, place: Place): void {
    piece.writing = false;
    this.#writingBytes -= piece.bytes;
    if (this.#isClosed) return;
    if (piece.dropped) return this.#spill?.release(place);
    piece.place = place;
    piece.packets = undefined;
    this.#memoryBytes -= piece.bytes;
    this.#balance();
  }

  /** Makes room on the disk by letting the oldest go; without anything to let go of, memory has to do. */
  #refused(piece: Piece, error: unknown): void {
    piece.writing = false;
    this.#writingBytes -= piece.bytes;
    if (this.#diskLimit === 0) return; // nothing goes to disk any more, or the stream has ended
    this.#warn(error);
    const onDisk = this.#pieces[0]?.place !== undefined;
    this.#diskLimit = onDisk ? Math.floor((this.diskBytes * 3) / 4) : 0;
    this.#balance();
  }

  #packetsOf(piece: Piece): readonly Packet[] | Promise<readonly Packet[]> {
    if (piece.packets) return piece.packets;
    return this.#cache.get(piece, () => this.#load(piece));
  }

  async #load(piece: Piece): Promise<readonly Packet[]> {
    const { place, tracks } = piece;
    if (!place || !this.#spill) return [];
    try {
      return unpackPackets(await this.#spill.read(place), tracks);
    } catch (error) {
      if (piece.dropped || this.#isClosed) return [];
      this.#warn(error);
      while (this.#pieces[0] && this.#pieces[0].from <= piece.from) this.#dropOldest();
      this.#balance();
      return [];
    }
  }

  #warn(error: unknown): void {
    if (!this.#warned) this.#home?.warn(error);
    this.#warned = true;
  }
}

/** What lies between two positions of pieces that follow each other, up to the first that could not be read. */
function between(pieces: readonly Piece[], all: (readonly Packet[])[], from: number, to: number): readonly Packet[] {
  const found: Packet[] = [];
  for (const [index, piece] of pieces.entries()) {
    const packets = all[index] ?? [];
    for (let at = Math.max(from, piece.from); at < Math.min(to, piece.to); at++) {
      const packet = packets[at - piece.from];
      if (!packet) return found;
      found.push(packet);
    }
  }
  return found;
}
