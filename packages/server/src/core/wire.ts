import type { Format } from "./format.ts";
import type { Group, PacketLog } from "./packet-log.ts";

/** The bytes of the packets from one position up to, not including, `to`. */
export type Batch = { readonly to: number; readonly bytes: Uint8Array };
/** What was asked for with it. */
type Made = Batch & { readonly limit: number; readonly most: number };

/** Blocks begin small, so that a stream with one viewer costs little, and grow while they fill quickly. */
const firstBlockBytes = 32 * 1024;
const maxBlockBytes = 1024 * 1024;
/** What is handed to a socket at once, at most. */
const fullBytes = 256 * 1024;
/** So many batches are kept: those of one pass, and some for viewers who are behind. */
const maxMade = 64;

/**
 * One stream in one format. Every packet is encoded exactly once, when the first cursor comes to it, and the bytes of packets that follow each other lie behind each other: what a
 * cursor writes is a view of them, from its own position on, and nothing is made for it.
 */
export class Wire {
  readonly format: Format;
  readonly #log: PacketLog;
  /** In order of position, without overlap. */
  #blocks: Block[] = [];
  #blockBytes = firstBlockBytes / 2;
  /** By where they begin: the same for all viewers of a pass. */
  readonly #made = new Map<number, Made>();
  #start: { group: Group; tracks: Group["tracks"]; bytes: Uint8Array } | undefined;

  constructor(log: PacketLog, format: Format) {
    this.#log = log;
    this.format = format;
  }

  start(group: Group): Uint8Array {
    if (this.#start?.group !== group || this.#start.tracks !== group.tracks) {
      this.#start = { group, tracks: group.tracks, bytes: this.format.start(group) };
    }
    return this.#start.bytes;
  }

  /** The bytes at `position`, which is in the log and before `limit`. They end at `limit`, where a block does, or where they would be more than `most`; one packet may be longer. */
  batch(position: number, limit: number, most: number = fullBytes): Batch {
    const before = this.#made.get(position);
    if (before?.limit === limit && before.most === most) return before;
    const { to, bytes } = this.#block(position, limit).batch(position, limit, most);
    const made = { to, bytes, limit, most };
    if (this.#made.size >= maxMade) this.#made.clear();
    this.#made.set(position, made);
    return made;
  }

  /** Forgets what the log has let go of. */
  trim(): void {
    const first = this.#log.first;
    const gone = this.#blocks.findIndex(({ to }) => to > first);
    if (gone !== 0) this.#blocks.splice(0, gone < 0 ? this.#blocks.length : gone);
    this.#made.clear();
  }

  /** The block that has the packet at `position`, filled as far as it goes. */
  #block(position: number, limit: number): Block {
    const index = this.#blocks.findLastIndex(({ from }) => from <= position);
    const before = this.#blocks[index];
    if (before && position <= before.to) this.#fill(before, index, limit);
    if (before && position < before.to) return before;
    // Where the row ends the fill has begun the next block; anywhere else a new row begins.
    if (before?.to !== position) this.#begin(index + 1, position, {});
    return this.#block(position, limit);
  }

  /** Encodes into the block until it is full. A packet that does not fit is the first of a new one, so that it need not be encoded again. */
  #fill(block: Block, index: number, limit: number): void {
    const wall = Math.min(limit, this.#blocks[index + 1]?.from ?? limit);
    while (block.to < wall) {
      const bytes = this.#encode(block.to, block.row);
      if (!block.push(bytes)) return this.#begin(index + 1, block.to, block.row, bytes);
    }
  }

  #begin(index: number, position: number, row: object, first: Uint8Array = this.#encode(position, row)): void {
    this.#blockBytes = Math.min(this.#blockBytes * 2, maxBlockBytes);
    const block = new Block(position, row, Math.max(this.#blockBytes, first.length));
    block.push(first);
    this.#blocks.splice(index, 0, block);
  }

  #encode(position: number, row: object): Uint8Array {
    const packet = this.#log.at(position);
    return packet ? this.format.encode(packet, row) : nothing;
  }
}

const nothing = new Uint8Array();

/** The bytes of neighbouring packets, and where each of them ends. */
class Block {
  readonly from: number;
  /** Shared by all blocks whose packets were encoded one behind the other. */
  readonly row: object;
  readonly #bytes: Buffer;
  readonly #ends: number[] = [];

  constructor(from: number, row: object, size: number) {
    this.from = from;
    this.row = row;
    this.#bytes = Buffer.allocUnsafeSlow(size);
  }

  get to(): number {
    return this.from + this.#ends.length;
  }

  /** False when they do not fit. */
  push(bytes: Uint8Array): boolean {
    const start = this.#ends.at(-1) ?? 0;
    if (start + bytes.length > this.#bytes.length) return false;
    this.#bytes.set(bytes, start);
    this.#ends.push(start + bytes.length);
    return true;
  }

  batch(position: number, limit: number, maxBytes: number): Batch {
    const start = position === this.from ? 0 : this.#endOf(position);
    let to = Math.min(limit, this.to);
    while (to > position + 1 && this.#endOf(to) - start > maxBytes) to--;
    return { to, bytes: this.#bytes.subarray(start, this.#endOf(to)) };
  }

  /** Where the packet before `position` ends. */
  #endOf(position: number): number {
    return this.#ends[position - this.from - 1] ?? 0;
  }
}
