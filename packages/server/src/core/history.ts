import type { Packet } from "@sluice/media";
import { type Group, type Keeper, packetOverhead } from "./packet-log.ts";

/** How much of a stream's past is kept: `windowUs` back from its newest packet. The others are walls. */
export type HistoryLimits = {
  readonly windowUs: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
};

/** A piece is closed when it has so much: small enough to be read for a few frames of it, large enough to be worth a write. */
const pieceBytes = 512 * 1024;
const piecePackets = 1024;
const maxPieces = 100_000;
const maxGroups = 100_000;
/** So much is read at once; who asks for more gets the beginning of it. */
const maxReadBytes = 64 * 1024 * 1024;

/** Packets that follow each other. */
type Piece = {
  readonly from: number;
  to: number;
  bytes: number;
  endUs: number;
  packets: Packet[];
};

/** What a stream's log has let go of, as far back as its window reaches: the oldest packets go first, whether or not a group begins with them. */
export class History implements Keeper {
  readonly #limits: HistoryLimits;
  #pieces: Piece[] = [];
  #groups: Group[] = [];
  #head = 0;
  #headUs = 0;
  #memoryBytes = 0;

  constructor(limits: HistoryLimits) {
    this.#limits = limits;
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

  keep(from: number, packets: readonly Packet[], groups: readonly Group[], headUs: number): void {
    if (from !== this.#head) this.#forgetAll();
    this.#head = from;
    this.#headUs = headUs;
    this.#groups.push(...groups);
    for (const packet of packets) this.#add(packet);
    this.#trim();
  }

  /** The packets from one position up to, not including, another; none when the first of them is gone. The end is missing where that would be too much at once. */
  packets(from: number, to: number): readonly Packet[] {
    if (from < this.first || from >= to) return [];
    const found: Packet[] = [];
    let bytes = 0;
    for (let index = this.#indexOf(from); index < this.#pieces.length; index++) {
      const piece = this.#pieces[index];
      if (!piece || piece.from >= to || bytes > maxReadBytes) break;
      found.push(...piece.packets.slice(Math.max(0, from - piece.from), to - piece.from));
      bytes += piece.bytes;
    }
    return found;
  }

  #add(packet: Packet): void {
    let piece = this.#pieces.at(-1);
    if (!piece || isFull(piece)) {
      piece = { from: this.#head, to: this.#head, bytes: 0, endUs: 0, packets: [] };
      this.#pieces.push(piece);
    }
    const bytes = packet.data.length + packetOverhead;
    piece.packets.push(packet);
    piece.to = ++this.#head;
    piece.bytes += bytes;
    piece.endUs = Math.max(piece.endUs, packet.dtsUs);
    this.#memoryBytes += bytes;
  }

  #trim(): void {
    while (this.#past()) this.#dropPiece();
    const { first } = this;
    let gone = 0;
    while ((this.#groups[gone]?.position ?? first) < first) gone++;
    this.#groups.splice(0, Math.max(gone, this.#groups.length - maxGroups));
  }

  #past(): boolean {
    const oldest = this.#pieces[0];
    if (!oldest) return false;
    return (
      this.#headUs - oldest.endUs > this.#limits.windowUs ||
      this.#memoryBytes > this.#limits.memoryBytes ||
      this.#pieces.length > maxPieces
    );
  }

  #dropPiece(): void {
    const piece = this.#pieces.shift();
    if (piece) this.#memoryBytes -= piece.bytes;
  }

  #forgetAll(): void {
    this.#pieces = [];
    this.#groups = [];
    this.#memoryBytes = 0;
  }

  /** The piece that a kept position is in. */
  #indexOf(position: number): number {
    let [low, high] = [0, this.#pieces.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#pieces[middle]?.from ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function isFull({ bytes, to, from }: Piece): boolean {
  return bytes >= pieceBytes || to - from >= piecePackets;
}
