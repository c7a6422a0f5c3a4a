import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { socketPair } from "../../testing/socket-pair.ts";
import { writePieces, writeTo } from "./direct-write.ts";

/** Counts what goes through the stream. */
function counted(socket: Socket): () => number {
  let writes = 0;
  const { write } = socket;
  socket.write = (...all: unknown[]) => {
    writes++;
    return Reflect.apply(write, socket, all) as boolean;
  };
  return () => writes;
}

test("what an idle socket takes does not go through its stream", async () => {
  const { socket, peer } = await socketPair();
  const throughStream = counted(socket);
  for (const word of ["one ", "two ", "three"]) writeTo(socket, Buffer.from(word));
  assert.equal(
    throughStream(),
    0,
    "this Node has no such binding as direct-write.ts knows: see lib/internal/stream_base_commons.js",
  );
  assert.equal(socket.bytesWritten, 13);
  socket.end();
  assert.equal(String(Buffer.concat(await peer.toArray())), "one two three");
});

test("what it does not take arrives all the same, once and in order, and the stream knows of it", async () => {
  const { socket, peer } = await socketPair();
  const throughStream = counted(socket);
  const pieces = Array.from({ length: 400 }, (_, index) => Buffer.alloc(50_000 + index, index));
  let most = 0;
  for (const piece of pieces) {
    writeTo(socket, piece);
    most = Math.max(most, socket.writableLength);
  }
  assert.ok(throughStream() > 0 && throughStream() < 400, `${throughStream()} of 400`);
  assert.ok(most > 1_000_000, `${most} bytes wait`);
  assert.equal(socket.writableNeedDrain, true);
  const all = peer.toArray();
  await once(socket, "drain");
  assert.equal(socket.writableLength, 0);
  // And once more by the short way, and once more not.
  const before = throughStream();
  writeTo(socket, Buffer.from("last"));
  assert.equal(throughStream(), before);
  socket.end("!");
  const got = Buffer.concat(await all);
  assert.ok(got.equals(Buffer.concat([...pieces, Buffer.from("last!")])), `${got.length} bytes`);
});

test("pieces leave behind one another, and whoever wrote them hears when they have", async () => {
  const { socket, peer } = await socketPair();
  const throughStream = counted(socket);
  let done = 0;
  writePieces(socket, [Buffer.from("one ")], () => done++);
  writePieces(socket, [Buffer.from("two "), Buffer.from("three ")], () => done++);
  assert.deepEqual([done, throughStream()], [2, 0]);
  const pieces = [1, 2, 3].map((value) => Buffer.alloc(3_000_000, value));
  const left = new Promise((resolve) => writePieces(socket, pieces, resolve));
  assert.equal(throughStream(), 1);
  writePieces(socket, [Buffer.from("four "), Buffer.from("five")], () => socket.end());
  const all = peer.toArray();
  assert.equal(await left, null);
  const got = Buffer.concat(await all);
  assert.ok(got.equals(Buffer.concat([Buffer.from("one two three "), ...pieces, Buffer.from("four five")])));
});

test("a socket whose peer takes something is not idle", async () => {
  const { socket, peer } = await socketPair();
  let timeouts = 0;
  socket.setTimeout(60_000, () => timeouts++);
  writePieces(socket, [Buffer.alloc(30_000_000)], () => {});
  const { _onTimeout: late, _handle: handle } = socket as unknown as {
    _onTimeout: () => void;
    _handle: { writeQueueSize: number };
  };
  const before = handle.writeQueueSize;
  late.call(socket);
  assert.equal(timeouts, 0, "it has just been written to");
  late.call(socket);
  assert.equal(timeouts, 1, "nothing has moved since");
  peer.resume();
  while (handle.writeQueueSize === before) await new Promise((resolve) => setImmediate(resolve));
  late.call(socket);
  assert.equal(timeouts, 1, "something has");
  socket.destroy();
});

test("a peer that goes away ends the socket as always", async () => {
  const { socket, peer } = await socketPair();
  socket.on("error", () => {});
  peer.resetAndDestroy();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  while (!socket.destroyed) {
    writeTo(socket, Buffer.alloc(1_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  writeTo(socket, Buffer.from("nobody")); // harms nobody
});

test("a socket may be destroyed while the kernel has not taken a write", async () => {
  const { socket } = await socketPair();
  const errors: unknown[] = [];
  socket.on("error", (error) => errors.push(error));
  while (socket.writableLength === 0) writeTo(socket, Buffer.alloc(500_000));
  socket.destroy();
  await once(socket, "close");
  assert.deepEqual(errors, []);
});

test("what waits in a stream, is held together or is no socket goes through the stream", async () => {
  const { socket, peer } = await socketPair();
  socket.cork();
  socket.write("1");
  writeTo(socket, Buffer.from("2"));
  process.nextTick(() => socket.uncork());
  socket.end("3");
  assert.equal(String(Buffer.concat(await peer.toArray())), "123");
  const other = new PassThrough();
  writeTo(other, Buffer.from("as it is"));
  assert.equal(String(other.read()), "as it is");
});
