import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { testCertificate } from "../../../testing/certificate.ts";
import { assertSigned, hookReceiver, hookSecret, hookTo, openedHooks } from "../../../testing/hook-receiver.ts";
import { until } from "../../../testing/host.ts";

test("every event is posted once, in order, signed, and with its kind and id as headers", async (t) => {
  const receiver = await hookReceiver(t);
  const { live, events, state } = await openedHooks(t, () => [hookTo(receiver.url)]);
  for (let index = 0; index < 50; index++) live(`${index}`);
  events.emit({ kind: "session refused", protocol: "rtmp", role: "viewer", rule: "access/denied" });
  await until(() => receiver.heard.length === 51, "all are there");
  assert.deepEqual(
    receiver.events().map(({ stream }) => stream),
    [...Array.from({ length: 50 }, (_, index) => `live/${index}`), undefined],
  );
  for (const heard of receiver.heard) {
    assertSigned(heard);
    assert.equal(heard.method, "POST");
    assert.equal(heard.headers["content-type"], "application/json");
    const { id, at, kind } = JSON.parse(heard.body) as Record<string, unknown>;
    assert.equal(heard.headers["sluice-delivery"], id);
    assert.equal(heard.headers["sluice-event"], String(kind).replace(" ", "-"));
    assert.ok(Number.isInteger(at));
  }
  assert.equal(new Set(receiver.heard.map(({ headers }) => headers["sluice-delivery"])).size, 51);
  while ((await state()).delivered !== 51) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([(await state()).failed, (await state()).queued], [0, 0]);
});

test("a hook is told of the kinds and apps that it asks for", async (t) => {
  const receiver = await hookReceiver(t);
  const { events, live } = await openedHooks(t, () => [
    hookTo(`${receiver.url}/kinds`, { kinds: ["session-refused"] }),
    hookTo(`${receiver.url}/apps`, { apps: ["show/one"] }),
    hookTo("", {}),
  ]);
  const session = { session: "1", protocol: "rtmp", role: "viewer", stream: "show/one/cam" } as const;
  live("cam");
  events.emit({ kind: "session opened", ...session });
  events.emit({ kind: "session refused", protocol: "rtmp", role: "viewer", rule: "access/denied" });
  events.emit({ kind: "session ended", ...session, figures: { bytes: 1 }, reason: "over" });
  await until(() => receiver.heard.length === 3, "three are there");
  const of = (path: string) =>
    receiver.heard.filter((heard) => heard.path === path).map(({ headers }) => headers["sluice-event"]);
  assert.deepEqual(of("/ask/kinds"), ["session-refused"]);
  assert.deepEqual(of("/ask/apps"), ["session-opened", "session-ended"]);
});

test("what has not arrived is tried again later and later, with the same id, and the rest waits behind it", async (t) => {
  let asked = 0;
  let late = new AbortController();
  const deadline = () => {
    late = new AbortController();
    return late.signal;
  };
  const receiver = await hookReceiver(t, (response) => {
    switch (++asked) {
      case 1:
        return void response.writeHead(500).end();
      case 2:
        return late.abort(); // and nothing has been said
      case 3:
        return void response.destroy();
      case 4:
        return void response.writeHead(302, { location: `${receiver.url}/elsewhere` }).end();
      case 5:
        return void response.writeHead(404).end();
      default:
        return void response.writeHead(200).end("x".repeat(200_000)); // more than anybody reads
    }
  });
  const { live, pauses, lines, state, dead } = await openedHooks(t, () => [hookTo(receiver.url)], {
    options: { deadline },
  });
  live("one");
  live("two");
  await until(() => receiver.heard.length === 7, "both are there");
  assert.deepEqual(
    receiver.events().map(({ stream }) => stream),
    [...Array.from({ length: 6 }, () => "live/one"), "live/two"],
  );
  assert.deepEqual(new Set(receiver.heard.map(({ path }) => path)), new Set(["/ask"]));
  assert.equal(new Set(receiver.heard.map(({ headers }) => headers["sluice-delivery"])).size, 2);
  for (const heard of receiver.heard) assertSigned(heard);
  const usual = [1_000, 5_000, 30_000, 120_000, 600_000];
  assert.equal(pauses.length, usual.length);
  for (const [index, ms] of usual.entries())
    assert.ok(Math.abs((pauses[index] ?? 0) - ms) <= ms / 4, `${pauses[index]} is about ${ms}`);
  assert.deepEqual(await dead(), []);
  assert.equal((await state()).lastError?.reason, "the answer has status 404");
  assert.equal(lines.filter((line) => line.startsWith("a webhook is not answered")).length, 1);
});

test("what cannot be delivered is kept, and arrives with the same id when it is sent again", async (t) => {
  let isAway = true;
  const receiver = await hookReceiver(t, (response) => response.writeHead(isAway ? 503 : 204).end());
  const settings = [hookTo(receiver.url)];
  const { hooks, live, ask, dead, buried, state, pauses } = await openedHooks(t, () => settings);
  live("one");
  const [letter] = await buried(1);
  assert.ok(letter);
  assert.deepEqual([letter.attempts, letter.reason], [6, "the answer has status 503"]);
  assert.equal(letter.host, new URL(receiver.url).host);
  assert.equal(pauses.length, 5);
  assert.deepEqual([(await state()).failed, (await state()).dead], [6, 1]);
  isAway = false;
  assert.deepEqual(await ask("POST", `hooks/dead/${letter.id}/replay`), { id: letter.id, state: "queued" });
  await until(() => receiver.heard.length === 7, "it is there");
  const last = receiver.heard.at(-1);
  assert.deepEqual([last?.headers["sluice-delivery"], last?.body], [letter.event, letter.body]);
  assert.deepEqual(await dead(), []);
  await assert.rejects(ask("POST", `hooks/dead/${letter.id}/replay`), { code: "hooks/letter" });

  isAway = true;
  live("two");
  const [second] = await buried(1);
  settings.pop();
  hooks.changed();
  await assert.rejects(ask("POST", `hooks/dead/${second?.id}/replay`), { code: "hooks/gone" });
  assert.equal((await dead()).length, 1);
  assert.equal(await ask("DELETE", `hooks/dead/${second?.id}`), undefined);
  await assert.rejects(ask("DELETE", `hooks/dead/${second?.id}`), { code: "hooks/letter" });
});

test("where nobody listens events become dead letters, and nothing else is held up", async (t) => {
  const receiver = await hookReceiver(t);
  const gone = await hookReceiver(t);
  gone.server.close();
  const { live, buried } = await openedHooks(t, () => [hookTo(gone.url), hookTo(receiver.url)]);
  live("one");
  const [letter] = await buried(1);
  assert.match(letter?.reason ?? "", /ECONNREFUSED/);
  await until(() => receiver.heard.length === 1, "the other hook has it");
});

test("of what waits the oldest are left out when there are too many, and counted", async (t) => {
  const receiver = await hookReceiver(t, (response) => response.writeHead(500).end());
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { live, state, buried } = await openedHooks(t, () => [hookTo(receiver.url, { queue: 3 })], {
    pause: () => gate,
  });
  live("first");
  await until(() => receiver.heard.length === 1, "the first is tried");
  for (let index = 0; index < 10; index++) live(`${index}`);
  assert.deepEqual([(await state()).queued, (await state()).dropped], [3, 7]);
  go();
  const letters = await buried(4);
  assert.deepEqual(
    letters.map(({ body }) => (JSON.parse(body) as { stream: string }).stream),
    ["live/9", "live/8", "live/7", "live/first"],
  );
});

test("what waits takes no more than 8 MiB", async (t) => {
  const receiver = await hookReceiver(t, () => {});
  const { events, live, state } = await openedHooks(t, () => [hookTo(receiver.url, { queue: 100_000 })]);
  live("first");
  await until(() => receiver.heard.length === 1, "the first is tried");
  const reason = "x".repeat(60_000);
  for (let index = 0; index < 150; index++)
    events.emit({ kind: "transcoder", stream: "live/a", state: "failed", reason });
  events.emit({ kind: "transcoder", stream: "live/a", state: "failed", reason: reason + reason });
  const { queued, dropped } = await state();
  assert.equal(Number(queued) + Number(dropped), 151);
  assert.ok(Number(queued) * 60_000 <= 8 * 1024 * 1024 && Number(dropped) > 0);
});

test("settings change for what comes, and what waits for the same address stays", async (t) => {
  const receiver = await hookReceiver(t);
  let settings = [hookTo(receiver.url, { secret: "the-old-secret" })];
  const { hooks, live, state } = await openedHooks(t, () => settings);
  live("one");
  await until(() => receiver.heard.length === 1, "the first is there");
  settings = [hookTo(receiver.url, { secret: "" })];
  hooks.changed();
  live("two");
  await until(() => receiver.heard.length === 2, "the second is there");
  assert.equal(receiver.heard[1]?.headers["sluice-signature"], undefined);
  settings = [];
  hooks.changed();
  live("three");
  assert.deepEqual(await state(), {});
  assert.equal(receiver.heard.length, 2);
});

test("what is under way when settings change arrives once", async (t) => {
  let answer = () => {};
  const receiver = await hookReceiver(t, (response) => {
    answer = () => void response.end();
  });
  let settings = [hookTo(receiver.url, { secret: "the-old-secret" })];
  const { hooks, live, state } = await openedHooks(t, () => settings);
  live("one");
  await until(() => receiver.heard.length === 1, "it is there");
  settings = [hookTo(receiver.url, { secret: "" })];
  hooks.changed();
  live("two");
  answer();
  await until(() => receiver.heard.length === 2, "the second is there");
  answer();
  while ((await state()).delivered !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([(await state()).failed, receiver.heard.length], [0, 2]);
});

test("when the server stops, what can be delivered is, and the rest is kept", async (t) => {
  const receiver = await hookReceiver(t);
  const refusing = await hookReceiver(t, (response) => response.writeHead(500).end());
  const pause = (_: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  const { hooks, live, dead } = await openedHooks(t, () => [hookTo(receiver.url), hookTo(refusing.url)], { pause });
  for (const name of ["one", "two", "three"]) live(name);
  await until(() => refusing.heard.length === 1, "the first is tried");
  await hooks.close();
  assert.equal(receiver.heard.length, 3);
  assert.deepEqual((await dead()).map(({ body }) => (JSON.parse(body) as { stream: string }).stream).sort(), [
    "live/one",
    "live/three",
    "live/two",
  ]);
  live("four");
  assert.equal(receiver.heard.length, 3);
});

test("an address that may not be posted to is not connected to, and its events are dead letters at once", async (t) => {
  const receiver = await hookReceiver(t);
  const { port } = new URL(receiver.url);
  const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
  const urls = [
    receiver.url,
    `http://2130706433:${port}/`,
    `http://[::ffff:7f00:1]:${port}/`,
    `http://a.example:${port}/`,
  ];
  const settings = urls.map((url) => hookTo(url, { private: false, plain: true }));
  const { live, buried, pauses, ask } = await openedHooks(t, () => settings, { options: { resolve } });
  live("one");
  for (const { attempts, reason } of await buried(4)) {
    assert.equal(attempts, 1);
    assert.match(reason, /^hooks\/address: /);
  }
  assert.deepEqual([pauses.length, receiver.heard.length], [0, 0]);
  const tested = await ask<{ arrived: boolean; reason: string }>("POST", "hooks/3/test");
  assert.equal(tested.arrived, false);
  assert.match(tested.reason, /^hooks\/address: /);
  await assert.rejects(ask("POST", "hooks/4/test"), { code: "hooks/not-found" });
});

test("a name is looked up once for a connection, which goes to what was looked at", async (t) => {
  const receiver = await hookReceiver(t);
  const asked: string[] = [];
  const resolve = async (name: string) => {
    asked.push(name);
    return [{ address: "127.0.0.1", family: 4 }];
  };
  const url = `http://hook.example:${new URL(receiver.url).port}/`;
  const { ask } = await openedHooks(t, () => [hookTo(url)], { options: { resolve } });
  assert.deepEqual(await ask("POST", "hooks/0/test"), { arrived: true, reason: "", status: 204 });
  assert.deepEqual(asked, ["hook.example"]);
  const [heard] = receiver.heard;
  assert.ok(heard);
  assertSigned(heard);
  assert.deepEqual([heard.headers.host, heard.headers["sluice-event"]], [new URL(url).host, "test"]);
});

test("over HTTPS nothing is posted to who has no valid certificate for the name", async (t) => {
  const certificate = await testCertificate("hook.example", { names: ["hook.example"] });
  let heard = 0;
  const server = createServer(certificate, (_, response) => {
    heard++;
    response.writeHead(204).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
  const urls = [`https://hook.example:${port}/`, `https://other.example:${port}/`];
  const trusting = { options: { resolve, ca: certificate.cert } };
  const { ask } = await openedHooks(t, () => urls.map((url) => hookTo(url)), trusting);
  const strict = await openedHooks(t, () => urls.map((url) => hookTo(url)), { options: { resolve } });
  type Tested = { readonly arrived: boolean; readonly reason: string };
  assert.match((await strict.ask<Tested>("POST", "hooks/0/test")).reason, /self-signed certificate/);
  assert.match((await ask<Tested>("POST", "hooks/1/test")).reason, /does not match/);
  assert.equal(heard, 0);
  assert.equal((await ask<Tested>("POST", "hooks/0/test")).arrived, true);
  assert.equal(heard, 1);
});

test("neither the log nor an answer nor a dead letter has a hook's secrets", async (t) => {
  const receiver = await hookReceiver(t, (response) => response.writeHead(500).end());
  const url = receiver.url.replace("http://", "http://user:password-secret@").replace("/ask", "/path-secret");
  const { live, ask, buried, lines, state } = await openedHooks(t, () => [hookTo(url)]);
  live("one");
  const shown = JSON.stringify([
    await buried(1),
    await ask("GET", "hooks"),
    await ask("POST", "hooks/0/test"),
    await state(),
    lines,
  ]);
  assert.equal(receiver.heard[0]?.path, "/path-secret");
  for (const secret of [hookSecret, "password-secret", "path-secret", "user:"])
    assert.ok(!shown.includes(secret), `${secret} in ${shown}`);
});
