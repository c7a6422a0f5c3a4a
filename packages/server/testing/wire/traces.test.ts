import assert from "node:assert/strict";
import test from "node:test";
import { until } from "../host.ts";
import { flvRequest, httpPeer, webSocketRequest } from "../http-peer.ts";
import { player, publisher } from "../peer.ts";
import { traceReceiver } from "../trace-receiver.ts";
import { wholeServer } from "../whole-server.ts";
import { bodies } from "../wire-bytes.ts";

const overRtmp = ["accept", "request", "access", "join", "first byte"];
const overHttp = ["accept", "access", "join", "first byte"];

test("over every protocol the beginning of a session is told, step by step, once", async (t) => {
  const to = await traceReceiver(t);
  const server = await wholeServer(t, `auth: open\ntracing: { endpoint: "${to.endpoint}" }`);
  const roots = () => to.spans().filter(({ parentSpanId }) => parentSpanId === undefined);
  const saidOf = (index: number) =>
    Object.fromEntries(roots()[index]?.attributes.map(({ key, value }) => [key, value.stringValue]) ?? []);
  const sockets: { destroy(): unknown }[] = [];
  t.after(() => sockets.forEach((socket) => void socket.destroy()));

  const watching = {
    rtmp: async () => (await player(server.rtmp, "cam")).socket,
    "http-flv": async () => (await httpPeer(server.http, flvRequest())).socket,
    "ws-flv": async () => (await httpPeer(server.http, webSocketRequest())).socket,
    "http-ts": async () => (await httpPeer(server.http, flvRequest("/live/cam.ts"))).socket,
    hls: async () => (await httpPeer(server.http, flvRequest("/live/cam.m3u8"))).socket,
    dash: async () => (await httpPeer(server.http, flvRequest("/live/cam.mpd"))).socket,
  };
  const source = await publisher(server.rtmp, "cam");
  sockets.push(source.socket);
  for (let second = 0; second < 9; second++)
    source.send(1, [9, second * 1000, bodies.VI], [8, second * 1000, bodies.AF]);
  await until(() => roots().length === 1, "the publisher's trace has come");
  assert.equal(roots()[0]?.name, "publish");
  const expected = [overRtmp];
  for (const [protocol, watch] of Object.entries(watching)) {
    sockets.push(await watch());
    await until(() => roots().length === expected.length + 1, `the trace of ${protocol} has come`);
    const said = saidOf(expected.length);
    assert.deepEqual([said["sluice.protocol"], said["sluice.stream"]], [protocol, "live/cam"]);
    const isSession = !["hls", "dash"].includes(protocol);
    assert.equal(said["sluice.session"] !== undefined, isSession, protocol);
    expected.push(protocol === "rtmp" ? overRtmp : overHttp);
  }
  for (const [index, { traceId, name }] of roots().entries()) {
    const steps = to.spans().filter((each) => each.traceId === traceId && each.parentSpanId !== undefined);
    assert.deepEqual(
      steps.map((step) => step.name),
      expected[index],
      name,
    );
    for (const { startTimeUnixNano, endTimeUnixNano } of steps)
      assert.ok(BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano));
  }
});
