import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { peer, until } from "./peers.ts";

const main = fileURLToPath(new URL("../packages/server/bin/main.mjs", import.meta.url));

export type RealServer = {
  readonly rtmp: string;
  readonly rtmps: string;
  readonly http: string;
  readonly folder: string;
  readonly pid: number;
  /** All that it has logged, one record a line. */
  log(): Record<string, unknown>[];
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
};

/** Starts the built server as a process of its own, on ports of its own; it stops when the test is over. `config` null: it starts for the first time, and makes one. `furnish` puts what the server finds beside its configuration. */
export function startServer(
  t: TestContext,
  config: string | null = "auth: open\n",
  env: Record<string, string> = {},
  furnish: (folder: string) => void = () => {},
): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-e2e-"));
  furnish(folder);
  return startIn(folder, t, config, env);
}

/** Starts a server that has stopped once more: with its ports, and with what it keeps. */
export function startAgain(t: TestContext, before: RealServer, config = "auth: open\n"): Promise<RealServer> {
  return startIn(before.folder, t, config, {
    SLUICE_RTMP_PORT: new URL(before.rtmp).port,
    SLUICE_HTTP_PORT: new URL(before.http).port,
  });
}

async function startIn(
  folder: string,
  t: TestContext,
  config: string | null,
  env: Record<string, string>,
): Promise<RealServer> {
  const file = join(folder, "sluice.yaml");
  if (config !== null) writeFileSync(file, config);
  const settings = {
    SLUICE_RTMP_PORT: "0",
    SLUICE_RTMP_SECURE_PORT: "0",
    SLUICE_HTTP_PORT: "0",
    SLUICE_HTTP_SECURE_PORT: "0",
    SLUICE_LOG_FORMAT: "json",
    SLUICE_LOG_LEVEL: "debug",
  };
  const { child, text, done } = peer(process.execPath, [main, "serve", "--config", file], {
    env: { ...settings, ...env },
  });
  t.after(async () => {
    child.kill("SIGKILL");
    await done;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 }); // a program that was killed may still write
  });
  const log = () =>
    text.out.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Record<string, unknown>] : []));
  const listening = () =>
    log().find(({ message }) => message === "listening")?.ports as Record<string, number> | undefined;
  await until(() => listening() !== undefined || child.exitCode !== null, "the server listens");
  const ports = listening();
  if (!ports) throw new Error(`the server did not start: ${text.out}${text.err}`);
  return {
    rtmp: `rtmp://127.0.0.1:${ports["rtmp.port"]}`,
    rtmps: `rtmps://127.0.0.1:${ports["rtmp.securePort"]}`,
    http: `http://127.0.0.1:${ports["http.port"]}`,
    folder,
    pid: child.pid ?? 0,
    log,
    output: () => text.out + text.err,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      return (await done).code;
    },
  };
}

/** Whether a stream is live, as a viewer would find out. */
export async function isLive(server: RealServer, stream: string): Promise<boolean> {
  const response = await fetch(`${server.http}/${stream}.flv`, { method: "HEAD" });
  return response.status === 200;
}
