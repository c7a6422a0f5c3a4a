import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { until } from "../../../testing/host.ts";
import { order, relayOwner, rtmpHost } from "../../../testing/relays.ts";
import { type StreamName, streamName } from "../../core/stream-name.ts";
import { pullRtmp } from "./pull.ts";

const cam = streamName("live", "cam") as StreamName;

/** A server that does what it likes with whoever connects. */
async function hostile(t: TestContext, greet: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    greet(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { server, port: typeof address === "object" && address ? address.port : 0 };
}

/** A message in one chunk, with the length that it claims to have. */
function message(type: number, body: Buffer, length = body.length): Buffer {
  const head = Buffer.alloc(12);
  head[0] = 3;
  head.writeUIntBE(length, 4, 3);
  head[7] = type;
  return Buffer.concat([head, body]);
}

const greeting = Buffer.concat([Buffer.of(3), Buffer.alloc(3072)]);
const largeChunks = Buffer.from("02000000000004010000000000100000", "hex");
const deep = Buffer.concat([
  Buffer.from("0200065f6572726f72003ff0000000000000", "hex"),
  Buffer.concat(Array.from({ length: 5_000 }, () => Buffer.from("03000161", "hex"))),
]);

const attacks: { name: string; bytes: Buffer; reason: RegExp }[] = [
  { name: "noise", bytes: Buffer.alloc(5_000, 0xc7), reason: /^what the server sends is broken/ },
  {
    name: "an object within an object, thousands deep",
    bytes: message(20, deep),
    reason: /^what the server sends is broken \(amf/,
  },
  {
    name: "a list that claims billions of entries",
    bytes: message(20, Buffer.from("0200065f6572726f72003ff00000000000000affffffff", "hex")),
    reason: /^what the server sends is broken/,
  },
  {
    name: "a command of nearly 16 MiB",
    bytes: message(20, Buffer.alloc(100), 0xffffff),
    reason: /^what the server sends is broken \(rtmp\/message-size/,
  },
  {
    name: "no chunk size at all",
    bytes: message(1, Buffer.alloc(4)),
    reason: /^what the server sends is broken \(rtmp\/chunk-size/,
  },
  { name: "the end", bytes: Buffer.alloc(0), reason: /^the server closed the connection/ },
];

for (const { name, bytes, reason } of attacks)
  test(`S-37 a server that sends ${name} is let go, and that is said`, async (t) => {
    const here = await rtmpHost(t);
    const { port } = await hostile(t, (socket) => {
      socket.write(Buffer.concat([greeting, largeChunks, bytes]));
      if (bytes.length === 0) socket.end();
    });
    const owner = relayOwner();
    pullRtmp(here, cam, order(port), owner);
    await until(() => owner.ends.length > 0, "it was let go");
    assert.match(owner.ends[0]?.reason ?? "", reason);
    assert.equal(here.hub.find(cam), undefined);
  });

test("S-37 a server that never comes to an end with its handshake is waited for no longer than ten seconds", async (t) => {
  const here = await rtmpHost(t);
  const { server, port } = await hostile(t, (socket) => void socket.write(greeting.subarray(0, 1_000)));
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const owner = relayOwner();
  const connected = once(server, "connection");
  pullRtmp(here, cam, order(port), owner);
  await connected;
  t.mock.timers.tick(9_999);
  assert.deepEqual(owner.ends, []);
  t.mock.timers.tick(1);
  assert.deepEqual(owner.ends, [{ reason: "the server did not answer in time" }]);
  t.mock.timers.reset();
});
