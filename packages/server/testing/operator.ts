import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ApiRoute } from "../src/http/api.ts";
import { operatorRoutes } from "../src/services/accounts/index.ts";
import { Bans } from "../src/services/auth/bans.ts";
import { authRoutes } from "../src/services/auth/routes.ts";
import { audienceRoutes } from "../src/services/live/audience.ts";
import { Feed } from "../src/services/live/feed.ts";
import { liveRoutes } from "../src/services/live/routes.ts";
import { watchHealth } from "../src/services/publishers/index.ts";
import { openRecords, type Records } from "../src/storage/records/index.ts";
import { type TestHost, type TestHostOptions, testHost } from "./host.ts";

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };

export type Operated = {
  readonly host: TestHost;
  readonly records: Records;
  readonly bans: Bans;
  readonly routes: readonly ApiRoute[];
  /** Asks the API; `body` goes as JSON. */
  call(method: string, path: string, options?: { headers?: Record<string, string>; body?: unknown }): Promise<Answer>;
};

/** A server with its API and records in a folder of their own. `passwordHash`: the configuration's. */
export async function operated(t: TestContext, passwordHash: string, options?: TestHostOptions): Promise<Operated> {
  const host = await testHost(options);
  const folder = await mkdtemp(join(tmpdir(), "sluice-records-"));
  const records = await openRecords({ file: join(folder, "records.db") });
  const feed = new Feed(host.events);
  const health = watchHealth(host.hub);
  const audience = audienceRoutes(host);
  t.after(async () => {
    feed.close();
    health.close();
    audience.close();
    await host.close();
    await records.close();
    await rm(folder, { recursive: true, force: true });
  });
  const { hub, sessions, log } = host;
  const bans = new Bans();
  const { routes, page } = operatorRoutes({
    records,
    log,
    secret: Buffer.alloc(32),
    passwordHash: () => passwordHash,
    routes: [
      ...liveRoutes({ hub, sessions, health, feed }),
      ...audience.routes,
      ...authRoutes({ records, grants: sessions.grants, bans, sessions, trusted: () => ["127.0.0.1", "::1"] }),
    ],
  });
  host.http.page(page);
  return {
    host,
    records,
    bans,
    routes,
    async call(method, path, { headers = {}, body } = {}) {
      const response = await fetch(`http://127.0.0.1:${host.ports["http.port"]}/api/v1/${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const isEndless = response.headers.get("content-type") === "text/event-stream";
      if (isEndless) await response.body?.cancel();
      const text = isEndless ? "" : await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>,
      };
    },
  };
}

export function basic(name: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}
