import assert from "node:assert/strict";
import { encodeAmf0 } from "@sluice/media";
import { until } from "../host.ts";
import { handshakeSize, type Peer, peer, player, publisher } from "../peer.ts";
import { bodies, bytes, chunked } from "../wire-bytes.ts";
import { wireCase } from "../wire-case.ts";

const ours = 65_536;

/** A sound frame that is `length` bytes with its header. */
function sound(length: number): Buffer {
  return Buffer.concat([bytes("af 01"), Buffer.from(Array.from({ length: length - 2 }, (_, index) => index % 251))]);
}

type Chunk = { readonly csid: number; readonly format: number; readonly begins: boolean };

/** The chunks that came after the handshake: what is sent before our chunk size is announced fits into one chunk anyway. */
function chunksOf({ received }: Peer): Chunk[] {
  const chunks: Chunk[] = [];
  const unfinished = new Map<number, { left: number; field: number; extended: string }>();
  for (let at = handshakeSize; at < received.length; ) {
    const basic = received[at++] ?? 0;
    const csid = basic & 63;
    const before = unfinished.get(csid);
    chunks.push({ csid, format: basic >> 6, begins: before === undefined });
    const { left, field } = before ?? { field: received.readUIntBE(at, 3), left: received.readUIntBE(at + 3, 3) };
    if (!before) at += 11;
    const extended = received.subarray(at, field === 0xffffff ? at + 4 : at).toString("hex");
    if (before) assert.equal(extended, before.extended, "the extended time is repeated");
    at += extended.length / 2 + Math.min(left, ours);
    unfinished.delete(csid);
    if (left > ours) unfinished.set(csid, { left: left - ours, field, extended });
  }
  return chunks;
}

wireCase(
  "6.13 payloads of 0, 1, one chunk, two chunks and a byte more or less leave in exactly their chunks",
  async ({ rtmp }) => {
    const source = await publisher(rtmp, "cam");
    source.setChunkSize(0xffffff);
    const viewer = await player(rtmp, "cam");
    const sizes = [3, ours - 1, ours, ours + 1, 2 * ours, 2 * ours + 1];
    source.send(1, [9, 0, bodies.VI], [8, 0, bytes("")]);
    source.send(1, ...sizes.map((size, index) => [8, 20 + index, sound(size)] as const));
    source.send(1, [9, 40, bodies.VP]);
    await until(() => viewer.media(9).length === 3, "the last frame has arrived");
    const expected = [
      chunked(6, 9, 1, 0, bodies.VSH),
      chunked(4, 8, 1, 0, bodies.ASH),
      chunked(6, 9, 1, 0, bodies.VI),
      chunked(4, 8, 1, 0, bytes("af 01")),
      ...sizes.map((size, index) => chunked(4, 8, 1, 20 + index, sound(size), ours)),
      chunked(6, 9, 1, 40, bodies.VP),
    ];
    const media = Buffer.concat(expected);
    assert.ok(viewer.received.subarray(-media.length).equals(media));
  },
);

wireCase("6.13 a body without a byte is forwarded where the format has one", async ({ rtmp }) => {
  const source = await publisher(rtmp, "cam", []);
  source.send(1, [9, 0, bytes("22")], [8, 0, bytes("2f")], [9, 0, bytes("12")]);
  const viewer = await player(rtmp, "cam");
  source.send(1, [8, 20, bytes("2f fffb90")], [9, 40, bytes("22")]);
  await until(() => viewer.media(9).length === 2, "both pictures have arrived");
  assert.ok(viewer.received.includes(chunked(6, 9, 1, 0, bytes("12"))));
  assert.ok(viewer.received.includes(chunked(4, 8, 1, 20, bytes("2f fffb90"))));
});

wireCase(
  "6.13 whatever the peer's chunk size is, ours is announced once, with connect, and then kept",
  async ({ rtmp }) => {
    const viewer = await (await peer(rtmp)).shake();
    viewer.setChunkSize(100);
    viewer.send(0, [20, 0, encodeAmf0("connect", 1, { app: "live" })]);
    await viewer.answer(1);
    await viewer.call("createStream");
    viewer.tell(1, "play", "cam");
    const source = await publisher(rtmp, "cam");
    source.setChunkSize(1_000_000);
    source.send(1, [9, 0, bodies.VI], [8, 0, sound(ours)]);
    await until(() => viewer.media(8).length === 2, "the sound has arrived");
    viewer.setChunkSize(5000);
    source.send(1, [8, 20, sound(ours)], [9, 40, bodies.VP]);
    await until(() => viewer.media(9).length === 3, "the last frame has arrived");
    assert.ok(viewer.received.includes(chunked(4, 8, 1, 20, sound(ours), ours)));
    assert.deepEqual(
      viewer.messages.filter(({ type }) => type === 1).map(({ body }) => Buffer.from(body).readUInt32BE()),
      [ours],
    );
    assert.deepEqual(
      viewer.received.subarray(handshakeSize, handshakeSize + 16),
      bytes("02 000000 000004 01 00000000 00010000"),
    );
  },
);

wireCase(
  "6.13 every message begins with a full header on a chunk stream below 64, and 3 only goes on",
  async ({ rtmp }) => {
    const source = await publisher(rtmp, "cam");
    source.setChunkSize(1_000_000);
    const viewer = await player(rtmp, "cam");
    for (let time = 0; time < 400; time += 40)
      source.send(
        1,
        [9, time, time % 200 === 0 ? bodies.VI : bodies.VP],
        [8, time, sound(ours + time)],
        [18, time, encodeAmf0("onCuePoint", {})],
      );
    await until(() => viewer.media(18).length === 10, "everything has arrived");
    const chunks = chunksOf(viewer);
    for (const { csid, format, begins } of chunks) {
      assert.equal(format, begins ? 0 : 3);
      assert.ok(csid >= 2 && csid <= 6, `chunk stream ${csid}`);
    }
    assert.deepEqual([...new Set(chunks.map(({ csid }) => csid))].sort(), [2, 3, 4, 5, 6]);
  },
);

wireCase("6.13 times of FFFFFF and more are extended, and repeated on every continuation", async ({ rtmp }) => {
  const source = await publisher(rtmp, "cam");
  source.setChunkSize(1_000_000);
  source.send(1, [9, 0, bodies.VI]);
  // No step is so long that it is taken for a jump.
  for (let time = 9000; time < 0xfffff0; time += 9000) source.send(1, [8, time, bodies.AF]);
  const viewer = await player(rtmp, "cam");
  source.send(1, [9, 0xfffffd, bodies.VI], [9, 0xfffffe, bodies.VP], [9, 0xffffff, bodies.VP]);
  source.send(1, [8, 0x1000000, sound(2 * ours + 1)], [8, 0x1000001, bodies.AF], [9, 0x1000002, bodies.VP]);
  await until(() => viewer.media(9).some(({ timestampMs }) => timestampMs === 0x1000002), "the last frame has arrived");
  const expected = Buffer.concat([
    bytes("06 fffffd 00001f 09 01000000"),
    bodies.VI,
    bytes("06 fffffe 00000f 09 01000000"),
    bodies.VP,
    bytes("06 ffffff 00000f 09 01000000 00ffffff"),
    bodies.VP,
    chunked(4, 8, 1, 0x1000000, sound(2 * ours + 1), ours),
    bytes("04 ffffff 000008 08 01000000 01000001"),
    bodies.AF,
    bytes("06 ffffff 00000f 09 01000000 01000002"),
    bodies.VP,
  ]);
  assert.ok(viewer.received.subarray(-expected.length).equals(expected));
  assert.ok(chunksOf(viewer).every(({ format, begins }) => format === (begins ? 0 : 3)));
});
