import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { bytes, hex, outcome } from "../testing/chunks.ts";
import { chunkedSize, encodeMessage, writeMessage } from "./chunk-encoder.ts";
import type { Message } from "./message.ts";

const message = (timestampMs: number, body: Uint8Array, streamId = 1): Message => ({
  type: 9,
  streamId,
  timestampMs,
  body,
});

const vectors: { name: string; csid: number; message: Message; wire: string }[] = [
  {
    name: "a full header, its stream id little-endian",
    csid: 3,
    message: { type: 20, streamId: 0x01020304, timestampMs: 0x123456, body: bytes("aabb") },
    wire: "03 123456 000002 14 04030201 aabb",
  },
  {
    name: "nothing after the header of an empty body",
    csid: 4,
    message: message(0, bytes("")),
    wire: "04 000000 000000 09 01000000",
  },
  {
    name: "type 3 before each further chunk, in the same chunk stream",
    csid: 63,
    message: message(40, bytes("0102030405")),
    wire: "3f 000028 000005 09 01000000 0102 ff 0304 ff 05",
  },
  {
    name: "no header after a body that fills its chunks exactly",
    csid: 2,
    message: message(40, bytes("01020304")),
    wire: "02 000028 000004 09 01000000 0102 c2 0304",
  },
  {
    name: "0xFFFFFE as it is",
    csid: 6,
    message: message(0xfffffe, bytes("010203")),
    wire: "06 fffffe 000003 09 01000000 0102 c6 03",
  },
  {
    name: "0xFFFFFF as an extended time, in every chunk",
    csid: 6,
    message: message(0xffffff, bytes("0102030405")),
    wire: "06 ffffff 000005 09 01000000 00ffffff 0102 c6 00ffffff 0304 c6 00ffffff 05",
  },
  {
    name: "the last time there is",
    csid: 6,
    message: message(0xffffffff, bytes("01")),
    wire: "06 ffffff 000001 09 01000000 ffffffff 01",
  },
  {
    name: "times modulo 2³²",
    csid: 6,
    message: message(2 ** 32 + 8, bytes("01")),
    wire: "06 000008 000001 09 01000000 01",
  },
  {
    name: "a time before 0 as one that wraps",
    csid: 6,
    message: message(-5, bytes("01")),
    wire: "06 ffffff 000001 09 01000000 fffffffb 01",
  },
];
for (const { name, csid, message: sent, wire } of vectors) {
  test(`we send ${name}`, () => assert.equal(hex(encodeMessage(csid, sent, 2)), wire.replaceAll(" ", "")));
}

const sizes: { length: number; plain: number; extended: number }[] = [
  { length: 0, plain: 12, extended: 16 },
  { length: 1, plain: 13, extended: 17 },
  { length: 127, plain: 139, extended: 143 },
  { length: 128, plain: 140, extended: 144 },
  { length: 129, plain: 142, extended: 150 },
  { length: 256, plain: 269, extended: 277 },
  { length: 257, plain: 271, extended: 283 },
];
for (const { length, plain, extended } of sizes) {
  test(`${length} bytes take ${plain} bytes in chunks of 128, ${extended} with an extended time, and are read again`, () => {
    for (const [timestampMs, size] of [
      [0, plain],
      [0xfffffe, plain],
      [0xffffff, extended],
      [0x1000000, extended],
      [2 ** 32 + 8, plain],
    ] as const) {
      const sent = message(timestampMs, new Uint8Array(length).fill(7));
      const wire = encodeMessage(6, sent, 128);
      assert.deepEqual([wire.length, chunkedSize(length, timestampMs, 128)], [size, size]);
      assert.deepEqual(outcome([wire]).messages, [{ ...sent, timestampMs: timestampMs % 2 ** 32 }]);
    }
  });
}

test("a body in two parts is the same as in one, and nothing around it is touched", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 20 }),
      fc.uint8Array({ maxLength: 600 }),
      fc.integer({ min: 1, max: 300 }),
      fc.constantFrom(5, 0xfffffe, 0xffffff, 0x1000000, 0xffffffff),
      fc.nat(9),
      (head, data, chunkSize, time, at) => {
        const size = chunkedSize(head.length + data.length, time, chunkSize);
        const out = new Uint8Array(at + size + 4).fill(0xcc);
        assert.equal(writeMessage(out, at, 6, 9, 1, time, head, data, chunkSize), at + size);
        const whole = encodeMessage(6, message(time, Uint8Array.from([...head, ...data])), chunkSize);
        assert.equal(hex(out), "cc".repeat(at) + hex(whole) + "cc".repeat(4));
      },
    ),
  );
});
