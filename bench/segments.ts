import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { built, publish } from "./load.ts";
import { type Server, startNginxFiles, startPlainHttp, startSluice } from "./servers.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const serverCore = "0";
const loadCore = "1";
const floorPort = 28_093;
const connections = 200;
const blocked = 3_000;
const rounds = 11;
const turns = 7;

/** What HTTP streaming costs: playlists, parts beside nginx, waiting reloads, packaging; in sentences. Needs wrk (Debian: `wrk`). */
export async function segments(seconds: number): Promise<string> {
  if (spawnSync("wrk", ["-v"]).error) return "Segments: not measured, because wrk is not installed (Debian: wrk)";
  const server = await startSluice();
  const publisher = publish(server.rtmpPort ?? 0, { seconds: 12 * seconds + 200, kbps: 4_000 });
  try {
    await pause(10_000);
    const idle = await cpuShare(server, seconds);
    const address = await playlistAddress(server);
    const watched = await withViewer(address, () => cpuShare(server, seconds));
    const playlists = await requests(address, seconds);
    const parts = await partsBesideOthers(address, Math.min(seconds, 4));
    const reloads = await blockedReloads(server, address);
    const floor = await reloadFloor(address);
    return [
      `HLS: ${round(playlists)} playlists a second on one core over ${connections} connections, the viewer's token checked on each`,
      parts,
      `of ${blocked.toLocaleString("en")} waiting reloads ${reloads.answered} answered, the last ${reloads.lastMs.toFixed(0)} ms after the first (the middle of ${rounds} parts; at worst ${reloads.worstMs.toFixed(0)} ms; a C program that writes as much to as many sockets: ${floor.lastMs.toFixed(0)} and ${floor.worstMs.toFixed(0)} ms)`,
      `packaging a stream of 4 Mbit/s: ${(watched - idle).toFixed(1)} % of a core with a viewer of parts, beside ${idle.toFixed(1)} % for taking it in`,
    ].join("; ");
  } finally {
    publisher.stop();
    await server.stop();
  }
}

async function playlistAddress({ httpPort }: Server): Promise<string> {
  const master = `http://127.0.0.1:${httpPort}/live/bench.m3u8`;
  const lines = (await (await fetch(master)).text()).split("\n");
  return new URL(lines.find((line) => line.includes("/v0.m3u8")) ?? "", master).href;
}

/** The newest part that has no keyframe: the others are much larger. */
async function usualPart(address: string): Promise<string> {
  const uris = [...(await (await fetch(address)).text()).matchAll(/PART:DURATION=[\d.]+,URI="([^"]+)"(?!,)/g)];
  return new URL(uris.at(-1)?.[1] ?? "", address).href;
}

/** Requests answered in a second, by wrk. */
async function requests(address: string, seconds: number): Promise<number> {
  const args = ["-c", loadCore, "wrk", "-t1", `-c${connections}`, `-d${seconds}s`, address];
  const text = await output(spawn("taskset", args));
  const errors = /Non-2xx[^\n]*|Socket errors[^\n]*/.exec(text)?.[0];
  if (errors) console.log(`${address}: ${errors}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? 0);
}

async function output(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (bytes) => {
    text += bytes;
  });
  await new Promise((resolve) => child.once("close", resolve));
  return text;
}

/** The server's share of a core, in per cent. */
async function cpuShare(server: Server, seconds: number): Promise<number> {
  const ticks = () =>
    server
      .pids()
      .split(",")
      .reduce((sum, pid) => {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return sum + Number(fields[11]) + Number(fields[12]);
      }, 0);
  const before = ticks();
  await pause(seconds * 1000);
  return (ticks() - before) / seconds; // a tick is 10 ms
}

/** Someone who watches parts, of picture and sound, while `measure` runs: some seconds later, as what is made for nobody has run for some seconds too. */
async function withViewer<T>(address: string, measure: () => Promise<T>): Promise<T> {
  let isDone = false;
  const watching = ["v0", "a0"].map(async (key) => {
    const own = address.replace("/v0.m3u8", `/${key}.m3u8`);
    let text = await (await fetch(own)).text();
    while (!isDone) {
      const hint = /PRELOAD-HINT:TYPE=PART,URI="[^"]*-(\d+)\.(\d+)\.m4s"/.exec(text);
      text = await (await fetch(`${own}?_HLS_msn=${hint?.[1]}&_HLS_part=${hint?.[2]}&_HLS_skip=YES`)).text();
      await (await fetch(await newestPartOf(text, own))).arrayBuffer();
    }
  });
  try {
    await pause(10_000);
    return await measure();
  } finally {
    isDone = true;
    await Promise.all(watching);
  }
}

async function newestPartOf(text: string, address: string): Promise<string> {
  const uris = [...text.matchAll(/PART:DURATION=[\d.]+,URI="([^"]+)"/g)];
  return new URL(uris.at(-1)?.[1] ?? "", address).href;
}

/** The fewest that were answered of one part's, how long after the first of them the last was: in the middle of the parts, and at worst. */
type Reloads = { readonly answered: number; readonly lastMs: number; readonly worstMs: number };

/** Many viewers, each with a token and a connection of its own, wait for the same part, and then for the same of the segment after. */
async function blockedReloads(server: Server, address: string): Promise<Reloads> {
  const addresses = await tokens(server);
  const text = await (await fetch(address)).text();
  const hint = /PRELOAD-HINT:TYPE=PART,URI="[^"]*-(\d+)\.(\d+)\.m4s"/.exec(text);
  const paths = addresses.map((each) => new URL(each).pathname);
  // Late in the next segment: all have asked before it comes.
  return reload(server.httpPort ?? 0, paths, Number(hint?.[1]) + 1);
}

/** The same load on a program that only writes as many bytes to as many sockets. */
async function reloadFloor(address: string): Promise<Reloads> {
  const packed = await fetch(address, { headers: { "accept-encoding": "gzip" } });
  const bytes = packed.headers.get("content-length") ?? "";
  await packed.arrayBuffer();
  const args = ["-c", serverCore, built("reload-floor.c"), String(floorPort), String(blocked), bytes];
  const child = spawn("taskset", args, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const { pathname } = new URL(address);
  return reload(
    floorPort,
    Array.from({ length: blocked }, () => pathname),
    0,
  );
}

async function reload(port: number, paths: readonly string[], msn: number): Promise<Reloads> {
  const args = [built("reloads.c"), "127.0.0.1", String(port), String(rounds), String(msn), "8"];
  const child = spawn("taskset", ["-c", loadCore, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(paths.map((path) => `${path}\n`).join(""));
  const lines = (await output(child)).trim().split("\n");
  const seen = lines.map((line) => line.split(" ").map(Number));
  const last = seen.map(([, , , , ms = Number.NaN]) => ms).sort((a, b) => a - b);
  return {
    answered: Math.min(...seen.map(([answered = 0]) => answered)),
    lastMs: last[last.length >> 1] ?? Number.NaN,
    worstMs: last.at(-1) ?? Number.NaN,
  };
}

async function tokens(server: Server): Promise<string[]> {
  const addresses: string[] = [];
  while (addresses.length < blocked) {
    const some = Array.from({ length: 50 }, () => playlistAddress(server));
    addresses.push(...(await Promise.all(some)));
  }
  return addresses;
}

/** A part, and the same bytes served by nginx from a file and by as little as node:http needs: in turns, because a machine has slow minutes; the middle of each. */
async function partsBesideOthers(address: string, seconds: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "part-bench-"));
  const file = join(folder, "part.m4s");
  const rates: Record<"own" | "nginx" | "node", number[]> = { own: [], nginx: [], node: [] };
  let length = 0;
  const measure = async (rates: number[], server: Server | undefined) => {
    if (!server) return;
    rates.push(await requests(`http://127.0.0.1:${server.httpPort}/part.m4s`, seconds));
    await server.stop();
  };
  try {
    for (let turn = 0; turn < turns; turn++) {
      const part = await usualPart(address);
      const bytes = new Uint8Array(await (await fetch(part)).arrayBuffer());
      length = bytes.length;
      writeFileSync(file, bytes);
      rates.own.push(await requests(part, seconds));
      await measure(rates.nginx, await startNginxFiles(folder));
      await measure(rates.node, await startPlainHttp(file));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const [own, nginx, node] = [rates.own, rates.nginx, rates.node].map(middle);
  return `parts of ${Math.round(length / 1000)} KB: ${own} a second (nginx from a file: ${nginx}; node:http that does nothing else: ${node}; the middle of ${turns} turns)`;
}

function middle(rates: number[]): string {
  const [half] = rates.sort((a, b) => a - b).slice(rates.length >> 1);
  return half === undefined ? "not installed" : round(half);
}

function round(value: number): string {
  return Math.round(value).toLocaleString("en");
}
