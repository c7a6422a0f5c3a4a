import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { built } from "./load.ts";

/** A server under measurement: where it listens, and what it costs. */
export type Server = {
  readonly label: string;
  /** Undefined for what makes the stream itself. */
  readonly rtmpPort: number | undefined;
  readonly httpPort: number | undefined;
  /** Its process and all below it, for reading their time and memory. */
  pids(): string;
  stop(): Promise<void>;
};

const root = fileURLToPath(new URL("..", import.meta.url));
/** The server has the first core to itself; the load has the second. */
const serverCore = "0";

/** Sluice as it ships: built, with default settings; only the ports and the key are the bench's. */
export async function startSluice(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const config = join(folder, "sluice.yaml");
  writeFileSync(
    config,
    "auth: open\nrtmp: { host: 127.0.0.1, port: 21935, securePort: 21936 }\nhttp: { host: 127.0.0.1, port: 28080, securePort: 28443 }\nlog: { level: warn }\n",
  );
  const cli = join(root, "packages/server/bin/sluice.mjs");
  const child = pinned([process.execPath, cli, "serve", "--config", config], folder);
  await portOpen(21935, child);
  await portOpen(28080, child);
  return server("Sluice", child, 21935, 28080, folder);
}

/** No server: a program that only sends the same FLV bytes to the same sockets, once in each window. */
export async function startFloor(windowMs: number): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "floor-bench-"));
  const child = pinned([built("floor.c"), "28090", String(windowMs)], folder);
  await portOpen(28090, child);
  return server(`floor, ${windowMs} ms`, child, undefined, 28090, folder);
}

/** nginx with its RTMP module, one worker, default settings; undefined where it is not installed. */
export async function startNginxRtmp(): Promise<Server | undefined> {
  const modules = ["/usr/lib/nginx/modules", "/usr/share/nginx/modules"].find((each) =>
    existsSync(join(each, "ngx_rtmp_module.so")),
  );
  if (!modules || spawnSync("nginx", ["-v"]).error) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "nginx-bench-"));
  mkdirSync(join(folder, "logs"));
  writeFileSync(
    join(folder, "nginx.conf"),
    `load_module ${modules}/ngx_rtmp_module.so;
worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_rlimit_nofile 60000;
events { worker_connections 40000; }
rtmp { server { listen 127.0.0.1:21945; application live { live on; } } }
`,
  );
  const child = pinned(["nginx", "-p", folder, "-c", join(folder, "nginx.conf")], folder);
  await portOpen(21945, child);
  return server("nginx-rtmp", child, 21945, undefined, folder);
}

/** nginx that serves a folder's files; undefined where it is not installed. */
export async function startNginxFiles(files: string): Promise<Server | undefined> {
  if (spawnSync("nginx", ["-v"]).error) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "nginx-bench-"));
  mkdirSync(join(folder, "logs"));
  writeFileSync(
    join(folder, "nginx.conf"),
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; user root;
events { worker_connections 4000; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; server { listen 127.0.0.1:28091; root ${files}; } }
`,
  );
  const child = pinned(["nginx", "-p", folder, "-c", join(folder, "nginx.conf")], folder);
  await portOpen(28091, child);
  return server("nginx", child, undefined, 28091, folder);
}

/** A server that knows one answer, written with node:http alone. */
export async function startPlainHttp(file: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "plain-bench-"));
  const child = pinned([process.execPath, join(root, "bench/plain-http.mjs"), "28092", file], folder);
  await portOpen(28092, child);
  return server("node:http", child, undefined, 28092, folder);
}

function pinned([command = "", ...args]: string[], folder: string): ChildProcess {
  return spawn("taskset", ["-c", serverCore, command, ...args], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function server(
  label: string,
  child: ChildProcess,
  rtmpPort: number | undefined,
  httpPort: number | undefined,
  folder: string,
): Server {
  const pids = () => tree(child.pid ?? 0).join(",");
  const stop = async () => {
    const exited = child.exitCode === null ? once(child, "exit") : undefined;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 8_000);
    await exited;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  return { label, rtmpPort, httpPort, pids, stop };
}

/** What processes hold in memory now, in MiB. */
export function residentMiB(pids: string): number {
  const kib = pids.split(",").map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  });
  return kib.reduce((sum, each) => sum + each, 0) / 1024;
}

/** A process and its descendants, as the kernel lists them. */
function tree(pid: number): number[] {
  const parents = new Map<number, number[]>();
  for (const each of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${each}/stat`, "latin1");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(each)]);
    } catch {
      // It ended while we looked.
    }
  }
  const found = [pid];
  for (const each of found) found.push(...(parents.get(each) ?? []));
  return found;
}

async function portOpen(port: number, child: ChildProcess): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    if (child.exitCode !== null) throw new Error(`the server on port ${port} ended with code ${child.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing listens on port ${port}`);
}
