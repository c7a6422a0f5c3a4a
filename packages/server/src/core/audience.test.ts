import assert from "node:assert/strict";
import test from "node:test";
import { Sink, textFormat } from "../../testing/sink.ts";
import { audioTrack, synthetic, videoTrack } from "../../testing/synthetic.ts";
import { Audience } from "./audience.ts";
import { defaultLogLimits, PacketLog } from "./packet-log.ts";

const limits = { maxLagUs: 60_000_000, stallMs: 20_000 };

/** Two viewers who have the first three frames of a log that has five. */
function watched() {
  const log = new PacketLog(defaultLogLimits);
  const audience = new Audience(log, limits);
  audience.settled = true;
  const append = (count: number, from = 0) => {
    for (const packet of synthetic(count, { from })) log.append(packet, [videoTrack, audioTrack], undefined);
    audience.advance();
  };
  append(3);
  const sockets = [new Sink(), new Sink()];
  const format = textFormat();
  for (const socket of sockets) audience.join(format, socket, { ended: () => {} });
  append(2, 3);
  return { audience, sockets };
}

test("who is behind the pass that is under way is left to it, and written to when no pass comes", () => {
  const { audience, sockets } = watched();
  const before = sockets.map((socket) => socket.text());
  audience.sweep(1_000);
  assert.deepEqual(
    sockets.map((socket) => socket.text()),
    before,
  );
  audience.sweep(2_000);
  assert.deepEqual(
    sockets.map((socket) => socket.text()),
    before.map((text) => `${text}v120 a120 v160 a160 `),
  );
});

test("who is let go when the stream ends gets the rest at once", () => {
  const { audience, sockets } = watched();
  audience.finish("the end");
  for (const socket of sockets) assert.match(socket.text(), /v160 a160 $/);
  assert.equal(audience.cursors.size, 0);
});

test("beside other qualities a socket gets little at once until it has taken everything for a while", (t) => {
  let atMs = 1_000;
  t.mock.method(performance, "now", () => atMs);
  const log = new PacketLog(defaultLogLimits);
  const audience = new Audience(log, limits);
  audience.settled = true;
  audience.careful = true;
  const frame = Buffer.alloc(4_000);
  let frames = 0;
  const come = (count: number) => {
    for (const packet of synthetic(count, { from: frames, gop: 1_000 })) log.append(packet, [videoTrack], undefined);
    frames += count;
    audience.advance();
  };
  come(1);
  const socket = new Sink();
  const cursor = audience.join({ ...textFormat(), encode: () => frame }, socket, { ended: () => {} });
  const written = () => {
    const before = socket.received.length;
    come(20);
    cursor.flush();
    return Math.max(...socket.received.slice(before).map(({ length }) => length));
  };
  assert.equal(written(), 16_000, "it is new");
  atMs += 2_500;
  cursor.drain();
  assert.ok(written() > 64_000);
  socket.hold();
  written();
  socket.release();
  assert.equal(written(), 16_000, "it did not take everything just now");
});
