import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { encodeAmf0 } from "../amf/amf0.ts";
import { describeAudio, describeVideo } from "../codecs/describe.ts";
import type { Packet } from "../packet.ts";
import { dataTrack, type Track } from "../track.ts";
import { flvBody } from "./body.ts";
import { FlvDemuxer } from "./demuxer.ts";
import { FlvReader, type FlvTag } from "./reader.ts";
import { FlvTagType, flvHeader, flvTag } from "./tag.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

const avcC = "0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8";
const hvcC =
  "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089";
const av1C = "812400000a0e20000024cfa70dbfff3404340080";
const info = "120012000004a30005080ac442f0000022745d105ceb212ad5d36e4f5608def3d8b7";

const tracks: Track[] = [
  describeVideo(0, "h264", bytes(avcC)),
  describeVideo(0, "hevc", bytes(hvcC)),
  describeVideo(0, "av1", bytes(av1C)),
  describeVideo(0, "vp9", bytes("000b820202020000")),
  describeVideo(0, "vp6", bytes("")),
  describeAudio(0, "aac", bytes("1210")),
  describeAudio(0, "opus", bytes("4f707573486561640102380180bb0000000000")),
  describeAudio(0, "flac", bytes(info)),
  describeAudio(0, "ac3", bytes("")),
  describeAudio(0, "eac3", bytes("")),
  describeAudio(0, "mp3", bytes("2f")),
  describeAudio(0, "speex", bytes("b2")),
];
for (const track of tracks) {
  test(`${track.codec}: what is muxed is demuxed to the same packets`, () => {
    const seen: Packet[] = [];
    const demuxer = new FlvDemuxer((packet) => void seen.push(packet));
    const reordered = track.codec === "h264" || track.codec === "hevc";
    const packet = (kind: Packet["kind"], ms: number, data: string, later = 0): Packet => {
      const keyframe = kind === "frame" && (track.kind === "audio" || ms === 0);
      return {
        kind,
        track,
        dtsUs: ms * 1000,
        ptsUs: (ms + (reordered ? later : 0)) * 1000,
        keyframe,
        data: bytes(data),
      };
    };
    const packets = [
      packet("config", 0, ""),
      packet("frame", 0, "00000001 65"),
      packet("frame", 40, "00000001 41", 80),
      packet("frame", 80, "00000001 01", -40),
    ];
    for (const each of packets) {
      const body = flvBody(each);
      if (body) demuxer.tag(body.type, each.dtsUs / 1000, new Uint8Array([...body.head, ...body.data]));
    }
    assert.deepEqual(seen, packets);
  });
}

test("other tracks than the default one have no plain FLV form", () => {
  const track = describeAudio(1, "aac", bytes("1210"));
  assert.equal(flvBody({ kind: "frame", track, dtsUs: 0, ptsUs: 0, keyframe: true, data: bytes("00") }), undefined);
});

test("data packets are script tags", () => {
  const data = encodeAmf0("onCuePoint", { name: "x" });
  assert.deepEqual(flvBody({ kind: "data", track: dataTrack, dtsUs: 0, ptsUs: 0, keyframe: false, data }), {
    type: 18,
    head: new Uint8Array(),
    data,
  });
});

for (const [time, field] of [
  [0, "00000000"],
  [2 ** 24 - 1, "ffffff00"],
  [2 ** 24, "00000001"],
  [2 ** 31, "00000080"],
  [2 ** 32 - 1, "ffffffff"],
  [2 ** 32 + 8, "00000800"],
] as const) {
  test(`a tag at ${time} ms`, () =>
    assert.equal(
      hex(flvTag(9, time, bytes("27"), bytes("0102"))),
      `09 000003 ${field} 000000 270102 0000000e`.replaceAll(" ", ""),
    ));
}

test("the file header says what is inside", () => {
  assert.equal(hex(flvHeader({ audio: true, video: true })), "464c5601050000000900000000");
  assert.equal(hex(flvHeader({ audio: true, video: false })), "464c5601040000000900000000");
  assert.equal(hex(flvHeader({ audio: false, video: true })), "464c5601010000000900000000");
});

test("a file is split into its tags however it is cut", () => {
  const tag = fc.record(
    {
      type: fc.constantFrom(...Object.values(FlvTagType)),
      timestampMs: fc.nat(2 ** 32 - 1),
      body: fc.uint8Array({ maxLength: 50 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 6 }), fc.integer({ min: 1, max: 40 }), (tags, step) => {
      const wire = Buffer.concat([
        flvHeader({ audio: true, video: true }),
        ...tags.map(({ type, timestampMs, body }) => flvTag(type, timestampMs, body, new Uint8Array())),
      ]);
      const seen: FlvTag[] = [];
      const reader = new FlvReader((each) => void seen.push(each));
      for (let at = 0; at < wire.length; at += step) reader.push(wire.subarray(at, at + step));
      assert.deepEqual(seen, tags);
      assert.deepEqual(reader.header, { audio: true, video: true });
    }),
  );
});

test("what is no FLV is refused", () => {
  const push = (data: string) => () => new FlvReader(() => {}).push(bytes(data));
  assert.throws(push("474554202f20485454"), /this is no FLV/);
  assert.throws(push("464c560105ffffffff"), /file header/);
});
