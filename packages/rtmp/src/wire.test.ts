import assert from "node:assert/strict";
import test from "node:test";
import { MalformedError } from "@sluice/media";
import fc from "fast-check";
import { lend } from "../testing/chunks.ts";
import { AckCounter } from "./acknowledgement.ts";
import { splitAggregate } from "./aggregate.ts";
import { ChunkDecoder, defaultChunkLimits } from "./chunk-decoder.ts";
import { chunkedSize, encodeMessage, writeMessage } from "./chunk-encoder.ts";
import { parseUserControl, setChunkSize, userControl } from "./control.ts";
import { type Message, MessageType } from "./message.ts";
import { Demand } from "./parser.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const times = (messages: readonly Message[]) => messages.map(({ timestampMs }) => timestampMs);

/** What a decoder makes of the bytes, handed over `step` at a time in memory that is used again. */
function decode(wire: Uint8Array, step = wire.length || 1, limits = defaultChunkLimits): Message[] {
  const seen: Message[] = [];
  const input = new Demand(new ChunkDecoder(limits).messages((message) => void seen.push(message)));
  for (let at = 0; at < wire.length; at += step) lend(input, wire.subarray(at, at + step));
  return seen;
}

/** The same in every fragmentation that tells pieces apart: whole, byte by byte, and cut once at each place. */
function decodeAnyhow(text: string): Message[] {
  const wire = bytes(text);
  const whole = decode(wire);
  assert.deepEqual(decode(wire, 1), whole);
  for (let cut = 1; cut < wire.length; cut++) {
    const seen: Message[] = [];
    const input = new Demand(new ChunkDecoder().messages((message) => void seen.push(message)));
    input.push(wire.subarray(0, cut));
    input.push(wire.subarray(cut));
    assert.deepEqual(seen, whole);
  }
  return whole;
}

const clocks: { name: string; hex: string; times: number[] }[] = [
  { name: "type 0 is absolute", hex: "06 000028 000001 09 01000000 aa", times: [40] },
  {
    name: "types 1 and 2 add",
    hex: "06 000028 000001 09 01000000 aa 46 000014 000001 09 bb 86 000005 cc",
    times: [40, 60, 65],
  },
  {
    name: "type 3 repeats the delta",
    hex: "06 000028 000001 09 01000000 aa 46 000014 000001 09 bb c6 cc",
    times: [40, 60, 80],
  },
  { name: "type 3 after type 0 adds its time", hex: "06 000028 000001 09 01000000 aa c6 bb", times: [40, 80] },
  {
    name: "a delta of −5",
    hex: "04 0003ed 000001 09 01000000 aa 44 ffffff 000001 09 fffffffb bb",
    times: [1005, 1000],
  },
  {
    name: "extended times are absolute in type 0 and deltas in type 1",
    hex: "06 ffffff 000001 09 01000000 01000000 aa 46 ffffff 000001 09 01000000 bb",
    times: [0x1000000, 0x2000000],
  },
  { name: "0xFFFFFF itself is extended", hex: "06 ffffff 000001 09 01000000 00ffffff aa", times: [0xffffff] },
  { name: "0xFFFFFE is not", hex: "06 fffffe 000001 09 01000000 aa", times: [0xfffffe] },
  {
    name: "type 3 that begins a message repeats the extended field",
    hex: "06 ffffff 000001 09 01000000 01000000 aa c6 01000000 bb",
    times: [0x1000000, 0x2000000],
  },
  { name: "a first chunk of type 1 counts from 0", hex: "42 000010 000006 04 000600000001", times: [16] },
];
for (const { name, hex: wire, times: expected } of clocks)
  test(`time: ${name}`, () => assert.deepEqual(times(decodeAnyhow(wire)), expected));

const ids: { hex: string; same?: string }[] = [
  { hex: "02" },
  { hex: "3f" },
  { hex: "00 00", same: "01 00 00" },
  { hex: "00 ff", same: "01 ff 00" },
  { hex: "01 00 01" },
  { hex: "01 ff ff" },
];
for (const { hex: id, same } of ids) {
  test(`chunk stream ${id} is one stream${same ? `, also as ${same}` : ""}`, () => {
    const again = bytes(same ?? id);
    again[0] = (again[0] ?? 0) | 0xc0;
    const seen = decodeAnyhow(`${id} 000028 000001 09 01000000 aa ${hex(again)} bb`);
    assert.deepEqual(
      seen.map(({ body }) => hex(body)),
      ["aa", "bb"],
    );
  });
}

test("the message stream id is little-endian, and inherited", () => {
  assert.deepEqual(
    decodeAnyhow("06 000000 000001 09 01020000 aa 46 000000 000001 08 bb").map(({ streamId, type }) => [
      streamId,
      type,
    ]),
    [
      [0x201, 9],
      [0x201, 8],
    ],
  );
});

const payload = "5a".repeat(128);
test("continuations that repeat the extended time, and those that leave it out", () => {
  const repeated = `06 ffffff 000082 09 01000000 01000000 ${payload} c6 01000000 abcd`;
  const omitted = `06 ffffff 000084 09 01000000 01000000 ${payload} c6 abcdef01`;
  for (const wire of [repeated, omitted]) {
    const [message] = decode(bytes(wire));
    assert.equal(message?.timestampMs, 0x1000000);
    assert.match(hex(message?.body ?? bytes("")), /5aabcd(ef01)?$/);
    assert.deepEqual(decode(bytes(wire), 1), decode(bytes(wire)));
  }
});

test("who leaves the extended time out once is known to", () => {
  const message = `06 ffffff 000082 09 01000000 01000000 ${payload} c6 0102`;
  const seen = decode(bytes(`${message} ${message} ${message}`));
  assert.deepEqual(
    seen.map(({ body }) => hex(body.subarray(128))),
    ["0102", "0102", "0102"],
  );
});

test("a continuation does not add the delta again", () => {
  const wire = `06 000064 000001 09 01000000 aa 46 000028 000081 09 ${payload} c6 ab 86 000028 ${payload} c6 cd`;
  assert.deepEqual(times(decode(bytes(wire))), [100, 140, 180]);
});

test("a chunk size holds from the next chunk on, in the middle of other messages too", () => {
  const wire = `06 000028 000123 09 01000000 ${payload} 02 000000 000004 01 00000000 00001000 c6 ${"33".repeat(163)}`;
  const [control, video] = decode(bytes(wire));
  assert.equal(control?.type, 1);
  assert.equal(video?.body.length, 291);
});

for (const [name, body] of [
  ["0", "00000000"],
  ["with its top bit set", "80000001"],
  ["in three bytes", "000001"],
] as const) {
  test(`a chunk size ${name} is refused`, () => {
    const wire = bytes(`02 000000 ${(body.length / 2).toString(16).padStart(6, "0")} 01 00000000 ${body}`);
    assert.throws(
      () => decode(wire),
      (error) => error instanceof MalformedError && error.code === "rtmp/chunk-size",
    );
  });
}

test("a huge chunk size means the largest message", () => {
  const decoder = new ChunkDecoder();
  new Demand(decoder.messages(() => {})).push(encodeMessage(2, setChunkSize(0x7fffffff), 128));
  assert.equal(decoder.chunkSize, 0xffffff);
});

test("a new header in the middle of a message drops the rest of it, and never splices", () => {
  assert.deepEqual(
    decode(bytes(`06 000000 000100 09 01000000 ${payload} 06 000010 000001 09 01000000 bb`)).map(({ body }) =>
      hex(body),
    ),
    ["bb"],
  );
});

test("abort drops the unfinished message, and its header is remembered", () => {
  const abort = "02 000000 000004 02 00000000 00000006";
  const wire = `06 000028 000100 09 01000000 ${payload} ${abort} 02 000000 000004 02 00000000 00000009 46 000001 000001 09 bb`;
  const seen = decode(bytes(wire)).filter(({ type }) => type === 9);
  assert.deepEqual(
    seen.map(({ body, streamId, timestampMs }) => [hex(body), streamId, timestampMs]),
    [["bb", 1, 41]],
  );
});

test("a message without a body is complete at once", () => {
  const seen = decodeAnyhow("04 000000 000000 08 01000000 04 000017 000001 08 01000000 aa");
  assert.deepEqual(
    seen.map(({ body }) => body.length),
    [0, 1],
  );
});

const refused: { name: string; wire: string; code: string }[] = [
  { name: "type 2 on a stream never seen", wire: "84 000000", code: "rtmp/chunk-header" },
  { name: "type 3 on a stream never seen", wire: "c4", code: "rtmp/chunk-header" },
  { name: "a video message over the limit", wire: "06 000000 ffffff 09 01000000", code: "rtmp/message-size" },
  { name: "a command over the limit", wire: "03 000000 040001 14 00000000", code: "rtmp/message-size" },
  { name: "a control message over the limit", wire: "02 000000 000011 04 00000000", code: "rtmp/message-size" },
  {
    name: "65 chunk streams",
    wire: Array.from(
      { length: 65 },
      (_, index) => `00 ${index.toString(16).padStart(2, "0")} 000000 000000 08 01000000`,
    ).join(" "),
    code: "rtmp/chunk-streams",
  },
];
for (const { name, wire, code } of refused) {
  test(`${name} is refused by its header alone`, () => {
    const limits = { ...defaultChunkLimits, messageBytes: 1 << 20 };
    assert.throws(
      () => decode(bytes(wire), 1, limits),
      (error) => error instanceof MalformedError && error.code === code,
    );
  });
}

test("the bytes of unfinished messages are limited over all chunk streams", () => {
  const limits = { ...defaultChunkLimits, partialBytes: 1000 };
  const begin = (id: number) => `00 ${id.toString(16).padStart(2, "0")} 000000 010000 09 01000000 ${payload}`;
  const wire = bytes(Array.from({ length: 10 }, (_, id) => begin(id)).join(" "));
  assert.throws(
    () => decode(wire, 100, limits),
    (error) => error instanceof MalformedError && error.code === "rtmp/partial-bytes",
  );
});

test("a declared length costs nothing until it arrives", () => {
  const input = new Demand(new ChunkDecoder().messages(() => {}));
  const before = process.memoryUsage().arrayBuffers;
  input.push(encodeMessage(2, setChunkSize(0xffffff), 128));
  for (let id = 3; id < 60; id++)
    input.push(bytes(`${id.toString(16).padStart(2, "0")} 000000 ffffff 09 01000000`).subarray(0, 12));
  assert.ok(process.memoryUsage().arrayBuffers - before < 4 << 20);
});

test("chunks of one byte cost linear time", () => {
  const body = new Uint8Array(200_000);
  const wire = Buffer.concat([
    encodeMessage(2, setChunkSize(1), 128),
    encodeMessage(6, { type: 9, streamId: 1, timestampMs: 0, body }, 1),
  ]);
  assert.equal(decode(wire, 1460).at(-1)?.body.length, 200_000);
});

test("a parser that has thrown is finished", () => {
  const input = new Demand(new ChunkDecoder().messages(() => {}));
  assert.throws(() => input.push(bytes("c4")), MalformedError);
  assert.throws(() => input.push(bytes("06 000028 000001 09 01000000 aa")), MalformedError);
});

for (const length of [0, 1, 127, 128, 129, 256, 257]) {
  for (const timestampMs of [0, 0xfffffe, 0xffffff, 0x1000000, 2 ** 32 + 8]) {
    test(`we send ${length} bytes at ${timestampMs} ms in the very size announced, and they are read again`, () => {
      const message = { type: 9, streamId: 1, timestampMs, body: new Uint8Array(length).fill(7) };
      const wire = encodeMessage(6, message, 128);
      const extended = timestampMs % 2 ** 32 >= 0xffffff ? 4 : 0;
      assert.equal(wire.length, 12 + extended + length + Math.max(0, Math.ceil(length / 128) - 1) * (1 + extended));
      assert.equal(wire.length, chunkedSize(length, timestampMs, 128));
      assert.deepEqual(decode(wire), [{ ...message, timestampMs: timestampMs % 2 ** 32 }]);
    });
  }
}

test("a body in two parts is the same as in one", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 20 }),
      fc.uint8Array({ maxLength: 600 }),
      fc.integer({ min: 1, max: 300 }),
      (head, data, chunkSize) => {
        const out = new Uint8Array(chunkedSize(head.length + data.length, 5, chunkSize));
        assert.equal(writeMessage(out, 0, 6, 9, 1, 5, head, data, chunkSize), out.length);
        assert.deepEqual(
          out,
          encodeMessage(
            6,
            { type: 9, streamId: 1, timestampMs: 5, body: Uint8Array.from([...head, ...data]) },
            chunkSize,
          ),
        );
      },
    ),
  );
});

/** Chunks of one message in its own chunk stream, any id and time. */
function chunks(id: number, { type, streamId, timestampMs, body }: Message, chunkSize: number): Uint8Array[] {
  const basic = (format: number) =>
    id < 64
      ? [(format << 6) | id]
      : id < 320
        ? [format << 6, id - 64]
        : [(format << 6) | 1, (id - 64) & 255, (id - 64) >> 8];
  const u24 = (value: number) => [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  const extended = timestampMs >= 0xffffff ? [timestampMs >>> 24, ...u24(timestampMs & 0xffffff)] : [];
  const first = [
    ...basic(0),
    ...u24(Math.min(timestampMs, 0xffffff)),
    ...u24(body.length),
    type,
    streamId,
    0,
    0,
    0,
    ...extended,
  ];
  const parts: Uint8Array[] = [Uint8Array.from([...first, ...body.subarray(0, chunkSize)])];
  for (let at = chunkSize; at < body.length; at += chunkSize)
    parts.push(Uint8Array.from([...basic(3), ...extended, ...body.subarray(at, at + chunkSize)]));
  return parts;
}

const message: fc.Arbitrary<Message> = fc.record(
  {
    type: fc.constantFrom(8, 9, 18),
    streamId: fc.constantFrom(1, 2),
    timestampMs: fc.oneof(fc.constantFrom(0, 0xfffffe, 0xffffff, 0x1000000, 0xffffffff), fc.nat(0xffffffff)),
    body: fc
      .oneof(fc.constantFrom(0, 127, 128, 129), fc.nat(700))
      .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
  },
  { noNullPrototype: true },
);

test("messages interleaved on any chunk streams and cut anywhere are the same messages", () => {
  const streamIds = [2, 63, 64, 319, 320, 65_599, 5, 6];
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 200 }),
      fc.infiniteStream(fc.nat(1000)),
      (messages, step, choices) => {
        const queues = messages.map((each, index) => chunks(streamIds[index] ?? 7, each, 128));
        const wire: Uint8Array[] = [];
        while (queues.some((queue) => queue.length > 0)) {
          const waiting = queues.filter((queue) => queue.length > 0);
          const next = waiting[(choices.next().value ?? 0) % waiting.length]?.shift();
          if (next) wire.push(next);
        }
        const sorted = (all: readonly Message[]) =>
          all.map((each) => JSON.stringify({ ...each, body: hex(each.body) })).sort();
        assert.deepEqual(sorted(decode(Buffer.concat(wire), step)), sorted(messages));
      },
    ),
  );
});

test("any bytes are messages or one MalformedError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (wire, step) => {
      try {
        decode(wire, step);
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

test("acknowledgements follow the peer's window; tiny ones are not taken at their word, none are sent for 0", () => {
  const due = (window: number, pieces: number, size: number) => {
    const counter = new AckCounter();
    counter.setWindow(window);
    return Array.from({ length: pieces }, () => counter.received(size)).filter((each) => each !== undefined);
  };
  assert.deepEqual(
    due(100_000, 10, 100_000),
    Array.from({ length: 10 }, (_, index) => (index + 1) * 100_000),
  );
  assert.equal(due(0, 100, 100_000).length, 0);
  assert.equal(due(1, 1000, 100).length, 3);
  assert.deepEqual(due(2 ** 31, 4, 2 ** 31), [2 ** 31, 0, 2 ** 31, 0]);
});

for (const event of [
  { kind: "stream begin", streamId: 1 },
  { kind: "stream eof", streamId: 2 },
  { kind: "set buffer length", streamId: 1, milliseconds: 3000 },
  { kind: "ping request", timestamp: 0xfffffffe },
  { kind: "buffer ready", streamId: 1 },
] as const) {
  test(`${event.kind} is read as it was written`, () =>
    assert.deepEqual(parseUserControl(userControl(event).body), event));
}

test("user control that is unknown or too short is nothing, and what is too long is read", () => {
  for (const body of ["", "0006", "000600", "0003 00000001 0000", "0063 00000000", "001a 0000000000000000"])
    assert.equal(parseUserControl(bytes(body)), undefined);
  assert.deepEqual(parseUserControl(bytes("0006 00000005 ffff")), { kind: "ping request", timestamp: 5 });
});

const sub = (type: string, length: string, time: string, body: string, back: string) =>
  `${type} ${length} ${time} 000000 ${body} ${back}`;
const aggregate = (body: string): Message => ({
  type: MessageType.aggregate,
  streamId: 1,
  timestampMs: 5000,
  body: bytes(body),
});

test("an aggregate is its messages, timed from the first one", () => {
  const body = sub("09", "000001", "0003e800", "aa", "0000000c") + sub("08", "000002", "00041000", "bbcc", "0000000d");
  assert.deepEqual(
    splitAggregate(aggregate(body)).map(({ type, streamId, timestampMs, body: its }) => [
      type,
      streamId,
      timestampMs,
      hex(its),
    ]),
    [
      [9, 1, 5000, "aa"],
      [8, 1, 5040, "bbcc"],
    ],
  );
});

for (const [name, body, count] of [
  ["nothing inside", "", 0],
  ["a length past the end", sub("09", "0000ff", "00000000", "aa", ""), 0],
  [
    "a wrong back pointer",
    sub("09", "000001", "00000000", "aa", "000000ff") + sub("09", "000001", "00000000", "aa", "0000000c"),
    1,
  ],
  ["another aggregate inside", sub("16", "000001", "00000000", "aa", "0000000c"), 0],
  ["a chunk size inside", sub("01", "000004", "00000000", "00000001", "0000000f"), 0],
  ["its tail cut off", `${sub("09", "000001", "00000000", "aa", "0000000c")} 09 0000`, 1],
] as const) {
  test(`an aggregate with ${name} ends quietly`, () => assert.equal(splitAggregate(aggregate(body)).length, count));
}
