import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import { conforms, type TestViewer } from "../../../testing/conforms.ts";
import { testHost, until } from "../../../testing/host.ts";
import { httpPeer } from "../../../testing/http-peer.ts";
import { config, synthetic, video, videoTrack } from "../../../testing/synthetic.ts";
import { tsViewer } from "../../../testing/ts-viewer.ts";
import { streamName } from "../../core/stream-name.ts";
import type { Host } from "../../protocol.ts";
import { httpTs } from "./index.ts";

const start = (host: Host) => httpTs.start(host, () => ({ enabled: true }));

conforms({
  name: "HTTP-TS",
  start,
  watch: ({ ports }, stream) => tsViewer(ports["http.port"] ?? 0, `${stream}.ts`),
  refusal: /status 403/,
});

async function onAir(t: TestContext, packets: Iterable<Packet>, enabled = true) {
  const host = await testHost();
  t.after(() => host.close());
  await host.run((lent) => httpTs.start(lent, () => ({ enabled })));
  const name = streamName("live", "cam");
  const granted = name && host.hub.publish(name, "key", { closed: () => {} });
  if (!granted || !("source" in granted)) throw new Error("publishing was refused");
  const { source } = granted;
  for (const packet of packets) source.append(packet);
  return { source, port: host.ports["http.port"] ?? 0 };
}

test("HTTP-TS: no counter breaks for viewers who keep up, whenever they came", async (t) => {
  const { source, port } = await onAir(t, synthetic(1));
  const viewers = [await tsViewer(port, "live/cam.ts", { continuous: true })];
  for (let number = 1; number < 100; number++) {
    for (const packet of synthetic(1, { from: number, frameBytes: 9_000 })) source.append(packet);
    if (number % 20 === 5) viewers.push(await tsViewer(port, "live/cam.ts", { continuous: true }));
    const there = ({ packets }: TestViewer) => (packets.at(-1)?.dtsUs ?? 0) >= (number - 5) * 40_000;
    if (number % 10 === 9) await until(() => viewers.every(there), "they keep up");
  }
  source.release("ended");
  await until(() => viewers.every((viewer) => viewer.ended() !== undefined), "all have ended");
  const counts = viewers.map(({ packets }) => packets.filter(({ kind }) => kind === "frame").length);
  assert.deepEqual(counts, [200, 200, 160, 120, 80, 40]);
});

test("HTTP-TS: the head says what it is, to HTTP/1.1, HTTP/1.0 and HEAD", async (t) => {
  const { port } = await onAir(t, synthetic(5));
  const request = "GET /live/cam.ts HTTP/1.1\nHost: h\n\n";
  const modern = await httpPeer(port, request);
  const { status, headers } = await modern.head();
  const wanted = { "content-type": "video/mp2t", "cache-control": "no-cache, no-store", "sluice-stream": "live" };
  assert.equal(status, 200);
  for (const [name, value] of Object.entries(wanted)) assert.equal(headers.get(name), value);
  assert.equal(headers.get("transfer-encoding"), "chunked");
  await until(() => modern.content().length > 0, "the body has begun");
  assert.ok(modern.chunks().every((chunk) => chunk.length % 188 === 0));
  const old = await httpPeer(port, request.replace("1.1", "1.0"));
  assert.deepEqual([(await old.head()).status, (await old.head()).headers.get("connection")], [200, "close"]);
  await until(() => old.body().equals(modern.content()), "the same bytes have arrived");
  const asking = await httpPeer(port, request.replace("GET", "HEAD").replace("h\n", "h\nConnection: close\n"));
  assert.equal((await asking.head()).headers.get("content-type"), "video/mp2t");
  await until(() => asking.closed(), "it is closed");
  assert.equal(asking.body().length, 0);
});

test("HTTP-TS: what cannot be had is refused in words", async (t) => {
  const vp9 = { ...videoTrack, codec: "vp9" as const };
  const packets = [config(vp9), { ...video(0, true), track: vp9 }];
  const { source, port } = await onAir(t, packets);
  const problem = async (ofPort: number, path: string) => {
    const response = await fetch(`http://127.0.0.1:${ofPort}${path}`);
    return [response.status, ((await response.json()) as { code: string }).code];
  };
  await new Promise((resolve) => setTimeout(resolve, 1100)); // then nobody waits for sound any more
  source.append({ ...video(40, false), track: vp9 });
  assert.deepEqual(await problem(port, "/live/cam.ts"), [415, "ts/codec"]);
  assert.deepEqual(await problem(port, "/live/none.ts"), [404, "stream/not-found"]);
  const off = await onAir(t, synthetic(5), false);
  assert.deepEqual(await problem(off.port, "/live/cam.ts"), [404, "ts/disabled"]);
});
