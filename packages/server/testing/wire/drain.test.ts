import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { until } from "../host.ts";
import { MovingPublisher } from "../moving-publisher.ts";
import { type Peer, peer, player, publisher } from "../peer.ts";
import { operatorOf, type WholeOperator } from "../whole-operator.ts";
import { type WholeServer, wholeServer } from "../whole-server.ts";
import { bodies } from "../wire-bytes.ts";

type Progress = {
  readonly state: string;
  readonly asked: number;
  readonly askedLeft: number;
  readonly publishersLeft: number;
  readonly viewersLeft: number;
  readonly tcUrl?: string;
  readonly description?: string;
};
type Row = Readonly<Record<string, unknown>>;

/** A stream whose publisher can be asked to go elsewhere, with a viewer who cannot. */
async function live(
  t: TestContext,
  server: WholeServer,
  name = "cam",
): Promise<{ source: MovingPublisher; viewer: Peer }> {
  const source = await MovingPublisher.open(server.rtmp, name, "one after the other");
  source.send(1);
  const viewer = await player(server.rtmp, name);
  await until(() => viewer.media(9).length > 0, "the viewer watches");
  t.after(() => [source.client.socket, viewer.socket].forEach((socket) => void socket.destroy()));
  return { source, viewer };
}

/** Someone who wants to publish. */
async function asking(t: TestContext, { rtmp }: WholeServer, name: string): Promise<Peer> {
  const made = await (await peer(rtmp)).connect();
  t.after(() => void made.socket.destroy());
  await made.call("createStream");
  made.tell(1, "publish", name, "live");
  return made;
}

async function ready({ http }: WholeServer): Promise<string> {
  return (await fetch(`http://127.0.0.1:${http}/readyz`)).text();
}

async function untilProgress(api: WholeOperator, wanted: (progress: Progress) => boolean, what: string) {
  let progress = await api.get<Progress>("node/drain");
  for (const end = performance.now() + 30_000; !wanted(progress); progress = await api.get<Progress>("node/drain"))
    if (performance.now() > end) assert.fail(`waited in vain until ${what}: ${JSON.stringify(progress)}`);
  return progress;
}

test("a server that is emptied lets no publisher in, asks who can to go, keeps who cannot, and takes all again when that is undone", async (t) => {
  const server = await wholeServer(t, "auth: open");
  const api = await operatorOf(server);
  const { source, viewer } = await live(t, server);
  assert.equal((await api.get<Progress>("node/drain")).state, "none");

  const wish = { tcUrl: "rtmp://other.example:1940", description: "updates", graceMs: 600_000 };
  const begun = await api.post<Progress>("node/drain", wish);
  assert.deepEqual(
    [
      begun.state,
      begun.asked,
      begun.askedLeft,
      begun.publishersLeft,
      begun.viewersLeft,
      begun.tcUrl,
      begun.description,
    ],
    ["draining", 1, 1, 1, 1, wish.tcUrl, wish.description],
  );
  await until(() => source.client.events.some(({ kind }) => kind === "reconnect"), "the publisher is asked");
  assert.deepEqual(
    source.client.events.find(({ kind }) => kind === "reconnect"),
    { kind: "reconnect", tcUrl: "rtmp://other.example:1940/live", description: "updates" },
  );
  assert.equal(await ready(server), "not ready: draining\n");

  const newcomer = await asking(t, server, "another");
  assert.match((await newcomer.status(/Unauthorized$/)).description, /takes nobody any more/);
  const nobody = await (await peer(server.rtmp)).connect();
  t.after(() => void nobody.socket.destroy());
  await nobody.call("createStream");
  nobody.tell(1, "play", "another");
  assert.match((await nobody.status(/Play\.Failed$/)).description, /takes nobody any more/);
  const late = await player(server.rtmp, "cam");
  t.after(() => void late.socket.destroy());
  source.send(1);
  await until(() => late.media(9).length > 0, "what is still published here can be watched");
  assert.equal(viewer.closed, false);

  const undone = await api.ask("DELETE", "node/drain");
  assert.deepEqual([undone.status, (undone.body as Progress).state], [200, "none"]);
  assert.equal(await ready(server), "ok\n");
  await (await asking(t, server, "another")).status(/Publish\.Start$/);
  const { items } = await api.get<{ items: Row[] }>("audit");
  assert.deepEqual(
    items.map(({ action }) => action),
    ["node.undrain", "node.drain"],
  );
  assert.ok(server.lines.some((line) => line.includes("server/draining")));
});

test("the progress is shown until nobody is left, and that is told", async (t) => {
  const server = await wholeServer(t, "auth: open\napps: { live: { hold: 1m } }");
  const api = await operatorOf(server);
  const { source, viewer } = await live(t, server);
  await api.post("node/drain", {});
  source.client.socket.destroy();
  const gone = await untilProgress(api, ({ askedLeft }) => askedLeft === 0, "the publisher has gone");
  assert.deepEqual([gone.state, gone.asked, gone.publishersLeft, gone.viewersLeft], ["draining", 1, 0, 1]);
  viewer.socket.destroy();
  await untilProgress(api, ({ state }) => state === "drained", "nobody is left");
  assert.ok(server.lines.some((line) => line.includes("the server is empty")));
});

test("whoever has stayed is let go when the grace time is over, and then nobody comes in", async (t) => {
  const server = await wholeServer(t, "auth: open");
  const api = await operatorOf(server);
  const { source, viewer } = await live(t, server);
  await api.post("node/drain", { graceMs: 1_000 });
  await until(() => source.client.closed() && viewer.closed, "both are let go");
  await untilProgress(api, ({ state }) => state === "drained", "nobody is left");
  const nobody = await (await peer(server.rtmp)).connect();
  t.after(() => void nobody.socket.destroy());
  await nobody.call("createStream");
  nobody.tell(1, "play", "cam");
  await nobody.status(/Play\.Failed$/);
});

test("who has no key learns that, and not that the server is emptied", async (t) => {
  const server = await wholeServer(t, "streamKeys: [a-secret-key]");
  const api = await operatorOf(server);
  await api.post("node/drain", {});
  const stranger = await asking(t, server, "cam");
  assert.match((await stranger.status(/Unauthorized$/)).description, /a stream key is needed/);
  const friend = await asking(t, server, "cam?key=a-secret-key");
  assert.match((await friend.status(/Unauthorized$/)).description, /takes nobody any more/);
});

test("one client, or those of a stream, are asked to connect anew; who stays is let go after its time", async (t) => {
  const server = await wholeServer(t, "auth: open");
  const api = await operatorOf(server);
  const { source, viewer } = await live(t, server);
  const { items } = await api.get<{ items: Row[] }>("sessions");
  const idOf = (role: string) => String(items.find((each) => each.role === role)?.id);

  const missing = await api.ask("POST", "sessions/none/reconnect", {});
  assert.deepEqual([missing.status, missing.code], [404, "session/not-found"]);
  const unable = await api.ask("POST", `sessions/${idOf("viewer")}/reconnect`, {});
  assert.deepEqual([unable.status, unable.code], [409, "session/fixed"]);
  const asked = await api.post<Row>(`sessions/${idOf("publisher")}/reconnect`, { tcUrl: "/live" });
  assert.deepEqual(asked, { id: idOf("publisher"), state: "asked" });
  assert.equal(await source.asked(), `rtmp://127.0.0.1:${server.rtmp}/live`);
  await source.move();
  source.send(1);

  const none = await api.ask("POST", "reconnect", { stream: "live/none" });
  assert.deepEqual([none.status, none.code], [404, "session/not-found"]);
  assert.deepEqual(await api.post("reconnect", { stream: "live/cam", role: "viewer" }), { asked: 0, unable: 1 });
  assert.deepEqual(await api.post("reconnect", { stream: "live/cam", graceMs: 1_000 }), { asked: 1, unable: 1 });
  await until(() => source.client.closed(), "the publisher, which stayed, is let go");
  assert.equal(viewer.closed, false, "its viewer was not asked, and waits for it");
  const { items: noted } = await api.get<{ items: Row[] }>("audit");
  assert.deepEqual(
    noted.map(({ action, target }) => [action, target]),
    [
      ["stream.reconnect", ""],
      ["stream.reconnect", ""],
      ["session.reconnect", idOf("publisher")],
    ],
  );
});

const targets: readonly [tcUrl: string, status: 200 | 400][] = [
  ["rtmp://other.example", 200],
  ["rtmps://other.example:65535/live/sub", 200],
  ["//192.0.2.1/live", 200],
  ["rtmp://[2001:db8::1]:1935/live", 200],
  ["/live", 200],
  ["", 400],
  ["live", 400],
  ["http://other.example/live", 400],
  ["javascript:alert(1)", 400],
  ["rtmp://user:password@other.example/live", 400],
  ["rtmp://other.example/live?key=1", 400],
  ["rtmp://other.example/live#x", 400],
  ["rtmp://other.example:65536/live", 400],
  ["rtmp://other.example:0/live", 400],
  ["rtmp://other.example/../live", 400],
  ["rtmp://other.example/li ve", 400],
  ["rtmp://other.example\r\n/live", 400],
  ["rtmp://exämple/live", 400],
  [`rtmp://other.example/${"a".repeat(2_000)}`, 400],
];

test("clients are sent nowhere but to addresses that RTMP clients can go to", async (t) => {
  const server = await wholeServer(t, "auth: open");
  const api = await operatorOf(server);
  for (const [tcUrl, status] of targets)
    assert.equal((await api.ask("POST", "node/drain", { tcUrl })).status, status, tcUrl);
  for (const body of [
    { graceMs: 0 },
    { graceMs: 1e12 },
    { description: "a\nb" },
    { description: "a".repeat(201) },
    { to: "x" },
  ])
    assert.equal((await api.ask("POST", "node/drain", body)).status, 400, JSON.stringify(body));
});

test("whoever may only look may not empty the server, and tokens need the scope for sessions", async (t) => {
  const server = await wholeServer(t, "auth: open");
  const api = await operatorOf(server);
  const password = "a-long-password";
  for (const role of ["viewer", "operator"]) await api.post("accounts", { name: role, password, role });
  const ask = async (name: string, method: string, path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.http}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
        "content-type": "application/json",
      },
    });
    return response.status;
  };
  assert.equal(await ask("viewer", "GET", "node/drain"), 200);
  for (const [method, path] of [
    ["POST", "node/drain"],
    ["DELETE", "node/drain"],
    ["POST", "reconnect"],
    ["POST", "sessions/1/reconnect"],
  ] as const)
    assert.equal(await ask("viewer", method, path), 403, path);
  assert.equal(await ask("operator", "POST", "node/drain"), 200);
});

test("a server that stops sends who can to where the configuration says, and waits for them", async (t) => {
  const server = await wholeServer(t, "auth: open\ndrain: { to: rtmp://other.example, wait: 10m }");
  const { source } = await live(t, server);
  const unable = await publisher(server.rtmp, "other");
  unable.send(1, [9, 0, bodies.VI]);
  t.after(() => void unable.socket.destroy());
  let hasLeft = false;
  const leaving = server.app.leave().then(() => {
    hasLeft = true;
  });
  await until(() => source.client.events.some(({ kind }) => kind === "reconnect"), "the publisher is asked");
  await unable.settled();
  assert.equal(hasLeft, false);
  source.client.socket.destroy();
  await leaving;
  assert.ok(!unable.statuses.some(({ code }) => /ReconnectRequest/.test(code)));
});

test("a server that stops with nowhere to send clients stops at once", async (t) => {
  const server = await wholeServer(t, "auth: open");
  const { source } = await live(t, server);
  await server.app.leave();
  assert.equal(await ready(server), "ok\n");
  assert.ok(!source.client.events.some(({ kind }) => kind === "reconnect"));
});
