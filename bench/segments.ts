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
const bursts = 5;

/** What HTTP streaming costs: playlists, parts beside nginx, waiting reloads, packaging; in sentences. Needs wrk (Debian: `wrk`). */
export async function segments(seconds: number): Promise<string> {
  if (spawnSync("wrk", ["-v"]).error) return "Segments: not measured, because wrk is not installed (Debian: wrk)";
  const server = await startSluice();
  const publisher = publish(server.rtmpPort ?? 0, { seconds: 12 * seconds + 70, kbps: 4_000 });
  try {
    await pause(10_000);
    const idle = await cpuShare(server, seconds);
    const address = await playlistAddress(server);
    const watched = await withViewer(address, () => cpuShare(server, seconds));
    const playlists = await requests(address, seconds);
    const part = await usualPart(address);
    const bytes = new Uint8Array(await (await fetch(part)).arrayBuffer());
    const parts = await requests(part, Math.min(seconds, 5));
    const reloads = await blockedReloads(server, address);
    const floor = await reloadFloor(address);
    const others = await otherServers(bytes, Math.min(seconds, 5));
    return [
      `HLS: ${round(playlists)} playlists a second on one core over ${connections} connections, the viewer's token checked on each`,
      `parts of ${Math.round(bytes.length / 1000)} KB: ${round(parts)} a second (${others})`,
      `of ${blocked.toLocaleString("en")} waiting reloads ${reloads.answered} answered, 99 in 100 within ${reloads.p99Ms.toFixed(0)} ms of the first and the last after ${reloads.lastMs.toFixed(0)} ms (the middle of ${bursts} bursts; a C program that writes as much to as many sockets: ${floor.lastMs.toFixed(0)} ms)`,
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

type Reloads = { readonly answered: number; readonly p99Ms: number; readonly lastMs: number };

/** Many viewers, each with a token of its own, wait for the same part: how long after the first of them the others are answered; the middle of some bursts, as what answers runs at each part. */
async function blockedReloads(server: Server, address: string): Promise<Reloads> {
  const addresses = await tokens(server);
  const seen: Reloads[] = [];
  for (let burst = 0; burst < bursts; burst++) {
    const text = await (await fetch(address)).text();
    const hint = /PRELOAD-HINT:TYPE=PART,URI="[^"]*-(\d+)\.(\d+)\.m4s"/.exec(text);
    // Late in the next segment: all have asked before it comes.
    const query = `?_HLS_msn=${Number(hint?.[1]) + 1}&_HLS_part=8`;
    const paths = addresses.map((each) => `${new URL(each).pathname}${query}`);
    seen.push(await askAll(server.httpPort ?? 0, paths));
  }
  const sorted = seen.sort((a, b) => a.lastMs - b.lastMs);
  const answered = Math.min(...seen.map((each) => each.answered));
  const { p99Ms = 0, lastMs = 0 } = sorted[bursts >> 1] ?? {};
  return { answered, p99Ms, lastMs };
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
  return askAll(
    floorPort,
    Array.from({ length: blocked }, () => pathname),
  );
}

async function askAll(port: number, paths: readonly string[]): Promise<Reloads> {
  const child = spawn("taskset", ["-c", loadCore, built("reloads.c"), "127.0.0.1", String(port)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(paths.map((path) => `${path}\n`).join(""));
  const [answered = 0, , , p99Ms = 0, lastMs = 0] = (await output(child)).trim().split(" ").map(Number);
  return { answered, p99Ms, lastMs };
}

async function tokens(server: Server): Promise<string[]> {
  const addresses: string[] = [];
  while (addresses.length < blocked) {
    const some = Array.from({ length: 50 }, () => playlistAddress(server));
    addresses.push(...(await Promise.all(some)));
  }
  return addresses;
}

/** The same part served by nginx from a file, and by as little as node:http needs: what the machine gives. */
async function otherServers(bytes: Uint8Array, seconds: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "part-bench-"));
  const file = join(folder, "part.m4s");
  writeFileSync(file, bytes);
  const measure = async (server: Server | undefined) => {
    if (!server) return "not installed";
    const rate = await requests(`http://127.0.0.1:${server.httpPort}/part.m4s`, seconds);
    await server.stop();
    return round(rate);
  };
  try {
    const nginx = await measure(await startNginxFiles(folder));
    return `nginx from a file: ${nginx}; node:http that does nothing else: ${await measure(await startPlainHttp(file))}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function round(value: number): string {
  return Math.round(value).toLocaleString("en");
}
