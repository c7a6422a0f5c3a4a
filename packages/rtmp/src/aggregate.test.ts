import assert from "node:assert/strict";
import test from "node:test";
import { flvTag } from "@sluice/media";
import fc from "fast-check";
import { bytes, hex } from "../testing/chunks.ts";
import { splitAggregate } from "./aggregate.ts";
import { type Message, MessageType } from "./message.ts";

const aggregate = (body: Uint8Array, timestampMs = 5000): Message => ({
  type: MessageType.aggregate,
  streamId: 1,
  timestampMs,
  body,
});
const plain = (messages: readonly Message[]) =>
  messages.map(({ type, streamId, timestampMs, body }) => [type, streamId, timestampMs, hex(body)]);

const video = "09 000001 0003e8 00 000000 aa 0000000c";
const audio = "08 000002 000410 00 000000 bbcc 0000000d";
const both = [
  [9, 1, 5000, "aa"],
  [8, 1, 5040, "bbcc"],
];

const cases: { name: string; body: string; parts: unknown[][] }[] = [
  { name: "two messages, timed from the first one", body: `${video} ${audio}`, parts: both },
  {
    name: "stream ids of their own, which do not count",
    body: `09 000001 0003e8 00 000007 aa 0000000c ${audio}`,
    parts: both,
  },
  {
    name: "a time that goes back",
    body: `${video} 08 000001 0003c0 00 000000 bb 0000000c`,
    parts: [
      [9, 1, 5000, "aa"],
      [8, 1, 4960, "bb"],
    ],
  },
  {
    name: "times of 32 bits, the top byte last",
    body: "09 000001 ffffff 00 000000 aa 0000000c 09 000001 000007 01 000000 bb 0000000c",
    parts: [
      [9, 1, 5000, "aa"],
      [9, 1, 5008, "bb"],
    ],
  },
  {
    name: "times beyond 2³¹",
    body: "09 000001 000000 80 000000 aa 0000000c 09 000001 000001 80 000000 bb 0000000c",
    parts: [
      [9, 1, 5000, "aa"],
      [9, 1, 5001, "bb"],
    ],
  },
  {
    name: "data, and a message without a body",
    body: "12 000001 000000 00 000000 05 0000000c 08 000000 000000 00 000000 0000000b",
    parts: [
      [18, 1, 5000, "05"],
      [8, 1, 5000, ""],
    ],
  },
  {
    name: "a command, which is passed over",
    body: `${video} 14 000001 000000 00 000000 05 0000000c ${audio}`,
    parts: both,
  },
  { name: "nothing", body: "", parts: [] },
  { name: "ten bytes", body: "09 000001 0003e8 00 0000", parts: [] },
  { name: "a length past the end", body: "09 0000ff 0003e8 00 000000 aa", parts: [] },
  {
    name: "a good message and a length past the end",
    body: `${video} 09 000002 0003e8 00 000000 aa`,
    parts: [both[0]],
  },
  { name: "no back pointer at its end", body: "09 000001 0003e8 00 000000 aa", parts: [both[0]] },
  { name: "half a back pointer", body: "09 000001 0003e8 00 000000 aa 0000", parts: [both[0]] },
  { name: "a wrong back pointer", body: `09 000001 0003e8 00 000000 aa 000000ff ${audio}`, parts: [both[0]] },
  { name: "its tail cut off", body: `${video} 08 0000`, parts: [both[0]] },
  ...[1, 2, 3, 4, 5, 6, 22].map((type) => ({
    name: `a message of type ${type}, where it ends`,
    body: `${video} ${hex(Uint8Array.of(type))} 000004 000000 00 000000 00000001 0000000f ${audio}`,
    parts: [both[0]],
  })),
].map((each) => ({ ...each, parts: each.parts as unknown[][] }));
for (const { name, body, parts } of cases)
  test(`an aggregate of ${name}`, () => assert.deepEqual(plain(splitAggregate(aggregate(bytes(body)))), parts));

test("the aggregate's own time wraps at 2³²", () => {
  const parts = splitAggregate(aggregate(bytes(`${video} ${audio}`), 0xfffffff0));
  assert.deepEqual(
    parts.map(({ timestampMs }) => timestampMs),
    [0xfffffff0, 24],
  );
});

test("a part that is kept does not keep the whole", () => {
  const body = Buffer.alloc(100_000);
  body.set(bytes(`${video} ${audio}`));
  const parts = splitAggregate(aggregate(body));
  assert.deepEqual(
    parts.map((part) => part.body.buffer.byteLength),
    [1, 2],
  );
});

test("a million messages without a body are not a million messages", () => {
  const body = new Uint8Array(15 * 1_000_000);
  for (let at = 0; at < body.length; at += 15) {
    body[at] = 8;
    body[at + 14] = 11;
  }
  assert.equal(splitAggregate(aggregate(body)).length, 4096);
});

test("tags that are put together are taken apart again", () => {
  const tag = fc.record({
    type: fc.constantFrom<8 | 9 | 18>(8, 9, 18),
    time: fc.nat(0xffffffff),
    body: fc.uint8Array({ maxLength: 50 }),
  });
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 10 }), fc.nat(0xffffffff), (tags, time) => {
      const body = Buffer.concat(
        tags.map((each) => flvTag(each.type, each.time, each.body.subarray(0, 2), each.body.subarray(2))),
      );
      const first = tags[0]?.time ?? 0;
      assert.deepEqual(
        plain(splitAggregate(aggregate(body, time))),
        tags.map((each) => [each.type, 1, (time + each.time - first) >>> 0, hex(each.body)]),
      );
    }),
  );
});

test("any bytes are media messages of the same stream, and no more of them than arrived", () => {
  const noise = fc.uint8Array({ maxLength: 100 });
  fc.assert(
    fc.property(noise, noise, (before, after) => {
      const body = Uint8Array.from([...before, ...bytes(`${video} ${audio}`), ...after]);
      const parts = splitAggregate(aggregate(body));
      assert.ok(parts.every(({ type, streamId }) => [8, 9, 18].includes(type) && streamId === 1));
      assert.ok(parts.reduce((sum, part) => sum + 11 + part.body.length, 0) <= body.length);
    }),
  );
});
