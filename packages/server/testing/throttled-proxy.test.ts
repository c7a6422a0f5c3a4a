import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import test, { type TestContext } from "node:test";
import { until } from "./host.ts";
import { throttledProxy } from "./throttled-proxy.ts";

/** A server that sends so much to everyone. */
async function sending(t: TestContext, bytes: number): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(Buffer.alloc(bytes, "x"));
  });
  t.after(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

function reading(t: TestContext, port: number) {
  const state = { bytes: 0, ended: false };
  const socket = connect(port, "127.0.0.1");
  t.after(() => void socket.destroy());
  socket.on("data", ({ length }) => {
    state.bytes += length;
  });
  socket.on("error", () => {});
  socket.on("end", () => {
    state.ended = true;
  });
  return state;
}

test("what is throttled comes no faster than it may, whole, and at another rate as soon as that is set", async (t) => {
  const port = await sending(t, 200_000);
  const proxy = await throttledProxy(t, port, { bitrate: 400_000 });
  const from = performance.now();
  const viewer = reading(t, proxy.port);
  await until(() => viewer.bytes >= 50_000, "a quarter is there");
  assert.ok(performance.now() - from > 800, "50 kB at 400 kbit/s take a second");
  proxy.setRate(100_000_000);
  await until(() => viewer.ended, "the end is there");
  assert.equal(viewer.bytes, 200_000);
  assert.equal(proxy.connections[0]?.bytes, 200_000);
});

test("each connection has a rate of its own, unless they share a link", async (t) => {
  const port = await sending(t, 1_000_000);
  const apart = await throttledProxy(t, port, { bitrate: 400_000 });
  const [slow, quick] = [reading(t, apart.port), reading(t, apart.port)];
  await until(() => apart.connections.length === 2, "both are there");
  for (const connection of apart.connections) connection.setRate(200_000);
  apart.connections[1]?.setRate(100_000_000);
  await until(() => slow.ended || quick.ended, "one has all");
  assert.ok(Math.min(slow.bytes, quick.bytes) < 500_000);

  const shared = await throttledProxy(t, port, { bitrate: 400_000, shared: true });
  const from = performance.now();
  const [one, other] = [reading(t, shared.port), reading(t, shared.port)];
  await until(() => one.bytes + other.bytes >= 50_000, "50 kB are there");
  assert.ok(performance.now() - from > 800);
  assert.ok(one.bytes > 0 && other.bytes > 0);
});
