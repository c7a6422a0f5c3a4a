import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import test, { type TestContext } from "node:test";
import { catalogue } from "../../src/services/metrics/catalogue.ts";
import { type Family, figure, readExposition } from "../exposition.ts";
import { until } from "../host.ts";
import { flvRequest, httpPeer } from "../http-peer.ts";
import { basic } from "../operator.ts";
import { type Peer, peer, player, publisher } from "../peer.ts";
import { operatorOf } from "../whole-operator.ts";
import { type WholeServer, wholeServer } from "../whole-server.ts";
import { bodies } from "../wire-bytes.ts";

type Families = ReadonlyMap<string, Family>;
type Answer = { readonly status: number; readonly type: string; readonly text: string };

/** Asks over a connection of its own, which is gone when the answer is there. */
async function ask(port: number, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }).end();
  const [response] = await once(asked, "response");
  let text = "";
  for await (const piece of response) text += piece;
  return { status: response.statusCode ?? 0, type: String(response.headers["content-type"]), text };
}

async function scrape({ http }: WholeServer): Promise<Families> {
  const { status, text } = await ask(http, "/metrics");
  assert.equal(status, 200, text);
  return readExposition(text);
}

/** The figures once they are as they should be: what is counted may be on its way. */
async function scrapedWhen(
  server: WholeServer,
  condition: (now: Families) => boolean,
  expected: string,
): Promise<Families> {
  for (const end = performance.now() + 30_000; ; ) {
    const now = await scrape(server);
    if (condition(now)) return now;
    if (performance.now() > end) throw new Error(`waited in vain until ${expected}`);
  }
}

/** A server with a stream of which HLS has segments, one viewer over RTMP and one over HTTP-FLV, who have all that there is. */
async function busy(t: TestContext) {
  const server = await wholeServer(t, "auth: open");
  const source = await publisher(server.rtmp, "cam");
  t.after(() => source.socket.destroy());
  for (let second = 0; second < 9; second++)
    source.send(1, [9, second * 1000, bodies.VI], [8, second * 1000, bodies.AF]);
  await until(() => server.lines.some((line) => /"state":"live"/.test(line)), "the stream is live");
  const rtmp = await player(server.rtmp, "cam");
  const flv = await httpPeer(server.http, flvRequest());
  t.after(() => [rtmp, flv].forEach(({ socket }) => void socket.destroy()));
  await until(() => rtmp.media(9).length > 0 && flv.body().length > 0, "both viewers have a picture");
  source.send(1, [9, 9_000, bodies.VP]);
  const isThere = () => rtmp.media(9).some(({ body }) => bodies.VP.equals(body)) && flv.body().includes(bodies.VP);
  await until(isThere, "both viewers have the last one");
  return { server, source, rtmp, flv };
}

const viewer = { role: "viewer", app: "live" };

test("/metrics counts publishers, viewers, bytes, packets and requests exactly", async (t) => {
  const { server, source, rtmp, flv } = await busy(t);
  const sent = bodies.VSH.length + bodies.ASH.length + 9 * (bodies.VI.length + bodies.AF.length) + bodies.VP.length;
  const isAlone = (families: Families) => figure(families, "sluice_connections") === 4;
  const now = await scrapedWhen(server, isAlone, "there are three sessions, and whoever asks this");
  const value = (name: string, labels = {}) => figure(now, name, labels);
  assert.equal(value("sluice_received_packets_total"), 21);
  assert.equal(value("sluice_received_bytes_total", { protocol: "rtmp", app: "live" }), sent);
  assert.deepEqual(
    ["live", "held", "waiting"].map((state) => value("sluice_streams", { state })),
    [1, 0, 0],
  );
  assert.equal(value("sluice_stream_viewers", { app: "live", stream: "live/cam" }), 2);
  assert.equal(value("sluice_sessions", { protocol: "rtmp", role: "publisher" }), 1);
  for (const protocol of ["rtmp", "http-flv"]) {
    assert.equal(value("sluice_sessions", { ...viewer, protocol }), 1);
    assert.equal(value("sluice_sessions_opened_total", { ...viewer, protocol }), 1);
    assert.equal(value("sluice_join_seconds_count", { protocol }), 1);
    assert.ok((value("sluice_sent_bytes_total", { protocol }) ?? 0) > 0);
    assert.equal(value("sluice_viewer_skips_total", { protocol }), 0);
  }
  assert.equal(value("sluice_sent_bytes_total", { protocol: "http-flv" }), flv.body().length);
  for (const { socket } of [source, rtmp, flv]) socket.destroy();
});

test("what sessions carried still counts when they are over, and streams are counted by their state", async (t) => {
  const { server, source, rtmp, flv } = await busy(t);
  const before = await scrape(server);
  const sentBytes = (families: Families) => figure(families, "sluice_sent_bytes_total", { protocol: "http-flv" });
  flv.socket.destroy();
  const open = (families: Families) => figure(families, "sluice_sessions", { ...viewer, protocol: "http-flv" });
  const later = await scrapedWhen(server, (families) => open(families) === 0, "the viewer is gone");
  assert.equal(sentBytes(later), sentBytes(before));
  source.tell(0, "deleteStream", 1);
  await rtmp.status(/UnpublishNotify$/);
  const packets = (families: Families) => figure(families, "sluice_received_packets_total");
  const end = await scrapedWhen(
    server,
    (families) => figure(families, "sluice_streams", { state: "live" }) === 0,
    "the stream has ended",
  );
  assert.equal(packets(end), 21);
  assert.equal(end.get("sluice_stream_viewers"), undefined, "it has no figures of its own any more");
});

test("who is refused is counted by the rule that said so, and never by what was asked for", async (t) => {
  const server = await wholeServer(t, "streamKeys: [the-right-stream-key]");
  for (const name of ["cam?key=wrong-key-1", "cam2?key=wrong-key-2"]) {
    const made = await (await peer(server.rtmp)).connect();
    await made.call("createStream");
    made.tell(1, "publish", name, "live");
    await made.status(/Publish/);
    made.socket.destroy();
  }
  const refused = { protocol: "rtmp", role: "publisher", rule: "stream-key/wrong" };
  const now = await scrape(server);
  assert.equal(figure(now, "sluice_sessions_refused_total", refused), 2);
});

test("requests of HLS viewers are counted by what they are for", async (t) => {
  const { server } = await busy(t);
  const master = await ask(server.http, "/live/cam.m3u8");
  const list = /^[^#].*v0\.m3u8$/m.exec(master.text)?.[0] ?? "";
  const playlist = await ask(server.http, `/live/${list}`);
  const file = (form: RegExp) => `/live/${list.replace(/[^/]*$/, "")}${form.exec(playlist.text)?.[1]}`;
  await ask(server.http, file(/URI="([^"]+\.mp4)"/));
  await ask(server.http, file(/^(v0\/[^.]+\.m4s)$/m));
  await ask(server.http, file(/^(v0\/[^.]+\.m4s)$/m));
  await ask(server.http, file(/URI="(v0\/[^".]+\.\d+\.m4s)"/));
  const now = await scrape(server);
  const asked = Object.fromEntries(
    (now.get("sluice_piece_requests_total")?.samples ?? []).map(({ labels, value }) => [labels.file, value]),
  );
  assert.deepEqual(
    { m3u8: asked.m3u8, mp4: asked.mp4, segment: asked.segment, part: asked.part },
    { m3u8: 1, mp4: 1, segment: 2, part: 1 },
  );
  assert.equal(figure(now, "sluice_waiting_requests"), 0);
  assert.equal(figure(now, "sluice_sessions", { ...viewer, protocol: "hls" }), 1);
  assert.equal(figure(now, "sluice_join_seconds_count", { protocol: "hls" }), 1);
});

test("/metrics is for this machine, for networks that may, and for who has a token with the scope read", async (t) => {
  const server = await wholeServer(t, "auth: open\nmetrics: { from: [192.0.2.0/24] }");
  const refused = await ask(server.http, "/metrics");
  assert.equal(refused.status, 401);
  assert.doesNotMatch(refused.text, /sluice_/);
  const api = await operatorOf(server);
  const account = { name: "monitor", password: "a-password-that-is-long-enough", role: "viewer" };
  await api.post("accounts", account);
  const token = async (...scopes: string[]) => {
    const response = await fetch(`http://127.0.0.1:${server.http}/api/v1/tokens`, {
      method: "POST",
      headers: { ...basic(account.name, account.password), "content-type": "application/json" },
      body: JSON.stringify({ label: "for a test", scopes }),
    });
    const { secret } = (await response.json()) as { secret: string };
    return { authorization: `Bearer ${secret}` };
  };
  assert.equal((await ask(server.http, "/metrics", await token("read"))).status, 200);
  assert.equal((await ask(server.http, "/metrics", await token("keys"))).status, 403);
  await server.reload("auth: open\nmetrics: { from: [127.0.0.0/8] }");
  assert.equal((await ask(server.http, "/metrics")).status, 200);
  for (const header of ["x-forwarded-for", "forwarded", "via"])
    assert.equal(
      (await ask(server.http, "/metrics", { [header]: "192.0.2.7" })).status,
      401,
      "it came through a proxy",
    );
  assert.equal((await ask(server.http, "/metrics", {}, "POST")).status, 405);
  await server.reload("auth: open\nmetrics: { enabled: false }");
  assert.equal((await ask(server.http, "/metrics")).status, 404);
});

test("only so many streams have figures of their own; the viewers of the others are added up", async (t) => {
  const server = await wholeServer(t, "auth: open\nmetrics: { streams: 1 }");
  const sources: Peer[] = [];
  for (const name of ["one", "two", "three"]) {
    const source = await publisher(server.rtmp, name);
    source.send(1, [9, 0, bodies.VI]);
    sources.push(source);
  }
  t.after(() => sources.forEach(({ socket }) => void socket.destroy()));
  const viewers = [
    await player(server.rtmp, "two"),
    await player(server.rtmp, "two"),
    await player(server.rtmp, "one"),
  ];
  t.after(() => viewers.forEach(({ socket }) => void socket.destroy()));
  const stranger = await player(server.rtmp, "nobody-publishes-this");
  t.after(() => stranger.socket.destroy());
  const isWhole = (now: Families) => figure(now, "sluice_sessions", { role: "viewer" }) === 4;
  const now = await scrapedWhen(server, isWhole, "everybody is there");
  const rows = now.get("sluice_stream_viewers")?.samples.map(({ labels, value }) => [labels.stream, value]);
  assert.deepEqual(rows, [
    ["live/two", 2],
    ["other", 1],
  ]);
  assert.equal(figure(now, "sluice_streams", { state: "waiting" }), 1);
});

for (const accept of ["text/plain", "application/openmetrics-text; version=1.0.0,text/plain;q=0.5"]) {
  test(`every figure of the catalogue is told in the form that is asked for: ${accept.split(";")[0]}`, async (t) => {
    const { server } = await busy(t);
    const { text, type } = await ask(server.http, "/metrics", { accept });
    const isOpen = accept.startsWith("application");
    assert.match(type, isOpen ? /^application\/openmetrics-text; version=1\.0\.0/ : /^text\/plain; version=0\.0\.4/);
    assert.equal(text.endsWith("# EOF\n"), isOpen);
    const families = readExposition(text);
    const all = Object.values(catalogue).flat();
    for (const [name, { kind }] of families) {
      const known = all.find((each) => each.name === name || (isOpen && each.name === `${name}_total`));
      assert.equal(known?.kind, kind, name);
    }
    const names = new Set([...families.values()].flatMap(({ samples }) => samples.map((each) => each.name)));
    // What is only there when it has happened, or where it is used.
    const rare = /refused_total|transcoder_events|rendition_viewers|records_reachable|_fds$/;
    for (const { name, kind } of all)
      if (!rare.test(name)) assert.ok(names.has(kind === "histogram" ? `${name}_count` : name), name);
  });
}

test("/healthz and /readyz answer everybody, and say nothing of the server", async (t) => {
  const server = await wholeServer(t, "auth: open");
  for (const path of ["/healthz", "/readyz"]) {
    assert.deepEqual(await ask(server.http, path), { status: 200, type: "text/plain; charset=utf-8", text: "ok\n" });
    assert.equal((await ask(server.http, path, {}, "HEAD")).text, "");
  }
});
