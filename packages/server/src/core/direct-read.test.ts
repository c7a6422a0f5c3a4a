import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import test from "node:test";
import { onRead } from "./direct-read.ts";

/** What a server's socket reads of what its client sends, and how it heard of the end. */
async function carried(sent: readonly Uint8Array[]) {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = (await once(server, "connection")) as [Socket];
  const read: Uint8Array[] = [];
  const buffers = new Set<ArrayBufferLike>();
  onRead(socket, (bytes) => {
    read.push(bytes.slice());
    buffers.add(bytes.buffer);
  });
  for (const each of sent) client.write(each);
  client.end();
  await once(socket, "close");
  client.destroy();
  server.close();
  return { bytes: Buffer.concat(read), reads: read.length, buffers: buffers.size };
}

test("all that a client sends is handed over, in one memory, and then the end", async () => {
  const sent = Buffer.alloc(3_000_000, "what is sent is read. ");
  const { bytes, reads, buffers } = await carried([sent.subarray(0, 10), sent.subarray(10)]);
  assert.ok(bytes.equals(sent));
  assert.ok(reads > 1);
  assert.equal(buffers, 1, "this Node's sockets have other fields than direct-read.ts knows: see lib/net.js, onread");
});

test("sockets that read at the same time each get their own", async () => {
  const sent = [1, 2, 3, 4].map((value) => Buffer.alloc(400_000, value));
  const all = await Promise.all(sent.map((each) => carried([each])));
  for (const [index, { bytes }] of all.entries()) assert.ok(sent[index]?.equals(bytes));
});

test("what is no socket of a server gives its bytes as its stream does", async () => {
  const stream = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
  const read: Uint8Array[] = [];
  onRead(stream as unknown as Socket, (bytes) => void read.push(bytes));
  stream.push(Buffer.from("abc"));
  stream.push(null);
  await once(stream, "end");
  assert.equal(Buffer.concat(read).toString(), "abc");
});
