import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { flvViewer, webSocketViewer } from "../../testing/clients.ts";
import { type TestHostOptions, testHost, until } from "../../testing/host.ts";
import { flvRequest, httpPeer } from "../../testing/http-peer.ts";
import { both, encoded, publishLive } from "../../testing/live.ts";
import type { Access } from "../core/access.ts";
import { streamName } from "../core/stream-name.ts";
import { dash } from "../protocols/dash/index.ts";
import { hls } from "../protocols/hls/index.ts";
import { httpFlv } from "../protocols/http-flv/index.ts";
import { httpTs } from "../protocols/http-ts/index.ts";

const cam = streamName("live", "cam");
const long = { waitMs: 600_000 };
const paths = ["cam.flv", "cam.ts", "cam.m3u8", "cam.mpd"];

async function serving(t: TestContext, options: TestHostOptions = {}) {
  const host = await testHost(options);
  t.after(() => host.close());
  const on = () => ({ enabled: true, lowLatency: true });
  for (const protocol of [httpFlv, httpTs, hls, dash]) await host.run((each) => protocol.start(each, on));
  const port = host.ports["http.port"] ?? 0;
  const ask = async (path: string, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${port}/live/${path}`, { method, redirect: "manual" });
    const { status, headers } = response;
    const isProblem = status >= 400 && method === "GET";
    const problem = isProblem ? ((await response.json()) as { detail: string }) : undefined;
    if (!isProblem) await response.body?.cancel();
    return { status, told: headers.get("sluice-stream"), detail: problem?.detail };
  };
  const peer = async () => {
    const made = await httpPeer(port, flvRequest());
    t.after(() => made.socket.destroy());
    return made;
  };
  const seen = () => cam && host.hub.find(cam);
  return { host, port, ask, peer, seen };
}

for (const path of paths)
  test(`where streams are fetched, ${path} waits until it is there, and then is answered as ever`, async (t) => {
    const { host, ask } = await serving(t, { app: long });
    const asked = ask(path);
    await until(() => host.hub.arrivals.size === 1, "the viewer waits");
    publishLive(host).append(encoded(6_000, both));
    assert.equal((await asked).status, path === "cam.mpd" ? 302 : 200);
    assert.equal(host.hub.arrivals.size, 0);
  });

test("who waits over HTTP-FLV or a WebSocket gets the stream from its first picture on", async (t) => {
  const { host, port } = await serving(t, { app: long });
  const viewers = Promise.all([flvViewer(port, "live/cam"), webSocketViewer(port, "live/cam")]);
  await until(() => host.hub.arrivals.size === 2, "both wait");
  publishLive(host).append(encoded(1_000, both));
  for (const viewer of await viewers) {
    t.after(() => viewer.close());
    const pictures = () => viewer.packets.filter(({ kind, track }) => kind === "frame" && track.kind === "video");
    await until(() => pictures().length >= 25, "it has every picture");
    assert.equal(pictures()[0]?.keyframe, true);
  }
});

test("where streams are not fetched nobody waits: the answer is 404 at once, and nothing begins", async (t) => {
  const { host, ask } = await serving(t);
  for (const path of paths) {
    assert.deepEqual(await ask(path), { status: 404, told: null, detail: "live/cam is not live" });
    assert.equal((await ask(path, "HEAD")).status, 404);
  }
  assert.deepEqual([...host.hub.streams], []);
});

test("HEAD, a name that cannot be, and who may not watch begin nothing", async (t) => {
  let allowed = true;
  const access: Access = {
    decide: () => (allowed ? { allowed } : { allowed: false, rule: "test/never", reason: "not today" }),
  };
  const { host, ask } = await serving(t, { app: long, access });
  for (const path of paths) {
    assert.deepEqual(await ask(path, "HEAD"), { status: 404, told: "on demand", detail: undefined });
    assert.equal((await ask(`%20/${path}`)).status, 404);
  }
  allowed = false;
  for (const path of paths) assert.equal((await ask(path)).status, 403);
  assert.deepEqual([...host.hub.streams], []);
});

test("who has waited in vain learns why, and who leaves waits no more", async (t) => {
  const brief = await serving(t, { app: { waitMs: 50 } });
  for (const path of paths) {
    const { status, told, detail } = await brief.ask(path);
    assert.deepEqual([status, told], [404, "on demand"]);
    assert.match(detail ?? "", /^live\/cam is not live: .* does not have it or does not answer$/);
  }
  assert.equal(brief.seen(), undefined);
  const { host, peer, seen } = await serving(t, { app: long });
  const [stays, leaves] = [await peer(), await peer()];
  await until(() => host.hub.arrivals.size === 2, "both wait");
  leaves.socket.destroy();
  await until(() => host.hub.arrivals.size === 1, "one waits");
  assert.equal(seen()?.state, "waiting");
  stays.socket.destroy();
  await until(() => seen() === undefined, "nobody waits");
  assert.equal(host.hub.arrivals.size, 0);
});

test("while an ended stream is awaited again, players that are behind see its end, and the new one when it is there", async (t) => {
  const { host, peer, seen } = await serving(t, { app: long });
  const found = () => host.segments.presentations.find("live/cam");
  const first = publishLive(host);
  first.append(encoded(6_000, both));
  const ended = found();
  first.source.release("ended");
  for (const again of [1, 2]) {
    const viewer = await peer();
    await until(() => seen()?.state === "waiting", `it is awaited (${again})`);
    assert.equal(found(), ended);
    viewer.socket.destroy();
    await until(() => seen() === undefined, "it is awaited no more");
  }
  await peer();
  await until(() => seen()?.state === "waiting", "it is awaited");
  assert.equal(found()?.over, true);
  const second = publishLive(host);
  assert.notEqual(found(), ended);
  second.append(encoded(6_000, both));
  assert.equal(found()?.over, false);
});

test("of one connection sixteen requests wait, and the others are as free as before", async (t) => {
  const { host } = await serving(t, { app: long });
  assert.ok(cam);
  const [one, other] = [{}, {}];
  const wait = (connection: object) => host.hub.arrivals.wait(cam, 600_000, connection, () => {});
  const waiting = Array.from({ length: 16 }, () => wait(one));
  assert.ok(waiting.every((giveUp) => giveUp !== undefined));
  assert.equal(wait(one), undefined);
  const others = wait(other);
  assert.ok(others);
  waiting[0]?.();
  const again = wait(one);
  assert.ok(again);
  for (const giveUp of [...waiting.slice(1), others, again]) giveUp?.();
  assert.deepEqual([host.hub.arrivals.size, host.hub.find(cam)], [0, undefined]);
});
