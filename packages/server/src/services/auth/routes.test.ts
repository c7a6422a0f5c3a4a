import assert from "node:assert/strict";
import test from "node:test";
import { basic, operated } from "../../../testing/operator.ts";
import { hashPassword } from "../../config/password.ts";
import type { AccessRequest, Decision } from "../../core/access.ts";
import { streamName } from "../../core/stream-name.ts";
import { authoriser } from "./authoriser.ts";
import { Bans } from "./bans.ts";
import { keepRights } from "./kept-rights.ts";
import { keyLink } from "./stream-keys.ts";

const hash = await hashPassword("a-good-password");
const headers = basic("me", "a-good-password");

async function served(t: test.TestContext) {
  const server = await operated(t, hash);
  const { host, records } = server;
  const access = authoriser({
    app: () => ({
      publish: [keyLink({ configured: () => [], kept: (each) => records.streamKeys.byHash(each) })],
      play: [],
      open: false,
    }),
    grants: host.sessions.grants,
    rules: [],
    refused: () => {},
  });
  const publish = (path: string, key: string): Promise<Decision> | Decision => {
    const [app = "", name = ""] = path.split("/");
    const stream = streamName(app, name) ?? assert.fail(path);
    const request: AccessRequest = {
      action: "publish",
      stream,
      protocol: "test",
      address: "192.0.2.1",
      query: new Map([["key", key]]),
      headers: new Map(),
    };
    return access.decide(request);
  };
  /** Somebody who publishes with the key; why they were sent away is in `reasons`. */
  const session = async (path: string, key: string, reasons: string[]) => {
    const grant = await publish(path, key);
    assert.ok(grant.allowed);
    const ended = host.sessions.open({
      protocol: "test",
      role: "publisher",
      stream: streamName("live", "cam") ?? assert.fail(),
      address: "192.0.2.1",
      grant,
      figures: () => ({ bytes: 0 }),
      close: (reason) => {
        reasons.push(reason);
        ended(reason);
      },
    });
  };
  return { ...server, publish, session };
}

test("a stream key opens the streams it is for and no others, and is shown once", async (t) => {
  const { call, publish } = await served(t);
  const made = (await call("POST", "keys", { headers, body: { app: "live", stream: "cam*", label: "studio" } })).body;
  const key = String(made.key);
  assert.match(key, /^[\w-]{32}$/);
  assert.equal((await publish("live/cam1", key)).allowed, true);
  const refusals = [
    await publish("live/other", key),
    await publish("other/cam1", key),
    await publish("live/cam1", `${key}x`),
  ];
  assert.deepEqual(
    refusals.map((each) => !each.allowed && [each.rule, each.reason]),
    Array.from({ length: 3 }, () => ["stream-key/wrong", "the stream key is not valid"]),
  );
  const listed = JSON.stringify((await call("GET", "keys?app=live", { headers })).body);
  assert.ok(listed.includes("studio"));
  assert.ok(!listed.includes(key) && !/hash|salt/i.test(listed));
});

test("of several keys for a stream each is disabled, rotated and removed alone, and who publishes with it is sent away", async (t) => {
  const { call, publish, session } = await served(t);
  const body = { app: "live", stream: "cam" };
  const keys = [];
  for (let each = 0; each < 3; each++) keys.push((await call("POST", "keys", { headers, body })).body);
  const ended: string[][] = [[], [], []];
  for (const [index, { key }] of keys.entries()) await session("live/cam", String(key), ended[index] ?? []);
  const [first, second, third] = keys;
  await call("PATCH", `keys/${first?.id}`, { headers, body: { disabled: true } });
  assert.deepEqual(
    ended.map(({ length }) => length),
    [1, 0, 0],
  );
  const rotated = (await call("PATCH", `keys/${second?.id}`, { headers, body: { rotate: true } })).body;
  assert.deepEqual(
    ended.map(({ length }) => length),
    [1, 1, 0],
  );
  assert.equal((await call("DELETE", `keys/${third?.id}`, { headers })).status, 204);
  assert.deepEqual(
    ended,
    Array.from({ length: 3 }, () => ["the right to do this was revoked"]),
  );
  const may = await Promise.all([first, second, third, rotated].map((each) => publish("live/cam", String(each?.key))));
  assert.deepEqual(
    may.map(({ allowed }) => allowed),
    [false, false, false, true],
  );
  await call("PATCH", `keys/${first?.id}`, { headers, body: { disabled: false } });
  assert.equal((await publish("live/cam", String(first?.key))).allowed, true);
  assert.equal((await call("PATCH", "keys/nothing", { headers, body: { rotate: true } })).status, 404);
});

test("a key with an end gives a right that ends then", async (t) => {
  const { call, publish } = await served(t);
  const expiresAt = Date.now() + 60_000;
  const made = (await call("POST", "keys", { headers, body: { app: "live", stream: "cam", expiresAt } })).body;
  const grant = await publish("live/cam", String(made.key));
  assert.equal(grant.allowed && grant.expiresAt, expiresAt);
  await call("PATCH", `keys/${made.id}`, { headers, body: { expiresAt: 1 } });
  assert.equal((await publish("live/cam", String(made.key))).allowed, false);
});

test("a right is revoked by its name: its sessions end, it gives no new one, and that holds for whoever reads the records anew", async (t) => {
  const { call, publish, session, records, host } = await served(t);
  const { key, grant } = (await call("POST", "keys", { headers, body: { app: "live", stream: "cam" } })).body;
  const ended: string[] = [];
  await session("live/cam", String(key), ended);
  const answer = await call("POST", "revocations", { headers, body: { grant, reason: "lost" } });
  assert.deepEqual([answer.status, answer.body.ended, ended.length], [200, 1, 1]);
  const refused = await publish("live/cam", String(key));
  assert.equal(!refused.allowed && refused.rule, "access/revoked");
  const { Grants } = await import("../../core/grants.ts");
  const anew = new Grants();
  const stop = await keepRights(records, { grants: anew, bans: new Bans(), sessions: host.sessions }, host.log);
  assert.equal(anew.isRevoked(String(grant)), true);
  stop();
  anew.close();
  const items = (await call("GET", "revocations", { headers })).body.items as { grant: string; reason: string }[];
  assert.deepEqual(
    items.map(({ reason }) => reason),
    ["lost"],
  );
  assert.equal((await call("POST", "revocations", { headers, body: {} })).status, 400);
});
