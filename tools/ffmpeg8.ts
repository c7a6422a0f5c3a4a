import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runNpm } from "../packages/server/bin/runtime.mjs";

const version = "6.1.1";
const limitMs = 90_000;
/** One for each version: whoever finds it finds all of it. */
const usual = fileURLToPath(new URL(`../.toolchain/node-av-${version}`, import.meta.url));

/** The address of node-av's module, with FFmpeg 8 inside, where it has been fetched. */
export const ffmpeg8 = existsSync(entryIn(usual)) ? pathToFileURL(entryIn(usual)).href : undefined;

/**
 * Fetches node-av, 60 MB, once: Debian's FFmpeg knows nothing of Enhanced RTMP. It is no dependency in package.json, so that whoever only starts Sluice need not wait for it. Where it cannot be had, it says in
 * words what is skipped.
 */
export function fetchFfmpeg8(folder = usual): void {
  if (existsSync(entryIn(folder))) return;
  try {
    console.log(`Fetching FFmpeg 8 (node-av ${version}) …`);
    fetchInto(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.log(`FFmpeg 8 (node-av ${version}) is not there: ${reason}; skipped: what it judges of Enhanced RTMP.`);
  }
}

function entryIn(folder: string): string {
  return join(folder, "node_modules/node-av/dist/lib/index.js");
}

/** Beside the final place, then moved: also when this is cut off or runs twice at once. */
function fetchInto(place: string): void {
  const parent = dirname(place);
  mkdirSync(parent, { recursive: true });
  const staging = mkdtempSync(join(parent, "fetching-"));
  try {
    const quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
    // Its scripts would fetch a program as well, and its optional packages are for other things than files.
    const bare = ["--ignore-scripts", "--omit=optional"];
    const names = ["node-av", `@seydx/node-av-${process.platform}-${process.arch}`].map((name) => `${name}@${version}`);
    const options = { node: process.execPath, cwd: staging, encoding: "utf8", timeout: limitMs } as const;
    const { status } = runNpm(["install", "--prefix", staging, ...quiet, ...bare, ...names], options);
    if (status !== 0) throw new Error("npm could not fetch it");
    const script = `import(${JSON.stringify(pathToFileURL(entryIn(staging)).href)})`;
    const ran = spawnSync(process.execPath, ["-e", script], options);
    if (ran.status !== 0) throw new Error("it arrived but does not run on this system");
    rmSync(place, { recursive: true, force: true });
    renameSync(staging, place);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
