import type { Format } from "./format.ts";
import type { Group, PacketLog } from "./packet-log.ts";

/** The bytes of the packets from one position up to, not including, `to`. */
export type Batch = { readonly to: number; readonly bytes: Uint8Array };

/** Blocks begin small, so that a stream with one viewer costs little, and grow while they fill quickly. */
const firstBlockBytes = 32 * 1024;
const maxBlockBytes = 256 * 1024;

/**
 * One stream in one format. Every packet is encoded once, when the first cursor comes to it, and the bytes of packets that follow each other lie behind each other: what a
 * cursor writes is a view of them, from its own position on, and nothing is made for it.
 */
export class Wire {
  readonly format: Format;
  readonly #log: PacketLog;
  /** In order of position, without overlap. */
  #blocks: Block[] = [];
  #blockBytes = firstBlockBytes / 2;
  #last: { from: number; limit: number; batch: Batch } | undefined;
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

  /** The bytes at `position`, which is in the log and before `limit`. They end at `limit`, or where a block does. */
  batch(position: number, limit: number): Batch {
    if (this.#last?.from === position && this.#last.limit === limit) return this.#last.batch;
    const batch = this.#block(position, limit).batch(position, limit);
    this.#last = { from: position, limit, batch };
    return batch;
  }

  /** Forgets what the log has let go of. */
  trim(): void {
    const first = this.#log.first;
    const gone = this.#blocks.findIndex(({ to }) => to > first);
    if (gone !== 0) this.#blocks.splice(0, gone < 0 ? this.#blocks.length : gone);
    this.#last = undefined;
  }

  /** The block that has the packet at `position`, filled as far as it goes. */
  #block(position: number, limit: number): Block {
    const index = this.#blocks.findLastIndex(({ from }) => from <= position);
    const before = this.#blocks[index];
    const wall = Math.min(limit, this.#blocks[index + 1]?.from ?? limit);
    if (before && position <= before.to) {
      this.#fill(before, wall);
      if (position < before.to) return before;
    }
    const first = this.#encode(position);
    this.#blockBytes = Math.min(this.#blockBytes * 2, maxBlockBytes);
    const block = new Block(position, Math.max(this.#blockBytes, first.length));
    block.push(first);
    this.#blocks.splice(index + 1, 0, block);
    this.#fill(block, wall);
    return block;
  }

  #fill(block: Block, wall: number): void {
    while (!block.full && block.to < wall) block.push(this.#encode(block.to));
  }

  #encode(position: number): Uint8Array {
    const packet = this.#log.at(position);
    return packet ? this.format.encode(packet) : nothing;
  }
}

const nothing = new Uint8Array();

/** The bytes of neighbouring packets, and where each of them ends. */
class Block {
  readonly from: number;
  /** It has met a packet that did not fit. */
  full = false;
  readonly #bytes: Buffer;
  readonly #ends: number[] = [];

  constructor(from: number, size: number) {
    this.from = from;
    this.#bytes = Buffer.allocUnsafeSlow(size);
  }

  get to(): number {
    return this.from + this.#ends.length;
  }

  push(bytes: Uint8Array): void {
    const start = this.#ends.at(-1) ?? 0;
    this.full = start + bytes.length > this.#bytes.length;
    if (this.full) return;
    this.#bytes.set(bytes, start);
    this.#ends.push(start + bytes.length);
  }

  batch(position: number, limit: number): Batch {
    const to = Math.min(limit, this.to);
    const start = position === this.from ? 0 : this.#ends[position - this.from - 1];
    return { to, bytes: this.#bytes.subarray(start, this.#ends[to - this.from - 1]) };
  }
}
