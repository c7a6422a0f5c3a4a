import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { until } from "../../testing/host.ts";
import { socketPair } from "../../testing/socket-pair.ts";
import { SharedBytes, writeShared } from "./shared-write.ts";

const skip = process.platform === "linux" ? false : "only Linux has such memory";
/** A head and a body, in which every place is told from its neighbours. */
function pieces(length: number): Buffer[] {
  const body = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) body.writeUInt32LE(at, at);
  return [Buffer.from("a head of odd length\r\n"), body];
}

/** Kept, as soon as that can be done. */
async function keptBytes(of: Buffer[]): Promise<SharedBytes> {
  let shared = new SharedBytes(of);
  await until(() => {
    shared = new SharedBytes(of);
    shared.keep();
    return shared.isKept;
  }, "the kernel can be asked");
  return shared;
}

function written(socket: Socket, shared: SharedBytes): Promise<void> {
  return new Promise((resolve, reject) => writeShared(socket, shared, (error) => (error ? reject(error) : resolve())));
}

test("what is kept goes to every peer as it is, and not through the streams of their sockets", { skip }, async () => {
  const all = pieces(90_000);
  const shared = await keptBytes(all);
  for (let peers = 0; peers < 3; peers++) {
    const { socket, peer } = await socketPair();
    socket.write = () => assert.fail("written through the stream");
    await written(socket, shared);
    await written(socket, shared);
    socket.end();
    assert.deepEqual(Buffer.concat(await peer.toArray()), Buffer.concat([...all, ...all]));
  }
});

test("what a socket does not take at once arrives all the same, after what was kept has been let go of", {
  skip,
}, async () => {
  const all = pieces(24_000_000);
  const { socket, peer } = await socketPair();
  const shared = await keptBytes(all);
  const done = written(socket, shared);
  assert.ok(socket.writableLength > 0, "the socket takes everything: make it more");
  await until(() => !shared.isKept, "it is let go of after a second");
  const got = peer.toArray();
  await done;
  await written(socket, shared);
  socket.end();
  assert.deepEqual(Buffer.concat(await got), Buffer.concat([...all, ...all]));
});

test("what waits for a socket goes first, and what is no socket gets it through its stream", async () => {
  const all = pieces(40_000);
  const shared = new SharedBytes(all);
  shared.keep();
  const { socket, peer } = await socketPair();
  socket.write(Buffer.alloc(8_000_000, "x"));
  const done = written(socket, shared);
  const got = peer.toArray();
  await done;
  socket.end();
  assert.deepEqual(Buffer.concat(await got).subarray(8_000_000), Buffer.concat(all));
  const stream = new PassThrough();
  writeShared(stream, shared, () => stream.end());
  assert.deepEqual(Buffer.concat(await stream.toArray()), Buffer.concat(all));
});

test("little is not kept, nor more than has room", { skip }, async () => {
  await keptBytes(pieces(90_000));
  const of = (length: number) => {
    const shared = new SharedBytes(pieces(length));
    shared.keep();
    return shared.isKept;
  };
  assert.equal(of(10_000), false);
  assert.equal(of(70_000_000), false);
  const many = Array.from({ length: 300 }, () => of(20_000));
  const count = many.filter((each) => each).length;
  assert.ok(count > 200 && count <= 256, `${count}`);
  assert.equal(of(20_000), false);
  await until(() => of(20_000), "there is room again after a second");
});
