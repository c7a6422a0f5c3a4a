import assert from "node:assert/strict";
import test from "node:test";
import type { Packet } from "@sluice/media";
import fc from "fast-check";
import { audioTrack, videoTrack } from "../../testing/synthetic.ts";
import { packPackets, unpackPackets } from "./packed-packets.ts";

const packet: fc.Arbitrary<Packet> = fc.record(
  {
    kind: fc.constantFrom("config", "frame", "data", "end", "extra"),
    track: fc.constantFrom(audioTrack, videoTrack, { ...videoTrack, id: 1 }),
    dtsUs: fc.nat(2 ** 50),
    ptsUs: fc.integer({ min: -(2 ** 40), max: 2 ** 50 }),
    keyframe: fc.boolean(),
    data: fc.uint8Array({ maxLength: 300 }),
  },
  { noNullPrototype: true },
);

test("packets that were packed come back as they were, and their tracks are the same objects", () => {
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 50 }), (packets) => {
      const { parts, length, tracks } = packPackets(packets);
      const bytes = Buffer.concat(parts);
      assert.equal(bytes.length, length);
      const back = unpackPackets(new Uint8Array(bytes), tracks);
      assert.deepEqual(back, packets);
      assert.ok(back.every(({ track }, index) => track === packets[index]?.track));
    }),
  );
});

test("bytes that were never packed are an error", () => {
  assert.throws(() => unpackPackets(new Uint8Array(3), []));
  assert.throws(() => unpackPackets(bytesOf([1, 9]), [videoTrack]));
  assert.throws(() => unpackPackets(bytesOf([255, 255, 255, 255]), [videoTrack]));
});

function bytesOf(values: number[]): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0, 0, 0, ...values]);
  return bytes;
}
