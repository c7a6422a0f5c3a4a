import type { Packet } from "@sluice/media";
import type { History } from "./history.ts";
import type { Group, PacketLog } from "./packet-log.ts";

/** All that is kept of a stream, as one row of positions: its log, and before it the history that the log's packets go into. */
export class Past {
  readonly log: PacketLog;
  readonly #history: History | undefined;

  constructor(log: PacketLog, history: History | undefined) {
    this.log = log;
    this.#history = history;
  }

  /** The oldest position kept. */
  get first(): number {
    return this.#history?.first ?? this.log.first;
  }
  /** The oldest place where a viewer may start. */
  get oldestGroup(): Group | undefined {
    return this.#history?.groups[0] ?? this.log.oldestGroup;
  }

  /** The newest place to start at or before a time in the stream; the oldest there is when none is so old. */
  groupAt(timeUs: number): Group | undefined {
    const inLog = this.log.groups.findLast((group) => group.dtsUs <= timeUs);
    if (inLog) return inLog;
    const older = this.#history?.groups ?? [];
    return older[countOf(older, (group) => group.dtsUs <= timeUs) - 1] ?? this.oldestGroup;
  }

  /** Forgets the history; what is in the log stays. */
  close(): void {
    this.#history?.close();
  }

  /** The first place to start at or after a position. */
  groupFrom(position: number): Group | undefined {
    const older = this.#history?.groups ?? [];
    return (
      older[countOf(older, (group) => group.position < position)] ??
      this.log.groups.find((group) => group.position >= position)
    );
  }

  /**
   * The packets from one position up to, not including, another; a promise where they have to be fetched from disk. None when the first of them is gone, and fewer than
   * asked for when the last are not there yet or it would be too much at once.
   */
  read(from: number, to: number): readonly Packet[] | Promise<readonly Packet[]> {
    const { log } = this;
    if (from >= log.first) return log.slice(from, to);
    const old = this.#history?.packets(from, Math.min(to, log.first)) ?? [];
    if (to <= log.first) return old;
    const newer = log.slice(log.first, to);
    const missing = log.first - from;
    const joined = (older: readonly Packet[]) => (older.length < missing ? older : [...older, ...newer]);
    return old instanceof Promise ? old.then(joined) : joined(old);
  }
}

/** How many groups a condition holds for; whichever it holds for, it holds for all before too. */
function countOf(groups: readonly Group[], holds: (group: Group) => boolean): number {
  let [low, high] = [0, groups.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const group = groups[middle];
    if (group && holds(group)) low = middle + 1;
    else high = middle;
  }
  return low;
}
