import { readdir, readFile, stat } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import type { Histogram } from "../../core/histogram.ts";

export type ProcessFigures = {
  /** Seconds of the processor, for the program and for the kernel on its behalf. */
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  /** Unix time. */
  readonly startedSeconds: number;
  /** Where the system tells: files and sockets, and how many there may be. */
  readonly files: number | undefined;
  readonly maxFiles: number | undefined;
  /** For how long the event loop has worked, and waited for work. */
  readonly activeSeconds: number;
  readonly idleSeconds: number;
  readonly delays: Histogram;
};

/** What the system and the platform know of this process. */
export async function processFigures(delays: Histogram): Promise<ProcessFigures> {
  const [files, maxFiles] = await Promise.all([openFiles(), fileLimit()]);
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return {
    userSeconds: user / 1e6,
    systemSeconds: system / 1e6,
    residentBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    startedSeconds: performance.timeOrigin / 1000,
    files,
    maxFiles,
    activeSeconds: active / 1000,
    idleSeconds: idle / 1000,
    delays,
  };
}

const ownFiles = "/proc/self/fd";

/** Linux tells the number as the folder's size from 6.2 on; before, the folder has to be read. */
async function openFiles(): Promise<number | undefined> {
  try {
    const { size } = await stat(ownFiles);
    return size > 0 ? size : (await readdir(ownFiles)).length;
  } catch {
    return undefined; // no such folder on this system
  }
}

async function fileLimit(): Promise<number | undefined> {
  const text = await readFile("/proc/self/limits", "latin1").catch(() => "");
  const soft = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
