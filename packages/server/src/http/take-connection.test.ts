import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { until } from "../../testing/host.ts";
import { flvRequest, httpPeer } from "../../testing/http-peer.ts";
import { takeConnection } from "./take-connection.ts";

test("of a connection that has become a stream node keeps no parser; an empty line does no harm, a request ends it", async (t) => {
  const server = await streaming(t);
  const peer = await httpPeer(server.port, flvRequest());
  await peer.head();
  const [socket] = server.taken;
  assert.ok(socket);
  assert.equal(server.upgrades(), 1);
  assert.deepEqual([socket.listenerCount("data"), socket.listenerCount("timeout")], [1, 0], "only ours listen");
  peer.socket.write("\r\n");
  await until(() => socket.bytesRead > flvRequest().length + 4, "the empty line has been read");
  socket.write("more");
  await until(() => peer.body().toString("latin1") === "more", "the stream goes on");
  peer.socket.write(flvRequest().replaceAll("\n", "\r\n"));
  await until(() => socket.destroyed && peer.closed(), "the connection is closed");
  assert.equal(peer.body().toString("latin1"), "more");
  assert.equal(server.taken.length, 1);
});

test("a connection that has become a stream is closed when the viewer closes its side", async (t) => {
  const server = await streaming(t);
  const peer = await httpPeer(server.port, flvRequest());
  await peer.head();
  peer.socket.end();
  await until(() => server.taken[0]?.closed === true, "the server's side is closed");
  await until(() => peer.closed(), "the viewer's side is closed");
});

test("of requests that come in one piece the stream's is the last that is answered", async (t) => {
  const server = await streaming(t);
  const peer = await httpPeer(server.port, flvRequest().repeat(2));
  await peer.head();
  server.taken[0]?.write("more");
  await until(() => peer.body().includes("more"), "the stream goes on");
  assert.equal(peer.received().toString("latin1").split("HTTP/1.1 200").length, 2);
});

/** A server whose answers become streams. */
async function streaming(t: TestContext) {
  const taken: Socket[] = [];
  let upgrades = 0;
  const server = createServer(async (request, response) => {
    await undefined; // as where access is asked for
    if (!response.socket) return;
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, { connection: "close" }).flushHeaders();
    takeConnection(request, response);
    taken.push(request.socket);
  });
  server.on("upgrade", () => {
    upgrades++;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of taken) socket.destroy();
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return { port: typeof address === "object" ? (address?.port ?? 0) : 0, taken, upgrades: () => upgrades };
}
