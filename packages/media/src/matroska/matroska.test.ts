import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { describeVideo } from "../codecs/describe.ts";
import { MalformedError } from "../malformed-error.ts";
import type { Packet } from "../packet.ts";
import type { VideoTrack } from "../track.ts";
import { MatroskaDemuxer } from "./demuxer.ts";
import { element, Id, unsigned } from "./ebml.ts";
import { fitsMatroska, matroskaFrame, matroskaHeader } from "./muxer.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const code = (expected: string) => (error: unknown) => error instanceof MalformedError && error.code === expected;
const avcC = "0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8";
const hvcC =
  "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089";
const av1C = "812400000a0e20000024cfa70dbfff3404340080";
const h264 = describeVideo(0, "h264", bytes(avcC));

/** What a demuxer makes of these bytes, given in pieces of `step`. */
function demuxed(data: Uint8Array, step = data.length): Packet[] {
  const seen: Packet[] = [];
  const demuxer = new MatroskaDemuxer((packet) => void seen.push(packet));
  for (let at = 0; at < data.length; at += step) demuxer.push(data.subarray(at, at + step));
  return seen;
}

test("the header says what RFC 9559 asks for", () => {
  const track: VideoTrack = {
    kind: "video",
    id: 0,
    codec: "vp9",
    config: bytes("00"),
    width: 320,
    height: 180,
    frameRate: 25,
  };
  assert.equal(
    hex(matroskaHeader(track)),
    [
      "1a45dfa3 a3 4286 81 01 42f7 81 01 42f2 81 04 42f3 81 08 4282 88 6d6174726f736b61 4287 81 04 4285 81 02",
      "18538067 01ffffffffffffff",
      "1549a966 99 2ad7b1 83 0f4240 4d80 86 536c75696365 5741 86 536c75696365",
      "1654ae6b a7 ae a5 d7 81 01 73c5 81 01 83 81 01 9c 81 00 86 85 565f565039 23e383 84 02625a00",
      "e0 87 b0 82 0140 ba 81 b4",
    ]
      .join("")
      .replaceAll(" ", ""),
  );
});

const frames = [
  { name: "a keyframe at the beginning", ms: 0, key: true, wire: "1f43b675 8c e7 81 00 a3 87 81 0000 80 000102" },
  { name: "another one later", ms: 0x1234, key: false, wire: "1f43b675 8d e7 82 1234 a3 87 81 0000 00 000102" },
  { name: "after many days", ms: 2 ** 40, key: true, wire: "1f43b675 91 e7 86 010000000000 a3 87 81 0000 80 000102" },
];
for (const { name, ms, key, wire } of frames) {
  test(`a frame is a cluster of its own: ${name}`, () => {
    assert.equal(hex(matroskaFrame(h264, ms, key, bytes("000102"))), wire.replaceAll(" ", ""));
  });
}

test("sizes are written in one byte, or in four", () => {
  assert.equal(hex(element(Id.block, new Uint8Array(126)).subarray(0, 2)), "a1fe");
  assert.equal(hex(element(Id.block, new Uint8Array(127)).subarray(0, 5)), "a11000007f");
  assert.equal(hex(unsigned(Id.timestamp, 255)), "e781ff");
  assert.equal(hex(unsigned(Id.timestamp, 256)), "e7820100");
  assert.equal(hex(unsigned(Id.timestamp, 2 ** 48)), "e78701000000000000");
});

test("AV1 goes without its temporal delimiters", () => {
  const av1 = describeVideo(0, "av1", bytes(av1C));
  assert.equal(hex(matroskaFrame(av1, 0, true, bytes("1200 0a01ff"))).slice(-6), "0a01ff");
  assert.ok(!hex(matroskaFrame(av1, 0, true, bytes("1200 0a01ff"))).includes("1200"));
});

test("what has no word in Matroska does not fit", () => {
  assert.ok(fitsMatroska(h264));
  assert.ok(!fitsMatroska({ kind: "video", id: 0, codec: "vp6", config: bytes("") }));
});

for (const [codec, config] of [
  ["h264", avcC],
  ["hevc", hvcC],
  ["av1", av1C],
  ["vp9", ""],
  ["vp8", ""],
] as const) {
  test(`${codec}: what is muxed is demuxed, however it is split`, () => {
    const track = describeVideo(0, codec, bytes(config));
    const frame = fc.record({ ms: fc.nat(2 ** 33), keyframe: fc.boolean(), data: fc.uint8Array({ maxLength: 300 }) });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), fc.integer({ min: 1, max: 200 }), (all, step) => {
        const written = all.map(({ ms, keyframe, data }) => ({
          ms,
          keyframe,
          data: codec === "av1" ? obu(data) : data,
        }));
        const wire = [
          matroskaHeader(track),
          ...written.map((each) => matroskaFrame(track, each.ms, each.keyframe, each.data)),
        ];
        const [configured, ...seen] = demuxed(new Uint8Array(Buffer.concat(wire)), step);
        assert.equal(configured?.kind, "config");
        assert.deepEqual(configured?.track, track);
        assert.deepEqual(
          seen.map(({ ptsUs, keyframe, data }) => ({ ms: ptsUs / 1000, keyframe, data: hex(data) })),
          written.map(({ ms, keyframe, data }) => ({ ms, keyframe, data: hex(data) })),
        );
      }),
    );
  });
}

/** A frame OBU of any content. */
function obu(data: Uint8Array): Uint8Array {
  return Uint8Array.from([0x32, 0x80 | (data.length & 0x7f), data.length >> 7, ...data]);
}

test("a block in a group is a keyframe where it refers to no other", () => {
  const block = (...more: Uint8Array[]) => element(Id.blockGroup, element(Id.block, bytes("81 0005 00 aa")), ...more);
  const cluster = element(
    Id.cluster,
    unsigned(Id.timestamp, 100),
    block(),
    block(element(Id.referenceBlock, bytes("d8"))),
  );
  const seen = demuxed(new Uint8Array([...matroskaHeader(h264), ...cluster])).slice(1);
  assert.deepEqual(
    seen.map(({ ptsUs, keyframe }) => ({ ptsUs, keyframe })),
    [
      { ptsUs: 105_000, keyframe: true },
      { ptsUs: 105_000, keyframe: false },
    ],
  );
});

const broken = [
  { name: "an element that nobody could keep", wire: "a3 11000001", code: "matroska/element" },
  { name: "an element without an end that must have one", wire: "ec ff", code: "matroska/element" },
  { name: "an id that is none", wire: "00", code: "matroska/element" },
  { name: "a block of several frames", wire: "a3 85 81 0000 02 00", code: "matroska/lacing" },
  { name: "a block that is too short", wire: "a3 82 81 00", code: "bytes/short" },
];
for (const { name, wire, code: expected } of broken) {
  test(`refused: ${name}`, () => {
    assert.throws(() => demuxed(new Uint8Array([...matroskaHeader(h264), ...bytes(wire)])), code(expected));
  });
}

test("whatever comes is read, or refused as malformed", () => {
  const wire = [...matroskaHeader(h264), ...matroskaFrame(h264, 40, true, bytes("0000000165"))];
  const damage = fc.array(fc.record({ at: fc.nat(wire.length - 1), value: fc.nat(255) }), { maxLength: 8 });
  fc.assert(
    fc.property(damage, fc.uint8Array({ maxLength: 40 }), (changes, more) => {
      const data = Uint8Array.from([...wire, ...more]);
      for (const { at, value } of changes) data[at] = value;
      try {
        demuxed(data, 7);
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
    }),
  );
});
