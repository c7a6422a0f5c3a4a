import type { Format } from "./format.ts";
import type { Group, PacketLog } from "./packet-log.ts";

/** The bytes of the packets from `from` up to, not including, `to`. */
export type Batch = { readonly from: number; readonly to: number; readonly bytes: Uint8Array };

const maxBatchBytes = 256 * 1024;
/** Someone who joins meets this many small batches at most before they are made into one. */
const joinAfter = 6;

/** One stream in one format: every batch is encoded once, whoever reads it. Cursors always stand where a batch ends, so they meet in the same batches. */
export class Wire {
  readonly format: Format;
  readonly #log: PacketLog;
  readonly #batches = new Map<number, Batch>();
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

  /** The batch at `position`, which is before `limit`. It ends at `limit`, at the next group, or when it is large. */
  batch(position: number, limit: number): Batch {
    const made = this.#batches.get(position);
    if (!made) return this.#encode(position, limit);
    return made.to < limit && this.#isChain(made, limit) ? this.#merge(made, limit) : made;
  }

  /** Forgets what the log has let go of. */
  trim(): void {
    for (const from of this.#batches.keys()) if (from < this.#log.first) this.#batches.delete(from);
  }

  #encode(position: number, limit: number): Batch {
    const end = this.#end(position, limit);
    const batch = { from: position, to: end, bytes: this.format.encode(this.#log.slice(position, end)) };
    this.#batches.set(position, batch);
    return batch;
  }

  #end(position: number, limit: number): number {
    const border = this.#border(position, limit);
    let bytes = 0;
    for (let at = position; at < border; at++) {
      bytes += this.#log.at(at)?.data.length ?? 0;
      if (bytes >= maxBatchBytes) return at + 1;
    }
    return border;
  }

  #border(position: number, limit: number): number {
    const group = this.#log.groupAfter(position);
    return group ? Math.min(group.position, limit) : limit;
  }

  /** Someone who joins would have to be written a row of small batches. */
  #isChain(batch: Batch, limit: number): boolean {
    const border = this.#border(batch.from, limit);
    let bytes = batch.bytes.length;
    let links = 0;
    for (let next = this.#batches.get(batch.to); next && next.to <= border; next = this.#batches.get(next.to)) {
      bytes += next.bytes.length;
      if (bytes > maxBatchBytes) return false;
      if (++links >= joinAfter) return true;
    }
    return false;
  }

  #merge(first: Batch, limit: number): Batch {
    const merged = this.#encode(first.from, limit);
    for (let at = first.to; at < merged.to; ) {
      const link = this.#batches.get(at);
      if (!link || link.to > merged.to) break;
      this.#batches.delete(at);
      at = link.to;
    }
    return merged;
  }
}
