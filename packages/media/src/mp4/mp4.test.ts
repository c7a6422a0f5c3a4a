import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { describeAudio, describeVideo } from "../codecs/describe.ts";
import { MalformedError } from "../malformed-error.ts";
import { type AudioTrack, dataTrack, type Track, type VideoTrack } from "../track.ts";
import { initSegment } from "./init-segment.ts";
import { type Mp4Sample, mediaFragment } from "./media-fragment.ts";
import { fitsMp4 } from "./sample-entry.ts";
import { producerReferenceTime, segmentType } from "./segment-boxes.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const code = (expected: string) => (error: unknown) => error instanceof MalformedError && error.code === expected;

type Box = { readonly type: string; readonly content: Uint8Array };

/** The boxes that fill `data`. */
function boxes(data: Uint8Array): Box[] {
  const found: Box[] = [];
  const buffer = Buffer.from(data);
  for (let at = 0; at < buffer.length; ) {
    const size = buffer.readUInt32BE(at);
    assert.ok(size >= 8 && at + size <= buffer.length, `a box of ${size} bytes at ${at} of ${buffer.length}`);
    found.push({ type: buffer.toString("latin1", at + 4, at + 8), content: data.slice(at + 8, at + size) });
    at += size;
  }
  return found;
}

/** What is in the box at the end of a path; `:n` is how many bytes stand before the inner boxes. */
function inside(data: Uint8Array, path: string): Uint8Array {
  return path.split("/").reduce((content, step) => {
    const [type, skip = "0"] = step.split(":");
    const [only, ...more] = boxes(content).filter((each) => each.type === type);
    assert.ok(only && more.length === 0, `one ${type} in ${boxes(content).map((each) => each.type)}`);
    return only.content.slice(Number(skip));
  }, data);
}

const avcC = "0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8";
const hvcC =
  "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089";
const av1C = "812400000a0e20000024cfa70dbfff3404340080";
const vvcC =
  "ff00655f010210800000006800400000028f00010045007900ab021080000080d2041dc86a00527ffac2136563040827004a1164883521e8f56a4bc97a89422c81168412421c43425c8e54330463c50000030001000003000a1880900001000b008100006902088907d040";
const info = "120012000004a30005080ac442f0000022745d105ceb212ad5d36e4f5608def3d8b7";

/** x264 with pixels of 4:3 in BT.709, and x265 in ten bits of BT.2020 with the perceptual quantiser. */
const anamorphic = "0142c00bffe1001a6742c00bda0a37e4c39a808080a0000003002000000641e2855401000468ce0fc8";
const highRange =
  "0102200000009000000000001ef000fcfdfafa00000f03a00001001840010c01ffff02200000030090000003000003001e959809a10001002e42010102200000030090000003000003001ea0142061f2365959a4932bc05a848804820000030002000003003210a2000100074401c172b46240";

/** As FFmpeg writes it: of version 0, and without saying that the arrays are complete. */
const looseHvcC = hvcC.replace("0101", "0001").replace("03a0", "0320").replace("40a1", "4021").replace("21a2", "2122");
const looseVvcC = vvcC.replace("0000028f", "0000030c00036100070f").replace("1880900001", "1880100001");
const ascii = (text: string) => Buffer.from(text).toString("hex");
const zeros = (count: number) => "00".repeat(count);
const boxed = (type: string, content: string) => {
  const all = ascii(type) + content.replaceAll(" ", "");
  return (all.length / 2 + 4).toString(16).padStart(8, "0") + all;
};
const visual = (type: string, size: string, own: string) =>
  boxed(type, `${zeros(6)}0001${zeros(16)}${size}0048000000480000${zeros(4)}0001${zeros(32)}0018ffff${own}`);
const sound = (type: string, channels: string, rate: string, own: string) =>
  boxed(type, `${zeros(6)}0001${zeros(8)}${channels}0010${zeros(4)}${rate}0000${own}`);
const esds = (content: string) => boxed("esds", `00000000 ${content}`);
const pasp = (width: string, height: string) => boxed("pasp", width.padStart(8, "0") + height.padStart(8, "0"));
const colr = (points: string) => boxed("colr", `${ascii("nclx")} ${points}`);
const sized = { width: 160, height: 90 };

/** The same STREAMINFO of 24 bits. */
const info24 = info.replace("0ac442f0", "0ac44370");

const entries: { name: string; track: VideoTrack | AudioTrack; entry: string }[] = [
  {
    name: "H.264",
    track: describeVideo(0, "h264", bytes(avcC)),
    entry: visual("avc1", "00400040", boxed("avcC", avcC) + pasp("1", "1")),
  },
  {
    name: "HEVC, whose arrays are made complete",
    track: describeVideo(0, "hevc", bytes(looseHvcC)),
    entry: visual("hvc1", "00400040", boxed("hvcC", hvcC) + pasp("1", "1")),
  },
  {
    name: "H.264 whose pixels are no squares",
    track: describeVideo(0, "h264", bytes(anamorphic)),
    entry: visual("avc1", "00a0005a", boxed("avcC", anamorphic) + colr("0001 0001 0001 00") + pasp("4", "3")),
  },
  {
    name: "HEVC of a high dynamic range",
    track: describeVideo(0, "hevc", bytes(highRange)),
    entry: visual("hvc1", "00a0005a", boxed("hvcC", highRange) + colr("0009 0010 0009 00") + pasp("1", "1")),
  },
  {
    name: "VVC",
    track: describeVideo(0, "vvc", bytes(vvcC)),
    entry: visual("vvc1", "0064003a", boxed("vvcC", `00000000 ${vvcC}`)),
  },
  {
    name: "VVC, whose arrays are made complete, but for its operating points",
    track: describeVideo(0, "vvc", bytes(looseVvcC)),
    entry: visual("vvc1", "0064003a", boxed("vvcC", `00000000 ${vvcC.replace("0000028f", "0000030c00036100078f")}`)),
  },
  {
    name: "AV1",
    track: { ...describeVideo(0, "av1", bytes(av1C)), ...sized },
    entry: visual("av01", "00a0005a", boxed("av1C", av1C)),
  },
  {
    name: "VP9",
    track: { ...describeVideo(0, "vp9", bytes("000b820202020000")), ...sized },
    entry: visual("vp09", "00a0005a", boxed("vpcC", "01000000 000b820202020000")),
  },
  {
    name: "VP9 as FFmpeg sends it, with its box's version",
    track: { ...describeVideo(0, "vp9", bytes("01000000 000b820202020000")), ...sized },
    entry: visual("vp09", "00a0005a", boxed("vpcC", "01000000 000b820202020000")),
  },
  {
    name: "VP8 of unknown size",
    track: describeVideo(0, "vp8", bytes("000a820202020000")),
    entry: visual("vp08", "00000000", boxed("vpcC", "01000000 000a820202020000")),
  },
  {
    name: "AAC",
    track: describeAudio(0, "aac", bytes("1190")),
    entry: sound(
      "mp4a",
      "0002",
      "bb80",
      esds("03 80808022 0000 00 04 80808014 40 15 000000 00000000 00000000 05 80808002 1190 06 80808001 02"),
    ),
  },
  {
    name: "MP3",
    track: { ...describeAudio(0, "mp3", bytes("2f")) },
    entry: sound(
      "mp4a",
      "0002",
      "ac44",
      esds("03 8080801b 0000 00 04 8080800d 6b 15 000000 00000000 00000000 06 80808001 02"),
    ),
  },
  {
    name: "MP3 of a low rate",
    track: { ...describeAudio(0, "mp3", bytes("2a")) },
    entry: sound(
      "mp4a",
      "0001",
      "5622",
      esds("03 8080801b 0000 00 04 8080800d 69 15 000000 00000000 00000000 06 80808001 02"),
    ),
  },
  {
    name: "Opus, whose numbers turn round",
    track: describeAudio(0, "opus", bytes("4f70757348656164 01 02 3801 80bb0000 00ff 00")),
    entry: sound("Opus", "0002", "bb80", boxed("dOps", "00 02 0138 0000bb80 ff00 00")),
  },
  {
    name: "Opus of six channels",
    track: describeAudio(0, "opus", bytes("4f70757348656164 01 06 3801 44ac0000 0000 01 0402000401020305")),
    entry: sound("Opus", "0006", "bb80", boxed("dOps", "00 06 0138 0000ac44 0000 01 0402000401020305")),
  },
  {
    name: "FLAC",
    track: describeAudio(0, "flac", bytes(info)),
    entry: sound("fLaC", "0002", "ac44", boxed("dfLa", `00000000 80 000022 ${info}`)),
  },
  {
    name: "FLAC of a rate that has no room",
    track: { ...describeAudio(0, "flac", bytes(info)), sampleRate: 96_000 },
    entry: sound("fLaC", "0002", "0000", boxed("dfLa", `00000000 80 000022 ${info}`)),
  },
  {
    name: "FLAC of 24 bits",
    track: describeAudio(0, "flac", bytes(info24)),
    entry: sound("fLaC", "0002", "ac44", boxed("dfLa", `00000000 80 000022 ${info24}`)).replace("00020010", "00020018"),
  },
  {
    name: "AC-3",
    track: describeAudio(0, "ac3", bytes("103de0")),
    entry: sound("ac-3", "0006", "bb80", boxed("dac3", "103de0")),
  },
  {
    name: "E-AC-3",
    track: describeAudio(0, "eac3", bytes("0600200400")),
    entry: sound("ec-3", "0002", "bb80", boxed("dec3", "0600200400")),
  },
];
for (const { name, track, entry } of entries) {
  test(`the sample entry of ${name}`, () => {
    assert.ok(fitsMp4(track));
    const stsd = inside(initSegment(track, 1000), "moov/trak/mdia/minf/stbl/stsd:8");
    assert.equal(hex(stsd), entry);
  });
}

const unfit: { name: string; track: Track }[] = [
  { name: "H.264 without parameter sets", track: describeVideo(0, "h264", bytes("0142c01effe000")) },
  { name: "HEVC without its VPS", track: describeVideo(0, "hevc", bytes(`${hvcC.slice(0, 44)}00`)) },
  { name: "VVC without parameter sets", track: describeVideo(0, "vvc", bytes("fe00")) },
  { name: "VVC without its PPS", track: describeVideo(0, "vvc", bytes("fe018f000100020079")) },
  { name: "VVC with a broken configuration", track: { kind: "video", id: 0, codec: "vvc", config: bytes("ff00") } },
  { name: "AV1 without a configuration", track: describeVideo(0, "av1", bytes("")) },
  { name: "VP9 without a configuration", track: describeVideo(0, "vp9", bytes("")) },
  { name: "Opus without a configuration", track: describeAudio(0, "opus", bytes("")) },
  { name: "AC-3 without a configuration", track: describeAudio(0, "ac3", bytes("")) },
  { name: "MP3 of which nothing is known", track: describeAudio(0, "mp3", bytes("")) },
  { name: "VP6", track: describeVideo(0, "vp6", bytes("")) },
  { name: "Speex", track: describeAudio(0, "speex", bytes("b2")) },
  { name: "H.264 with a broken configuration", track: { kind: "video", id: 0, codec: "h264", config: bytes("02") } },
  { name: "data", track: dataTrack },
];
for (const { name, track } of unfit) {
  test(`${name} does not fit`, () => {
    assert.equal(fitsMp4(track), false);
    if (track.kind !== "data") assert.throws(() => initSegment(track, 1000), code("mp4/codec"));
  });
}

test("whatever the configuration is, there is an init segment or a refusal", () => {
  const tracks = entries.map(({ track }) => track);
  const damage = fc.tuple(fc.nat(200), fc.nat(255), fc.nat(200));
  fc.assert(
    fc.property(fc.constantFrom(...tracks), damage, (track, [at, value, length]) => {
      const config = track.config.slice(0, Math.max(length, 1));
      config[at % config.length] = value;
      const damaged = { ...track, config };
      try {
        assert.ok(initSegment(damaged, 1000).length > 500);
        assert.ok(fitsMp4(damaged));
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
    }),
  );
});

const h264 = describeVideo(0, "h264", bytes(avcC));

test("an init segment is a file type and a movie of one track without samples", () => {
  const init = initSegment(h264, 90_000);
  assert.deepEqual(
    boxes(init).map(({ type }) => type),
    ["ftyp", "moov"],
  );
  assert.equal(hex(inside(init, "ftyp")), `${ascii("iso6")}00000000${ascii("iso6cmfc")}`);
  const movie = boxes(inside(init, "moov")).map(({ type }) => type);
  assert.deepEqual(movie, ["mvhd", "trak", "mvex"]);
  const matrix = "00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000 40000000".replaceAll(" ", "");
  assert.equal(
    hex(inside(init, "moov/mvhd")),
    `00000000${zeros(8)}00015f90${zeros(4)}000100000100${zeros(10)}${matrix}${zeros(24)}00000002`,
  );
  assert.equal(
    hex(inside(init, "moov/trak/tkhd")),
    `00000007${zeros(8)}00000001${zeros(8)}${zeros(8)}${zeros(8)}${matrix}0040000000400000`,
  );
  assert.equal(hex(inside(init, "moov/trak/mdia/mdhd")), `00000000${zeros(8)}00015f90${zeros(4)}55c40000`);
  assert.equal(hex(inside(init, "moov/trak/mdia/hdlr")), `00000000${zeros(4)}${ascii("vide")}${zeros(13)}`);
  assert.equal(hex(inside(init, "moov/trak/mdia/minf/dinf/dref:8")), boxed("url ", "00000001"));
  assert.equal(hex(inside(init, "moov/mvex/trex")), `00000000 00000001 00000001${zeros(12)}`.replaceAll(" ", ""));
});

test("a track is as large as its pixels are squares", () => {
  const init = initSegment(describeVideo(0, "h264", bytes(anamorphic)), 1000);
  assert.equal(hex(inside(init, "moov/trak/tkhd").slice(-8)), "00d50000005a0000"); // 213 × 90
});

test("AV1 has a brand of its own", () => {
  const init = initSegment(describeVideo(0, "av1", bytes(av1C)), 1000);
  assert.equal(hex(inside(init, "ftyp:8")), ascii("iso6cmfcav01"));
});

for (const timescale of [0, -1, 1.5, 2 ** 32, Number.NaN]) {
  test(`a timescale of ${timescale} is none`, () =>
    assert.throws(() => initSegment(h264, timescale), code("mp4/time")));
}

const sample = (data: string, more: Partial<Mp4Sample> = {}): Mp4Sample => ({
  data: bytes(data),
  duration: 1024,
  compositionOffset: 0,
  keyframe: true,
  ...more,
});

test("video: what differs stands in trun, the first sample's flags apart, offsets with their sign", () => {
  const samples = [
    sample("aabbcc", { duration: 40, compositionOffset: 80 }),
    sample("dd", { duration: 41, compositionOffset: -40, keyframe: false }),
  ];
  const fragment = mediaFragment({ kind: "video", sequence: 7, decodeTime: 5, samples });
  assert.equal(hex(inside(fragment, "moof/mfhd")), "0000000000000007");
  assert.equal(hex(inside(fragment, "moof/traf/tfhd")), "000200200000000101010000");
  assert.equal(hex(inside(fragment, "moof/traf/tfdt")), "010000000000000000000005");
  const first = "00000028 00000003 00000050";
  const second = "00000029 00000001 ffffffd8";
  const run = `01000b05 00000002 00000080 02000000 ${first} ${second}`;
  assert.equal(hex(inside(fragment, "moof/traf/trun")), run.replaceAll(" ", ""));
  assert.equal(hex(inside(fragment, "mdat")), "aabbccdd");
  assert.equal(hex(fragment.subarray(0x80)), "aabbccdd"); // where trun says
});

test("sound: what all samples have in common stands in tfhd once", () => {
  const samples = [sample("aa"), sample("bbcc", { keyframe: false }), sample("dd")];
  const fragment = mediaFragment({ kind: "audio", sequence: 1, decodeTime: 0, samples });
  assert.equal(hex(inside(fragment, "moof/traf/tfhd")), "00020028000000010000040002000000");
  const run = "01000201 00000003 00000074 00000001 00000002 00000001";
  assert.equal(hex(inside(fragment, "moof/traf/trun")), run.replaceAll(" ", ""));
});

test("frames of one size need no table at all", () => {
  const fragment = mediaFragment({
    kind: "audio",
    sequence: 1,
    decodeTime: 0,
    samples: [sample("aabb"), sample("ccdd")],
  });
  assert.equal(hex(inside(fragment, "moof/traf/tfhd")), "0002003800000001000004000000000202000000");
  assert.equal(hex(inside(fragment, "moof/traf/trun")), "01000001000000020000006c");
});

test("a keyframe in the middle gives every sample its flags", () => {
  const samples = [sample("aa", { keyframe: false }), sample("bb"), sample("cc", { keyframe: false })];
  const fragment = mediaFragment({ kind: "video", sequence: 1, decodeTime: 0, samples });
  const run = "01000401 00000003 00000074 01010000 02000000 01010000";
  assert.equal(hex(inside(fragment, "moof/traf/trun")), run.replaceAll(" ", ""));
});

test("decode times have 53 bits", () => {
  const time = (decodeTime: number) =>
    hex(inside(mediaFragment({ kind: "audio", sequence: 1, decodeTime, samples: [sample("aa")] }), "moof/traf/tfdt:4"));
  assert.equal(time(2 ** 32), "0000000100000000");
  assert.equal(time(14 * 86_400 * 90_000), "0000001958ccd000");
  assert.equal(time(Number.MAX_SAFE_INTEGER), "001fffffffffffff");
});

test("what goes in front does not move what trun points at", () => {
  const samples = [sample("aabb")];
  const plain = mediaFragment({ kind: "audio", sequence: 1, decodeTime: 0, samples });
  const before = [segmentType(), producerReferenceTime(1, 0, 0)];
  const whole = mediaFragment({ kind: "audio", sequence: 1, decodeTime: 0, samples, before });
  assert.equal(hex(whole), hex(Buffer.concat([...before, plain])));
  assert.equal(whole.byteLength, whole.buffer.byteLength); // made in one piece of memory
});

test("an empty sample has its place and no bytes", () => {
  const fragment = mediaFragment({ kind: "audio", sequence: 1, decodeTime: 0, samples: [sample(""), sample("aa")] });
  assert.equal(hex(inside(fragment, "moof/traf/trun:12")), "0000000000000001");
  assert.equal(hex(inside(fragment, "mdat")), "aa");
});

const large = new Uint8Array(2 ** 20);
const refused: { name: string; code: string; samples: Mp4Sample[]; decodeTime?: number }[] = [
  { name: "no samples", code: "mp4/empty", samples: [] },
  { name: "too many samples", code: "mp4/samples", samples: Array.from({ length: 10_001 }, () => sample("")) },
  { name: "4 GiB", code: "mp4/size", samples: Array.from({ length: 4096 }, () => sample("", { data: large })) },
  { name: "a negative time", code: "mp4/time", samples: [sample("")], decodeTime: -1 },
  { name: "half a tick", code: "mp4/time", samples: [sample("")], decodeTime: 0.5 },
  { name: "a time beyond 53 bits", code: "mp4/time", samples: [sample("")], decodeTime: 2 ** 53 },
  { name: "a negative duration", code: "mp4/time", samples: [sample("", { duration: -1 })] },
  { name: "a duration beyond 32 bits", code: "mp4/time", samples: [sample("", { duration: 2 ** 32 })] },
  { name: "an offset beyond 32 bits", code: "mp4/time", samples: [sample("", { compositionOffset: 2 ** 31 })] },
  { name: "an offset that is no number", code: "mp4/time", samples: [sample("", { compositionOffset: Number.NaN })] },
];
for (const { name, samples, decodeTime = 0, ...expected } of refused) {
  test(`${name} makes no fragment`, () => {
    assert.throws(() => mediaFragment({ kind: "video", sequence: 1, decodeTime, samples }), code(expected.code));
  });
}

const anySample = fc.record(
  {
    data: fc.uint8Array({ maxLength: 5 }),
    duration: fc.constantFrom(0, 1024, 1025, 2 ** 32 - 1),
    compositionOffset: fc.constantFrom(0, 0, 512, -512, 2 ** 31 - 1, -(2 ** 31)),
    keyframe: fc.boolean(),
  },
  { noNullPrototype: true },
);

test("whatever the samples are, a reader finds each again", () => {
  fc.assert(
    fc.property(fc.array(anySample, { minLength: 1, maxLength: 8 }), (samples) => {
      const fragment = mediaFragment({ kind: "video", sequence: 1, decodeTime: 0, samples });
      assert.deepEqual(read(fragment), samples);
    }),
  );
});

/** The samples of a fragment, by tfhd's and trun's own flags (ISO/IEC 14496-12, 8.8.7, 8.8.8). */
function read(fragment: Uint8Array): Mp4Sample[] {
  const header = reader(inside(fragment, "moof/traf/tfhd"));
  const has = header.next() & 0xffffff;
  header.next();
  const [duration = 0, size = 0, flags = 0] = [0x8, 0x10, 0x20].map((bit) => ((has & bit) !== 0 ? header.next() : 0));
  const run = reader(inside(fragment, "moof/traf/trun"));
  const given = run.next() & 0xffffff;
  const count = run.next();
  let at = run.next();
  const firstFlags = (given & 0x4) !== 0 ? run.next() : undefined;
  const field = (bit: number, other: number) => ((given & bit) !== 0 ? run.next() : other);
  const samples = Array.from({ length: count }, (_, index): Mp4Sample => {
    const own = { duration: field(0x100, duration), size: field(0x200, size) };
    const ownFlags = field(0x400, (index === 0 ? firstFlags : undefined) ?? flags);
    const compositionOffset = field(0x800, 0) | 0;
    const data = fragment.slice(at, at + own.size);
    at += own.size;
    return { data, duration: own.duration, compositionOffset, keyframe: (ownFlags & 0x10000) === 0 };
  });
  assert.deepEqual([at, run.left(), header.left()], [fragment.length, 0, 0]);
  return samples;
}

function reader(content: Uint8Array) {
  const buffer = Buffer.from(content);
  let at = 0;
  const next = () => {
    at += 4;
    return buffer.readUInt32BE(at - 4);
  };
  return { next, left: () => buffer.length - at };
}
