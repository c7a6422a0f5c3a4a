import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { decodeAmf0, encodeAmf0 } from "../amf/amf0.ts";
import { MalformedError } from "../malformed-error.ts";
import type { Packet } from "../packet.ts";
import { FlvDemuxer } from "./demuxer.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

const avcC = "0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8";
const hvcC =
  "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089";
const av1C = "812400000a0e20000024cfa70dbfff3404340080";
const avcSample = "000000166588840bfffffc3d147c9c9c9d75d75d75d75d75d75e";
const hevcSample = "000000092801ac760d9091d238";
const aacSample = "211004608c1c";
const info = "120012000004a30005080ac442f0000022745d105ceb212ad5d36e4f5608def3d8b7";
const VSH = `17 00 000000 ${avcC}`;
const ASH = "af 00 1210";

/** A packet in words: kind, track, time, what is shown later, whether it is a keyframe, and its bytes. */
function words({ kind, track, dtsUs, ptsUs, keyframe, data }: Packet): string {
  const later = ptsUs === dtsUs ? "" : `${ptsUs > dtsUs ? "+" : ""}${ptsUs - dtsUs}`;
  return `${kind} ${track.kind}${track.id} ${track.codec} ${dtsUs / 1000}${later}${keyframe && track.kind === "video" ? " key" : ""} ${kind === "config" ? hex(track.config).slice(0, 8) : hex(data)}`.trim();
}

function demux(tags: readonly (readonly [type: number, timestampMs: number, body: string])[]): {
  packets: string[];
  skipped: number;
} {
  const packets: string[] = [];
  const demuxer = new FlvDemuxer((packet) => void packets.push(words(packet)));
  for (const [type, time, body] of tags) demuxer.tag(type, time, bytes(body));
  return { packets, skipped: demuxer.skipped };
}

const video: { name: string; before?: string[]; body: string; packets: string[]; skipped?: number }[] = [
  { name: "H.264 sequence header", body: VSH, packets: ["config video0 h264 40 0142c00a"] },
  {
    name: "H.264 key frame",
    before: [VSH],
    body: `17 01 000000 ${avcSample}`,
    packets: [`frame video0 h264 40 key ${avcSample}`],
  },
  {
    name: "H.264 inter frame shown later",
    before: [VSH],
    body: "27 01 000028 00000001 41",
    packets: ["frame video0 h264 40+40000 0000000141"],
  },
  {
    name: "H.264 frame shown earlier",
    before: [VSH],
    body: "27 01 ffffd8 00000001 41",
    packets: ["frame video0 h264 40-40000 0000000141"],
  },
  { name: "H.264 end of sequence", before: [VSH], body: "17 02 000000", packets: ["end video0 h264 0"] },
  {
    name: "disposable inter frame",
    before: [VSH],
    body: "37 01 000000 00000001 01",
    packets: ["frame video0 h264 40 0000000101"],
  },
  {
    name: "generated key frame is no place to start",
    before: [VSH],
    body: "47 01 000000 00000001 01",
    packets: ["frame video0 h264 40 0000000101"],
  },
  { name: "command frame", before: [VSH], body: "57 00", packets: ["extra video0 h264 0 5700"] },
  { name: "the same sequence header again", before: [VSH], body: VSH, packets: [] },
  { name: "frame before its configuration", body: `17 01 000000 ${avcSample}`, packets: [], skipped: 1 },
  { name: "empty body", before: [VSH], body: "", packets: [] },
  { name: "unofficial HEVC", body: `1c 00 000000 ${hvcC}`, packets: ["config video0 hevc 40 01016000"] },
  {
    name: "NAL units with lengths of two bytes get lengths of four",
    before: [`17 00 000000 ${avcC.replace("c00affe1", "c00afde1")}`],
    body: "17 01 000000 0002 6588 0001 41",
    packets: ["frame video0 h264 40 key 0000000265880000000141"],
  },
  {
    name: "VVC's NAL units with lengths of two bytes likewise",
    before: ["90 76766331 fa00"],
    body: "91 76766331 000028 0002 6588 0001 41",
    packets: ["frame video0 vvc 40+40000 key 0000000265880000000141"],
  },
  {
    name: "NAL units that are empty, or longer than their frame, are left out",
    before: [VSH],
    body: "27 01 000000 00000000 00000001 41 00000009 42",
    packets: ["frame video0 h264 40 0000000141"],
  },
  {
    name: "a frame of nothing but broken NAL units",
    before: [VSH],
    body: "27 01 000000 00000009 42",
    packets: [],
    skipped: 1,
  },
  { name: "VP6", body: "14 0a0b", packets: ["config video0 vp6 40", "frame video0 vp6 40 key 0a0b"] },
  { name: "E1 HEVC SequenceStart", body: `90 68766331 ${hvcC}`, packets: ["config video0 hevc 40 01016000"] },
  {
    name: "E2 HEVC CodedFrames",
    before: [`90 68766331 ${hvcC}`],
    body: `91 68766331 000000 ${hevcSample}`,
    packets: [`frame video0 hevc 40 key ${hevcSample}`],
  },
  {
    name: "E3 HEVC CodedFramesX",
    before: [`90 68766331 ${hvcC}`],
    body: `93 68766331 ${hevcSample}`,
    packets: [`frame video0 hevc 40 key ${hevcSample}`],
  },
  {
    name: "E4 shown later",
    before: [`90 68766331 ${hvcC}`],
    body: "a1 68766331 000028 000000090201d0097883b0a098",
    packets: ["frame video0 hevc 40+40000 000000090201d0097883b0a098"],
  },
  {
    name: "E5 shown earlier",
    before: [`90 68766331 ${hvcC}`],
    body: "a1 68766331 ffffd8 000000090201d0097883b0a098",
    packets: ["frame video0 hevc 40-40000 000000090201d0097883b0a098"],
  },
  { name: "E6 SequenceEnd", before: [`90 68766331 ${hvcC}`], body: "92 68766331", packets: ["end video0 hevc 0"] },
  { name: "E7 AV1 with an empty SequenceStart", body: "90 61763031", packets: [] },
  { name: "E8 AV1 SequenceStart", body: `90 61763031 ${av1C}`, packets: ["config video0 av1 40 81240000"] },
  {
    name: "E9 AV1 key frame",
    before: [`90 61763031 ${av1C}`],
    body: "91 61763031 12000a0e",
    packets: ["frame video0 av1 40 key 12000a0e"],
  },
  {
    name: "E10 FFmpeg's metadata",
    before: [`90 61763031 ${av1C}`],
    body: "d4 61763031 02 0001 61 05",
    packets: ["extra video0 av1 0 d4617630310200016105"],
  },
  {
    name: "E11 OBS's metadata becomes a command frame",
    before: [`90 68766331 ${hvcC}`],
    body: "84 68766331 02 0001 61 05",
    packets: ["extra video0 hevc 0 d4687663310200016105"],
  },
  {
    name: "metadata of a track that it does not describe",
    before: [VSH],
    body: "84 68766331 02 0001 61 05",
    packets: [],
  },
  {
    name: "E12 OneTrack SequenceStart",
    body: `96 00 61766331 01 ${avcC}`,
    packets: ["config video1 h264 40 0142c00a"],
  },
  {
    name: "E13 OneTrack CodedFrames",
    before: [`96 00 61766331 01 ${avcC}`],
    body: `96 01 61766331 01 000000 ${avcSample}`,
    packets: [`frame video1 h264 40 key ${avcSample}`],
  },
  {
    name: "E14 ManyTracks",
    before: [VSH, `96 00 61766331 01 ${avcC}`],
    body: `96 11 61766331 00 00001d 000000 ${avcSample} 01 00001d 000000 ${avcSample}`,
    packets: [`frame video0 h264 40 key ${avcSample}`, `frame video1 h264 40 key ${avcSample}`],
  },
  {
    name: "E15 ManyTracksManyCodecs",
    before: [VSH, `96 00 68766331 01 ${hvcC}`],
    body: `96 21 61766331 00 00001d 000000 ${avcSample} 68766331 01 000010 000000 ${hevcSample}`,
    packets: [`frame video0 h264 40 key ${avcSample}`, `frame video1 hevc 40 key ${hevcSample}`],
  },
  {
    name: "E16 ModEx",
    before: [`90 68766331 ${hvcC}`],
    body: `97 02 0c3500 01 68766331 000000 ${hevcSample}`,
    packets: [`frame video0 hevc 40+800 key ${hevcSample}`],
  },
  {
    name: "E17 ModEx twice",
    before: [`90 68766331 ${hvcC}`],
    body: `97 02 000001 07 02 0007d0 01 68766331 000000 ${hevcSample}`,
    packets: [`frame video0 hevc 40+2 key ${hevcSample}`],
  },
  {
    name: "E18 a long ModEx of an unknown type",
    before: [`90 68766331 ${hvcC}`],
    body: `97 ff 0100 ${"00".repeat(257)} 11 68766331 000000 ${hevcSample}`,
    packets: [`frame video0 hevc 40 key ${hevcSample}`],
  },
  {
    name: "E19 ModEx, then OneTrack",
    before: [`96 00 61766331 01 ${avcC}`],
    body: `97 02 0c3500 06 01 61766331 01 000000 ${avcSample}`,
    packets: [`frame video1 h264 40+800 key ${avcSample}`],
  },
  { name: "E20 enhanced command frame", before: [VSH], body: "d1 00", packets: ["extra video0 h264 0 d100"] },
  { name: "unknown FourCC", body: "90 78787878 00", packets: [], skipped: 1 },
  { name: "reserved packet type", before: [VSH], body: "9f 61766331 00", packets: [], skipped: 1 },
];
for (const { name, before = [], body, packets, skipped = 0 } of video) {
  test(`video: ${name}`, () => {
    const made = demux([...before.map((each) => [9, 0, each] as const), [9, 40, body]]);
    assert.deepEqual(made.packets.slice(before.length), packets);
    assert.equal(made.skipped, skipped);
  });
}

const audio: { name: string; before?: string[]; body: string; packets: string[]; skipped?: number }[] = [
  { name: "AAC sequence header", body: ASH, packets: ["config audio0 aac 40 1210"] },
  { name: "AAC frame", before: [ASH], body: `af 01 ${aacSample}`, packets: [`frame audio0 aac 40 ${aacSample}`] },
  { name: "empty AAC configuration leaves the track out", body: "af 00", packets: [], skipped: 1 },
  { name: "silence", before: [ASH], body: "", packets: ["frame audio0 aac 40"] },
  { name: "silence before anything", body: "", packets: [] },
  { name: "MP3", body: "2f fffb9064", packets: ["config audio0 mp3 40 2f", "frame audio0 mp3 40 fffb9064"] },
  { name: "Speex", body: "b2 0a", packets: ["config audio0 speex 40 b2", "frame audio0 speex 40 0a"] },
  {
    name: "E21 Opus SequenceStart",
    body: "90 4f707573 4f707573486561640102380180bb0000000000",
    packets: ["config audio0 opus 40 4f707573"],
  },
  {
    name: "E22 Opus frame without a SequenceStart",
    body: "91 4f707573 f8fffe",
    packets: ["config audio0 opus 40", "frame audio0 opus 40 f8fffe"],
  },
  {
    name: "E23 MultichannelConfig",
    before: ["90 4f707573"],
    body: "94 4f707573 01 02 00000003",
    packets: ["config audio0 opus 40", "extra audio0 opus 40 944f707573010200000003"],
  },
  { name: "E24 AAC of track 1, configuration", body: "95 00 6d703461 01 1210", packets: ["config audio1 aac 40 1210"] },
  {
    name: "E24 AAC of track 1, frame",
    before: ["95 00 6d703461 01 1210"],
    body: `95 01 6d703461 01 ${aacSample}`,
    packets: [`frame audio1 aac 40 ${aacSample}`],
  },
  {
    name: "E25 two tracks in one message",
    before: [ASH, "95 00 6d703461 01 1210"],
    body: `95 11 6d703461 00 000006 ${aacSample} 01 000006 ${aacSample}`,
    packets: [`frame audio0 aac 40 ${aacSample}`, `frame audio1 aac 40 ${aacSample}`],
  },
  {
    name: "E26 FLAC as the specification has it",
    body: `90 664c6143 664c614380000022 ${info}`,
    packets: ["config audio0 flac 40 664c6143"],
  },
  { name: "E26 FLAC as FFmpeg sends it", body: `90 664c6143 ${info}`, packets: ["config audio0 flac 40 664c6143"] },
  { name: "E27 SequenceEnd", before: [ASH], body: "92 6d703461", packets: ["end audio0 aac 0"] },
  {
    name: "AC-3 whose configuration was empty: its first frame says it",
    before: ["90 61632d33"],
    body: "91 61632d33 0b77fe95144043e1",
    packets: ["config audio0 ac3 40 101140", "frame audio0 ac3 40 0b77fe95144043e1"],
  },
  {
    name: "E-AC-3 likewise, without any configuration",
    body: "91 65632d33 0b77037f3f87c000",
    packets: ["config audio0 eac3 40 0e00200f", "frame audio0 eac3 40 0b77037f3f87c000"],
  },
  { name: "AC-3 with an empty configuration", body: "90 61632d33", packets: ["config audio0 ac3 40"] },
];
for (const { name, before = [], body, packets, skipped = 0 } of audio) {
  test(`audio: ${name}`, () => {
    const made = demux([...before.map((each) => [8, 0, each] as const), [8, 40, body]]);
    assert.deepEqual(made.packets.slice(before.length), packets);
    assert.equal(made.skipped, skipped);
  });
}

const clocks: { name: string; wire: number[]; times: number[] }[] = [
  { name: "goes on past 2³²", wire: [0xffffffe0, 8], times: [0xffffffe0, 0x100000008] },
  { name: "goes on past 2³¹", wire: [0x7ffffff0, 0x80000018], times: [0x7ffffff0, 0x80000018] },
  { name: "takes a step back for a step back", wire: [1005, 1000], times: [1005, 1000] },
  { name: "takes a step back over zero for one", wire: [5, 0xfffffffb], times: [5, -5] },
];
for (const { name, wire, times } of clocks) {
  test(`the clock ${name}`, () => {
    const made: number[] = [];
    const demuxer = new FlvDemuxer((packet) => void (packet.kind === "frame" && made.push(packet.dtsUs / 1000)));
    demuxer.tag(8, 0, bytes(ASH));
    for (const time of wire) demuxer.tag(8, time, bytes(`af 01 ${aacSample}`));
    assert.deepEqual(made, times);
  });
}

test("OBS's SequenceEnd at time 0 does not move the clock", () => {
  const { packets } = demux([
    [9, 0, `90 68766331 ${hvcC}`],
    [9, 5000, `93 68766331 ${hevcSample}`],
    [9, 0, "92 68766331"],
    [9, 5040, `93 68766331 ${hevcSample}`],
  ]);
  assert.match(packets[2] ?? "", /^end video0 hevc 5000/);
  assert.match(packets[3] ?? "", /^frame video0 hevc 5040/);
});

test("a malformed tag is skipped, the eighth in a row ends it, and a good one between begins the count anew", () => {
  const demuxer = new FlvDemuxer(() => {});
  demuxer.tag(9, 0, bytes(VSH));
  for (let count = 0; count < 7; count++) demuxer.tag(9, 0, bytes("17 01 00"));
  demuxer.tag(9, 0, bytes(`17 01 000000 ${avcSample}`));
  for (let count = 0; count < 7; count++) demuxer.tag(9, 0, bytes("17"));
  assert.equal(demuxer.skipped, 14);
  assert.throws(
    () => demuxer.tag(9, 0, bytes("17")),
    (error) => error instanceof MalformedError && error.code === "bytes/short",
  );
});

test("script tags become data packets; those that cannot be read are skipped", () => {
  const seen: Packet[] = [];
  const demuxer = new FlvDemuxer((packet) => void seen.push(packet));
  demuxer.tag(18, 0, encodeAmf0("@setDataFrame", "onMetaData", { width: 64 }));
  demuxer.tag(15, 0, new Uint8Array([0, ...encodeAmf0("onTextData", { text: "x" })]));
  demuxer.tag(18, 0, bytes("ff"));
  assert.deepEqual(
    seen.map(({ kind, data }) => [kind, decodeAmf0(data)[0]]),
    [
      ["data", "onMetaData"],
      ["data", "onTextData"],
    ],
  );
  assert.equal(demuxer.skipped, 1);
});

test("every prefix of every body, and every body with a byte changed, gives packets or is skipped", () => {
  for (const [type, cases] of [[9, video] as const, [8, audio] as const]) {
    for (const { before = [], body } of cases)
      for (const broken of breakages(bytes(body))) tagAfter(type, before, broken);
  }
});

function breakages(wire: Uint8Array): Uint8Array[] {
  const places = Array.from({ length: Math.min(wire.length, 60) }, (_, at) => at);
  return places.flatMap((at) => [wire.subarray(0, at), wire.with(at, (wire[at] ?? 0) ^ 0xff), wire.with(at, 0x97)]);
}

function tagAfter(type: number, before: readonly string[], body: Uint8Array): void {
  const demuxer = new FlvDemuxer(() => {});
  for (const each of before) demuxer.tag(type, 0, bytes(each));
  demuxer.tag(type, 40, body);
}

test("any bytes give packets or, at the eighth in a row, a MalformedError", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(8, 9, 18, 15, 22), fc.uint8Array({ maxLength: 40 })), { maxLength: 30 }),
      (tags) => {
        const demuxer = new FlvDemuxer(() => {});
        try {
          for (const [type, body] of tags) demuxer.tag(type, 0, body);
        } catch (error) {
          assert.ok(error instanceof MalformedError, String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});
