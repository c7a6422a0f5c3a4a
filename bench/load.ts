import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const cache = fileURLToPath(new URL("../.cache/", import.meta.url));
const loadCore = "1";

/** What the load generator reports of one run with viewers. */
export type Played = {
  readonly viewers: number;
  readonly playing: number;
  readonly stalled: number;
  readonly refused: number;
  readonly closed: number;
  readonly kbps_viewer_avg: number;
  readonly kbps_viewer_min: number;
  readonly server_cpu_pct: number;
  readonly server_cpu_us_per_viewer_second: number;
  readonly server_rss_mib: number;
  readonly latency_ms: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  readonly join_ms: { readonly p50: number; readonly p95: number };
  readonly sampled_frames: number;
  readonly missed_frames: number;
};

/** The middle of each figure of some runs; of what must not be, and of who did not play, the worst. */
export function middle(runs: readonly Played[]): Played {
  const worst = (of: (run: Played) => number) => Math.max(...runs.map(of));
  const half = (of: (run: Played) => number) => runs.map(of).sort((a, b) => a - b)[(runs.length - 1) >> 1] ?? 0;
  return {
    viewers: half((run) => run.viewers),
    playing: Math.min(...runs.map((run) => run.playing)),
    stalled: worst((run) => run.stalled),
    refused: worst((run) => run.refused),
    closed: worst((run) => run.closed),
    kbps_viewer_avg: half((run) => run.kbps_viewer_avg),
    kbps_viewer_min: half((run) => run.kbps_viewer_min),
    server_cpu_pct: half((run) => run.server_cpu_pct),
    server_cpu_us_per_viewer_second: half((run) => run.server_cpu_us_per_viewer_second),
    server_rss_mib: half((run) => run.server_rss_mib),
    latency_ms: {
      p50: half((run) => run.latency_ms.p50),
      p95: half((run) => run.latency_ms.p95),
      p99: half((run) => run.latency_ms.p99),
      max: worst((run) => run.latency_ms.max),
    },
    join_ms: { p50: half((run) => run.join_ms.p50), p95: half((run) => run.join_ms.p95) },
    sampled_frames: half((run) => run.sampled_frames),
    missed_frames: worst((run) => run.missed_frames),
  };
}

export type Published = {
  readonly streams: number;
  readonly live: number;
  readonly frames: number;
  readonly refused: number;
  readonly closed: number;
};

/** The path of a C program of this folder, built when its source is newer. */
export function built(name: string): string {
  const source = fileURLToPath(new URL(name, import.meta.url));
  const binary = join(cache, name.replace(/\.c$/, ""));
  mkdirSync(cache, { recursive: true });
  const made = statSync(binary, { throwIfNoEntry: false });
  if (made && made.mtimeMs > statSync(source).mtimeMs) return binary;
  const { status, stderr, error } = spawnSync("cc", ["-O2", "-o", binary, source], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name} was not built; install a C compiler (cc): ${error?.message ?? stderr}`);
  return binary;
}

/** Publishes until stopped, or for so many seconds; `done` resolves to what was sent. */
export function publish(
  port: number,
  options: { seconds: number; kbps?: number; streams?: number; fps?: number; stream?: string; rung?: number },
) {
  const { stream = "bench", ...numbers } = options;
  const child = start(["pub", "127.0.0.1", String(port), "live", stream, ...flags(numbers)]);
  return {
    done: result<Published>(child),
    stop: () => void child.kill("SIGKILL"),
    /** It stays connected and sends nothing more. */
    fallSilent: () => void child.kill("SIGSTOP"),
  };
}

/** Plays with many viewers and reports what they saw and what the server took for it. */
export function play(
  mode: "play" | "flv",
  port: number,
  options: { viewers: number; seconds: number; ramp: number; sample?: number; pid: string },
): Promise<Played> {
  return result<Played>(start([mode, "127.0.0.1", String(port), "live", "bench", ...flags(options)]));
}

function flags(options: Record<string, number | string | undefined>): string[] {
  return Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]));
}

function start(args: string[]): ChildProcess {
  return spawn("taskset", ["-c", loadCore, built("rtmpload.c"), ...args], { stdio: ["ignore", "pipe", "inherit"] });
}

async function result<T>(child: ChildProcess): Promise<T> {
  let text = "";
  child.stdout?.on("data", (bytes) => {
    text += bytes;
  });
  await once(child, "close");
  if (text === "") return undefined as T;
  return JSON.parse(text) as T;
}
