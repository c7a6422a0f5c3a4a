import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { rtmpClient, rtmpViewer } from "../../../testing/clients.ts";
import { until } from "../../../testing/host.ts";
import { MovingPublisher } from "../../../testing/moving-publisher.ts";
import { operatorOf } from "../../../testing/whole-operator.ts";
import { type WholeServer, wholeServer } from "../../../testing/whole-server.ts";
import { Backoff } from "./backoff.ts";
import { relayReach } from "./reach.ts";
import type { RelayView } from "./relay.ts";
import { shownTarget } from "./target.ts";

const cam = { app: "live", name: "cam", path: "live/cam" };

function lines(server: WholeServer): { message: string; [key: string]: unknown }[] {
  return server.lines.map((line) => JSON.parse(line));
}

async function relays(server: WholeServer, what: "pushes" | "pulls"): Promise<readonly RelayView[]> {
  const operator = await operatorOf(server);
  return (await operator.get<{ items: RelayView[] }>(what)).items;
}

/** Waits for what an answer of the API says. */
async function seen(find: () => Promise<boolean>, expected: string): Promise<void> {
  for (const end = performance.now() + 30_000; !(await find()); ) {
    if (performance.now() > end) throw new Error(`waited in vain until ${expected}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function publisher(t: TestContext, server: WholeServer): Promise<MovingPublisher> {
  const made = await MovingPublisher.open(server.rtmp, "cam", "both at once");
  t.after(() => made.client.socket.destroy());
  return made;
}

test("pushes of the configuration come and go with it, the others stay, and no key of theirs is seen anywhere", async (t) => {
  const there = await wholeServer(t, "auth: open");
  const push = (name: string) => `{ url: "rtmp://127.0.0.1:${there.rtmp}/live/${name}", private: true }`;
  const here = await wholeServer(
    t,
    `auth: open\napps: { live: { push: [${push("planted-key-1")}, ${push("copy-{name}")}] } }`,
  );
  const encoder = await publisher(t, here);
  encoder.send(2);
  const sending = async (count: number) =>
    (await relays(here, "pushes")).filter(({ state, bytes }) => state === "sending" && bytes > 0).length === count;
  await seen(() => sending(2), "both are sent");
  const before = (await relays(here, "pushes")).map(({ id }) => id);
  const operator = await operatorOf(here);
  await here.reload(`auth: open\napps: { live: { push: [${push("copy-{name}")}] } }`);
  await seen(() => sending(1), "one is sent");
  const [left] = await relays(here, "pushes");
  assert.equal(left?.id, before[1]);
  assert.equal(left?.byHand, false);
  assert.equal(left?.target, `rtmp://127.0.0.1:${there.rtmp}/live/…`);
  const added = await operator.post<RelayView>("pushes", {
    stream: "live/cam",
    url: `rtmp://127.0.0.1:${there.rtmp}/live`,
    key: "planted-key-2?token=planted-3",
    private: true,
  });
  await seen(() => sending(2), "the one that was begun by hand is sent too");
  assert.equal(added.byHand, true);
  assert.deepEqual(
    (await relays(here, "pushes")).map(({ lagMs = Number.NaN }) => lagMs < 60_000),
    [true, true],
  );
  await operator.ask("DELETE", `pushes/${added.id}`);
  assert.equal((await operator.ask("DELETE", `pushes/${added.id}`)).code, "relay/not-found");
  await seen(() => sending(1), "it is sent no more");
  const metrics = await (await fetch(`http://127.0.0.1:${here.http}/metrics`)).text();
  assert.match(metrics, /^sluice_relays\{direction="push",state="sending"\} 1$/m);
  const told = [
    ...here.lines,
    metrics,
    JSON.stringify([await operator.get("pushes"), await operator.get("audit"), await operator.get("config"), added]),
  ];
  assert.ok(here.lines.some((line) => line.includes("push ended")));
  assert.doesNotMatch(told.join("\n"), /planted/);
});

test("S-19 a push to an address that is not public is not tried, unless that is allowed", async (t) => {
  const there = await wholeServer(t, "auth: open");
  const url = (host: string) => `{ url: "rtmp://${host}:${there.rtmp}/live/x" }`;
  const hosts = ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"];
  const here = await wholeServer(t, `auth: open\napps: { live: { push: [${hosts.map(url).join(", ")}] } }`);
  (await publisher(t, here)).send(1);
  await seen(
    async () => (await relays(here, "pushes")).filter(({ state }) => state === "failed").length === hosts.length,
    "all have failed",
  );
  for (const { reason } of await relays(here, "pushes"))
    assert.match(reason, /^relay\/address: it leads to an address that is not public/);
  assert.ok(!lines(there).some(({ message }) => message === "publisher opened"));
});

test("S-19 a name is looked up once, and what it leads to is what is connected to", async () => {
  const asked: string[] = [];
  const reach = relayReach(false, async (name) => {
    asked.push(name);
    return [{ address: asked.length === 1 ? "8.8.8.8" : "127.0.0.1", family: 4 }];
  });
  const first = await new Promise((resolve) =>
    reach.lookup("rebinding.example", {}, (error, address) => resolve(error ?? address)),
  );
  const second = await new Promise((resolve) =>
    reach.lookup("rebinding.example", {}, (error, address) => resolve(error ?? address)),
  );
  assert.equal(first, "8.8.8.8");
  assert.match(String(second), /not public/);
});

test("over rtmps the other server's certificate is checked, unless that is not wanted", async (t) => {
  const there = await wholeServer(
    t,
    "auth: open",
    "rtmp: { host: 127.0.0.1, port: 0, secureEnabled: true, securePort: 0 }",
  );
  const url = `rtmps://localhost:${there.app.ports["rtmp.securePort"]}/live`;
  const push = (more: string) => `{ url: "${url}/{name}-${more.length}", private: true${more} }`;
  const here = await wholeServer(
    t,
    `auth: open\napps: { live: { push: [${push("")}, ${push(", anyCertificate: true")}] } }`,
  );
  const encoder = await publisher(t, here);
  encoder.send(1);
  await seen(async () => {
    const [checked, unchecked] = await relays(here, "pushes");
    return checked?.state === "backing off" && unchecked?.state === "sending";
  }, "only the one that does not look is sent");
  const [refused] = await relays(here, "pushes");
  assert.match(refused?.lastError?.reason ?? "", /^the server's certificate is signed by nobody/);
  assert.equal(refused?.lagMs, undefined);
});

test("a viewer who waits for a stream gets it from the other server, and it is fetched no more when nobody watches", async (t) => {
  const origin = await wholeServer(t, "auth: open");
  const here = await wholeServer(
    t,
    `auth: open\napps: { live: { pull: { url: "rtmp://127.0.0.1:${origin.rtmp}/live/{name}", private: true, idle: 1s } } }`,
  );
  const encoder = await publisher(t, origin);
  encoder.send(1);
  const viewer = await rtmpViewer(here.rtmp, "live/cam");
  await seen(async () => (await relays(here, "pulls"))[0]?.state === "receiving", "it is fetched");
  encoder.send(2);
  await until(() => viewer.packets.filter(({ kind }) => kind === "frame").length > 10, "the viewer sees it");
  viewer.close();
  await seen(async () => (await relays(here, "pulls")).length === 0, "it is fetched no more");
  assert.ok(lines(here).some(({ message, reason }) => message === "pull ended" && reason === "nobody watches"));
  await until(() => lines(origin).some(({ message }) => message === "viewer ended"), "the other server sees that");
});

test("a stream that is always fetched is there without a viewer, and gives way to who publishes here", async (t) => {
  const origin = await wholeServer(t, "auth: open");
  const here = await wholeServer(
    t,
    `auth: open\napps: { live: { pull: { url: "rtmp://127.0.0.1:${origin.rtmp}/live/{name}", private: true, always: [cam] } } }`,
  );
  const encoder = await publisher(t, origin);
  const feed = setInterval(() => encoder.send(1), 50);
  t.after(() => clearInterval(feed));
  await seen(async () => (await relays(here, "pulls"))[0]?.state === "receiving", "it is fetched");
  const own = await rtmpClient(here.rtmp);
  t.after(() => own.socket.destroy());
  own.connection.publish(1, "cam");
  await until(() => own.statuses().includes("NetStream.Publish.Start"), "who publishes here may");
  await seen(async () => (await relays(here, "pulls"))[0]?.reason === "it is published here", "the pull gives way");
  own.connection.streamCommand(1, "deleteStream", 1);
  await seen(async () => (await relays(here, "pulls"))[0]?.state === "receiving", "it is fetched again");
});

test("attempts are further and further apart, up to a minute, and near again after a good connection", () => {
  const middle = new Backoff(() => 0.5);
  const waits = Array.from({ length: 9 }, () => middle.next(0));
  assert.deepEqual(
    waits,
    [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000),
  );
  assert.equal(middle.next(30_000), 1000);
  assert.deepEqual([new Backoff(() => 0).next(0), new Backoff(() => 1).next(0)], [750, 1250]);
});

const targets = [
  { url: "rtmp://a.example/live2/secret", shown: "rtmp://a.example/live2/…" },
  { url: "rtmp://a.example/live/cam", shown: "rtmp://a.example/live/cam" },
  { url: "rtmp://a.example/live/cam?token=secret", shown: "rtmp://a.example/live/cam" },
  { url: "rtmp://a.example/live/secret/cam", shown: "rtmp://a.example/live/…/cam" },
  { url: "rtmp://a.example/live2?backup=secret", key: "secret", shown: "rtmp://a.example/live2/…" },
  { url: "rtmp://u:secret@a.example:1940/live/secret", shown: "rtmp://a.example:1940/live/…" },
  { url: "rtmp://a.example/secret", shown: "rtmp://a.example/…" },
];
for (const { url, key = "", shown } of targets)
  test(`S-21 ${shown} is all that is shown of ${url}`, () => assert.equal(shownTarget(url, key, cam), shown));
