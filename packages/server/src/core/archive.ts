import { randomBytes } from "node:crypto";
import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { History, type HistoryLimits } from "./history.ts";
import type { Log } from "./log.ts";
import { Spill } from "./spill.ts";

/** `memoryBytes`: what the histories of all streams together may have in memory. */
export type ArchiveOptions = { readonly directory: string; readonly memoryBytes: number; readonly log: Log };

const leastFileBytes = 1024 * 1024;
const mostFileBytes = 64 * 1024 * 1024;
/** A stream's budget on disk is this many files or more, so that what goes by whole files is a small part of it. */
const filesInBudget = 16;
const ownName = /^(\d{1,10})-[0-9a-f]{16}-\d{1,10}\.past$/;

/** The histories of all streams: the directory that their files are in, and the memory that they share. */
export class Archive {
  readonly #options: ArchiveOptions;
  readonly #open = new Set<History>();
  readonly #closing = new Set<Promise<void>>();

  constructor(options: ArchiveOptions) {
    this.#options = options;
  }

  /** What all of them have in memory now. */
  get memoryBytes(): number {
    let sum = 0;
    for (const history of this.#open) sum += history.memoryBytes;
    return sum;
  }
  /** And on disk. */
  get diskBytes(): number {
    let sum = 0;
    for (const history of this.#open) sum += history.diskBytes;
    return sum;
  }

  /** A history for a stream. It removes itself when it is closed. */
  open(stream: string, limits: HistoryLimits): History {
    const { log, memoryBytes } = this.#options;
    const history: History = new History(limits, {
      spill: limits.diskBytes > 0 ? this.#spill(limits.diskBytes) : undefined,
      memoryLimit: () => Math.min(limits.memoryBytes, Math.floor(memoryBytes / Math.max(1, this.#open.size))),
      warn: (error) =>
        log.warn({ stream, error: String(error) }, "less of the stream's past is kept: the disk did not take it"),
      closed: (removed) => this.#closed(history, removed),
    });
    this.#open.add(history);
    return history;
  }

  /** Waits until what was closed is gone from the disk. */
  async close(): Promise<void> {
    for (const history of this.#open) history.close();
    await Promise.all(this.#closing);
  }

  #closed(history: History, removed: Promise<void>): void {
    this.#open.delete(history);
    const closing = removed.finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Removes what a server that was killed has left in the directory. */
  async clean(): Promise<void> {
    const { directory } = this.#options;
    const names = await readdir(directory).catch(() => []);
    const left = names.filter((name) => isOrphan(name));
    await Promise.all(left.map((name) => unlink(join(directory, name)).catch(() => {})));
  }

  /** Names are made up: nothing that a stranger chose is part of a path. */
  #spill(diskBytes: number): Spill {
    const id = randomBytes(8).toString("hex");
    const path = (number: number) => join(this.#options.directory, `${process.pid}-${id}-${number}.past`);
    return new Spill(path, Math.min(Math.max(Math.floor(diskBytes / filesInBudget), leastFileBytes), mostFileBytes));
  }
}

/** A file of a process that is gone, or of an earlier one with this process's number. */
function isOrphan(name: string): boolean {
  const pid = ownName.exec(name)?.[1];
  if (pid === undefined) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
