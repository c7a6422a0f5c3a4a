import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Events } from "../src/core/events.ts";
import type { ApiCall } from "../src/http/api.ts";
import type { HookSettings } from "../src/services/hooks/hook.ts";
import { type HooksParts, openHooks } from "../src/services/hooks/index.ts";
import { openRecords } from "../src/storage/records/index.ts";
import { callbackServer, type Heard } from "./callback-server.ts";

export const hookSecret = "a-secret-that-signs-what-is-posted";

/** A program that hears hooks. It answers as `answer` says, and otherwise with 204. */
export async function hookReceiver(t: TestContext, answer?: (response: ServerResponse, heard: Heard) => void) {
  const server = await callbackServer(t, answer ?? ((response) => response.writeHead(204).end()));
  return { ...server, events: () => server.heard.map(({ body }) => JSON.parse(body) as Record<string, unknown>) };
}

/** Judges the signature as a receiver would, from the documentation alone. */
export function assertSigned({ headers, body }: Heard, secret = hookSecret): void {
  const [, time = "", sum = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["sluice-signature"])) ?? [];
  assert.equal(createHmac("sha256", secret).update(`${time}.${body}`).digest("hex"), sum);
  assert.ok(Math.abs(Date.now() / 1_000 - Number(time)) < 300);
}

/** A hook's settings: this receiver, everything, signed. */
export function hookTo(url: string, more: Partial<HookSettings> = {}): HookSettings {
  return { url, secret: hookSecret, kinds: [], apps: [], private: true, plain: false, queue: 1_000, ...more };
}

/** Hooks with records and events of their own; nobody waits between attempts unless `pause` does. */
export async function openedHooks(
  t: TestContext,
  settings: () => readonly HookSettings[],
  { pause, options }: Pick<HooksParts, "pause" | "options"> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-hooks-"));
  const records = await openRecords({ file: join(folder, "records.db") });
  const events = new Events();
  const lines: string[] = [];
  const pauses: number[] = [];
  const line = (fields: object, text: string) => void lines.push(`${text} ${JSON.stringify(fields)}`);
  const hooks = openHooks({
    events,
    records,
    log: { debug: line, info: line, warn: line, error: line },
    settings,
    pause: async (ms, signal) => {
      pauses.push(ms);
      await pause?.(ms, signal);
    },
    ...(options ? { options } : {}),
  });
  t.after(async () => {
    await hooks.close();
    await records.close();
    await rm(folder, { recursive: true, force: true });
  });
  const ask = async <T>(method: string, path: string): Promise<T> => {
    for (const route of hooks.routes) {
      const form = new RegExp(`^${route.path.replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
      const params = route.method === method ? form.exec(path) : null;
      const call: Partial<ApiCall> = { params: new Map(Object.entries(params?.groups ?? {})), query: new Map() };
      if (params) return (await route.handle(call as ApiCall)) as T;
    }
    throw new Error(`there is no ${method} ${path}`);
  };
  type State = Readonly<Record<string, unknown>> & { readonly lastError?: { readonly reason: string } };
  const state = async (index = 0) => (await ask<{ items: State[] }>("GET", "hooks")).items[index] ?? {};
  type Dead = { readonly id: string; readonly event: string; readonly body: string; readonly reason: string } & {
    readonly attempts: number;
    readonly host: string;
  };
  const dead = async () => (await ask<{ items: Dead[] }>("GET", "hooks/dead")).items;
  /** Waits for the records to have so many dead letters. */
  const buried = async (count: number) => {
    let found = await dead();
    for (let tries = 0; found.length !== count && tries < 3_000; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      found = await dead();
    }
    assert.equal(found.length, count);
    return found;
  };
  const live = (name: string) => events.emit({ kind: "stream", stream: `live/${name}`, state: "live" });
  return { hooks, events, live, records, lines, pauses, ask, state, dead, buried };
}
