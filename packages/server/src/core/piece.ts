import type { Packet, Track } from "@sluice/media";
import type { Place } from "./spill.ts";

/** Packets of a history that follow each other: what is written to disk, and read, at once. */
export type Piece = {
  readonly from: number;
  to: number;
  bytes: number;
  /** The newest time in it. */
  endUs: number;
  /** In memory until it has been written. */
  packets: Packet[] | undefined;
  /** Where it lies on disk, once it has been written, and the tracks that are named there. */
  place: Place | undefined;
  tracks: readonly Track[];
  writing: boolean;
  dropped: boolean;
};

/** Small enough to be read for a few frames of it, large enough to be worth a write. */
const maxBytes = 512 * 1024;
const maxPackets = 1024;
/** How much of what was read from disk is remembered, for who reads the same a little later. */
const maxCachedBytes = 8 * 1024 * 1024;

export function newPiece(from: number): Piece {
  return {
    from,
    to: from,
    bytes: 0,
    endUs: 0,
    packets: [],
    place: undefined,
    tracks: [],
    writing: false,
    dropped: false,
  };
}

/** No more goes into it. */
export function isFull({ bytes, to, from }: Piece): boolean {
  return bytes >= maxBytes || to - from >= maxPackets;
}

/** The index of the piece that a position is in, which is at or after the first one's. */
export function pieceAt(pieces: readonly Piece[], position: number): number {
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((pieces[middle]?.from ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

type Read = readonly Packet[] | Promise<readonly Packet[]>;

/** The pieces that were read last. Who asks while one is being read waits for the same read. */
export class PieceCache {
  /** In order of use, the latest at the end. */
  readonly #read = new Map<Piece, Read>();
  #bytes = 0;

  get(piece: Piece, load: () => Promise<readonly Packet[]>): Read {
    const known = this.#read.get(piece);
    if (known !== undefined) {
      this.#read.delete(piece);
      this.#read.set(piece, known);
      return known;
    }
    const loading = load().then((packets) => {
      if (this.#read.get(piece) === loading) this.#read.set(piece, packets);
      return packets;
    });
    this.#read.set(piece, loading);
    this.#bytes += piece.bytes;
    for (const oldest of this.#read.keys()) {
      if (this.#bytes <= maxCachedBytes || oldest === piece) break;
      this.delete(oldest);
    }
    return loading;
  }

  delete(piece: Piece): void {
    if (this.#read.delete(piece)) this.#bytes -= piece.bytes;
  }

  clear(): void {
    this.#read.clear();
    this.#bytes = 0;
  }
}
