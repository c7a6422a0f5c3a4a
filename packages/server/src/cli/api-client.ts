import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { localProof } from "../http/local-proof.ts";
import { complain } from "./output.ts";
import { configProblems } from "./problems.ts";

/** What the server answered, or why there is no answer, in a sentence. */
class Refused extends Error {}

export type Api = (method: string, path: string, body?: object) => Promise<unknown>;

const limitMs = 15_000;

/** Runs a command that asks the running server; the exit code is 1 when that goes wrong, in words. */
export async function withApi(file: string, run: (api: Api, config: Config) => Promise<void>): Promise<number> {
  try {
    const { config } = await loadConfig(file, process.env);
    await run(await connect(config, file), config);
    return 0;
  } catch (error) {
    complain(error instanceof Refused ? error.message : configProblems(file, error));
    return 1;
  }
}

/** With `SLUICE_API_URL` and `SLUICE_API_TOKEN` a server elsewhere; otherwise the one of this configuration, whose secret shows that we may. */
async function connect({ http }: Config, file: string): Promise<Api> {
  const token = process.env.SLUICE_API_TOKEN;
  const host = http.host === "::" || http.host === "0.0.0.0" ? "127.0.0.1" : http.host;
  const base = process.env.SLUICE_API_URL ?? `http://${host.includes(":") ? `[${host}]` : host}:${http.port}`;
  const secret = token === undefined ? await secretBeside(file) : undefined;
  return async (method, path, body) => {
    const url = new URL(`/api/v1/${path}`, base);
    const authorization = secret ? localProof(secret, method, url.pathname) : `Bearer ${token}`;
    const response = await fetch(url, {
      method,
      headers: { authorization, ...(body ? { "content-type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(limitMs),
    }).catch((error: unknown) => {
      throw new Refused(`no server answers at ${base}: ${reasonOf(error)}`);
    });
    const text = await response.text();
    if (response.ok) return text === "" ? undefined : JSON.parse(text);
    throw new Refused(problemOf(text) ?? `the server answered ${response.status}`);
  };
}

async function secretBeside(file: string): Promise<Uint8Array> {
  const path = join(dirname(file), ".sluice", "secret");
  return readFile(path).catch(() => {
    throw new Refused(
      `${path} cannot be read: run this as the server's user beside its configuration, or set SLUICE_API_TOKEN`,
    );
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function problemOf(text: string): string | undefined {
  try {
    const { detail, code } = JSON.parse(text) as { detail?: string; code?: string };
    return detail && `${detail} (${code})`;
  } catch {
    return undefined;
  }
}
