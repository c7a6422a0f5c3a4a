import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";

/** A foreign program's end: its exit code and what it said. */
export type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => void child.kill("SIGKILL")));

/** Starts a foreign program; `done` resolves when it ends. It is killed when this process ends. */
export function peer(program: string, args: readonly string[], options: { env?: Record<string, string> } = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...options.env } });
  running.add(child);
  const text = { out: "", err: "" };
  child.stdout.on("data", (bytes) => {
    text.out += bytes;
  });
  child.stderr.on("data", (bytes) => {
    text.err += bytes;
  });
  const done: Promise<Ended> = once(child, "close").then(([code]) => {
    running.delete(child);
    return { code, ...text };
  });
  return { child, text, done };
}

/** Words split at spaces, for arguments that have none inside. */
export function words(line: string): string[] {
  return line.split(" ").filter((word) => word !== "");
}

export function ffmpeg(line: string, ...more: string[]) {
  return peer("ffmpeg", ["-hide_banner", "-loglevel", "warning", "-nostdin", ...words(line), ...more]);
}

/** Why a test that needs a program is skipped: false when it is there. */
export function missing(...programs: string[]): string | false {
  const absent = programs.filter((program) => spawnSync("which", [program]).status !== 0);
  return absent.length > 0 ? `${absent.join(", ")} not installed` : false;
}

/** Where Debian's Chromium is, if it is. */
export const chromium = existsSync("/usr/bin/chromium") ? "/usr/bin/chromium" : undefined;

/** Waits until `condition` holds, at most a minute: browsers and encoders take their time on a slow machine. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  expected: string,
  limitMs = 60_000,
): Promise<void> {
  for (const end = performance.now() + limitMs; !(await condition()); ) {
    if (performance.now() > end) throw new Error(`waited in vain until ${expected}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** One packet as FFmpeg saw it: stream, times, size and checksum of its bytes. */
export type Frame = {
  readonly stream: string;
  readonly dts: number;
  readonly pts: number;
  readonly size: number;
  readonly crc: string;
};

/** The packets of FFmpeg's framecrc output. */
export function frames(framecrc: string): Frame[] {
  return framecrc.split("\n").flatMap((line) => {
    const [stream = "", dts, pts, , size, crc = ""] = line.split(",").map((field) => field.trim());
    return line.startsWith("#") || crc === ""
      ? []
      : [{ stream, dts: Number(dts), pts: Number(pts), size: Number(size), crc }];
  });
}

/** What FFmpeg reads at an address, until it ends, as packets. */
export async function watched(
  url: string,
  map = "-map 0:v -map 0:a",
  input = "",
): Promise<{ frames: Frame[]; ended: Ended }> {
  const ended = await ffmpeg(`${input} -i ${url} ${map} -c copy -copyts -f framecrc -`).done;
  return { frames: frames(ended.out), ended };
}
