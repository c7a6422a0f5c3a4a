import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Api, type ApiRequest, apiOver } from "@sluice/api";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { localProof } from "../http/local-proof.ts";
import { exits } from "./exits.ts";
import { complain } from "./output.ts";
import { configProblems } from "./problems.ts";

/** What the server answered, in a sentence. */
export class Refused extends Error {}
/** Why nothing answers. */
class Unreachable extends Refused {}

type Ask = (request: ApiRequest, signal: AbortSignal) => Promise<Response>;

const limitMs = 15_000;

/** Runs a command that asks the running server. The exit code is 1 when it refuses and 3 when none answers, which is said in words. */
export function withApi(file: string, run: (api: Api) => Promise<void>): Promise<number> {
  return connected(file, (ask) =>
    run(
      apiOver(async (request) => {
        const response = await ask(request, AbortSignal.timeout(limitMs));
        const text = await response.text();
        return text === "" ? undefined : JSON.parse(text);
      }),
    ),
  );
}

/** The same for an answer that has no end: it is read until the signal says so. */
export function withStream(
  file: string,
  signal: AbortSignal,
  run: (open: (request: ApiRequest) => Promise<AsyncIterable<Uint8Array>>) => Promise<void>,
): Promise<number> {
  return connected(file, (ask) =>
    run(async (request) => {
      const { body } = await ask(request, signal);
      if (!body) throw new Refused("the server answered nothing");
      return body;
    }),
  );
}

async function connected(file: string, run: (ask: Ask) => Promise<void>): Promise<number> {
  try {
    const { config } = await loadConfig(file, process.env);
    await run(await connect(config, file));
    return exits.done;
  } catch (error) {
    complain(error instanceof Refused ? error.message : configProblems(file, error));
    return error instanceof Unreachable ? exits.unreachable : exits.refused;
  }
}

/** With `SLUICE_API_URL` and `SLUICE_API_TOKEN` a server elsewhere; otherwise the one of this configuration, whose secret shows that we may. */
async function connect({ http }: Config, file: string): Promise<Ask> {
  const token = process.env.SLUICE_API_TOKEN;
  const host = http.host === "::" || http.host === "0.0.0.0" ? "127.0.0.1" : http.host;
  const base = process.env.SLUICE_API_URL ?? `http://${host.includes(":") ? `[${host}]` : host}:${http.port}`;
  const secret = token === undefined ? await secretBeside(file) : undefined;
  return async ({ method, path, body }, signal) => {
    const url = new URL(`/api/v1/${path}`, base);
    const authorization = secret ? localProof(secret, method, url.pathname) : `Bearer ${token}`;
    const response = await fetch(url, {
      method,
      headers: { authorization, ...(body ? { "content-type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal,
    }).catch((error: unknown) => {
      throw new Unreachable(`no server answers at ${base}: ${reasonOf(error)}`);
    });
    if (response.ok) return response;
    throw new Refused(problemOf(await response.text()) ?? `the server answered ${response.status}`);
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
