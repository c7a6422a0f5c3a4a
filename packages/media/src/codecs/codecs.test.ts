import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { MalformedError } from "../malformed-error.ts";
import type { AudioCodec, Track, VideoCodec } from "../track.ts";
import { describeAudio, describeVideo, sameConfiguration } from "./describe.ts";
import { buildH264Config, parseH264Config } from "./h264.ts";
import { parseMp3Header } from "./mp3.ts";
import { nalUnits, rawPayload, withLongLengths } from "./nal-units.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const streamInfo = "120012000004a30005080ac442f0000022745d105ceb212ad5d36e4f5608def3d8b7";

type Details = {
  codecString?: string;
  width?: number;
  height?: number;
  frameRate?: number;
  sampleRate?: number;
  channels?: number;
};

// Made by x264, x265, SVT-AV1, VVenC, libvpx and FFmpeg's own encoders, and taken out of their MP4 files.
const video: { name: string; codec: VideoCodec; hex: string; details: Details }[] = [
  {
    name: "H.264 High 1080p with cropping and 30 frames a second",
    codec: "h264",
    hex: "01640028ffe1001f67640028acd940780227e5ffc000c00104000003000400000300f03c60c65801000668ebe3cb22c0fdf8f800",
    details: { codecString: "avc1.640028", width: 1920, height: 1080, frameRate: 30 },
  },
  {
    name: "H.264 Baseline 640 × 360",
    codec: "h264",
    hex: "0142c01effe1001d6742c01ed900a02ff97ff000300041000003000100000300320f162e4801000568cb83cb20",
    details: { codecString: "avc1.42c01e", width: 640, height: 360, frameRate: 25 },
  },
  {
    name: "H.264 interlaced",
    codec: "h264",
    hex: "01640015ffe1001967640015acd941433f260220000003002000000643e28532c001000668fba3cb22c0fdf8f800",
    details: { codecString: "avc1.640015", width: 320, height: 180, frameRate: 25 },
  },
  {
    name: "H.264 without parameter sets",
    codec: "h264",
    hex: "0142c01effe000",
    details: { codecString: "avc1.42c01e" },
  },
  {
    name: "H.264 with a broken SPS",
    codec: "h264",
    hex: "0142c01effe1000367ffff00",
    details: { codecString: "avc1.42c01e" },
  },
  {
    name: "HEVC Main 640 × 360",
    codec: "hevc",
    hex: "0101600000009000000000003ff000fcfdf8f800000f03200001001840010c01ffff01600000030090000003000003003f959809210001002a42010101600000030090000003000003003fa00502016965959a4932bc05a0200000030020000003032122000100074401c172b46240",
    details: { codecString: "hvc1.1.6.L63.90", width: 640, height: 360, frameRate: 25 },
  },
  {
    name: "HEVC 64 × 64",
    codec: "hevc",
    hex: "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089",
    details: { codecString: "hvc1.1.6.L30.90", width: 64, height: 64, frameRate: 25 },
  },
  {
    name: "VVC 100 × 58, cropped",
    codec: "vvc",
    hex: "ff00655f010210800000006800400000028f00010045007900ab021080000080d2041dc86a00527ffac2136563040827004a1164883521e8f56a4bc97a89422c81168412421c43425c8e54330463c50000030001000003000a1880900001000b008100006902088907d040",
    details: { codecString: "vvc1.1.L16.CQA", width: 100, height: 58 },
  },
  {
    name: "a still picture in VVC, of the high tier",
    codec: "vvc",
    hex: "ff00655f018353800000028001680000028f000100ef007900ab835380000080140805a46a00737ffac213656304082700131010410420610842c442164842d4217a3d5a92f249a92c9116a22f1126a22452444992224d46588842c9085a842f0849a8424524212648425d49084848884245110849888425d44421228c8424c64212ea3210a0416108203110819220d4804cc104105840082c40202102010150810080d21020101620402022080405904020242010320202210101642020244040d02024810382062010b204088408164204091020d040920838419022d082484388684b91ca8105840082c402021020101508100810cc118f140000030004000003007862900001000c008100000a0402d22241f410",
    details: { codecString: "vvc1.65.H83.CQA", width: 640, height: 360 },
  },
  {
    name: "VVC that leaves all to its parameter sets",
    codec: "vvc",
    hex: "fe028f00010045007900ab021080000080d2041dc86a00527ffac2136563040827004a1164883521e8f56a4bc97a89422c81168412421c43425c8e54330463c50000030001000003000a1880900001000b008100006902088907d040",
    details: { width: 100, height: 58 },
  },
  {
    name: "VVC with constraints, levels of sublayers, a sub-profile and a frame rate, and its parameter sets elsewhere",
    codec: "vvc",
    hex: "ff00255f020233c004803001000000010500 02d01900 00",
    details: { codecString: "vvc1.1.L51.CYACA", width: 1280, height: 720, frameRate: 25 },
  },
  {
    name: "VVC of unknown size without constraints",
    codec: "vvc",
    hex: "ff00155f010233000000000000000000",
    details: { codecString: "vvc1.1.L51" },
  },
  {
    name: "AV1 320 × 180",
    codec: "av1",
    hex: "81000c000a0b000000043cfecc02f80040",
    details: { codecString: "av01.0.00M.08", width: 320, height: 180 },
  },
  {
    name: "AV1 from a real Enhanced FLV",
    codec: "av1",
    hex: "812400000a0e20000024cfa70dbfff3404340080",
    details: { codecString: "av01.1.04M.08", width: 980, height: 540 },
  },
  { name: "AV1 that has not said anything yet", codec: "av1", hex: "", details: {} },
  {
    name: "VP9 with the box's version",
    codec: "vp9",
    hex: "01000000000b820202020000",
    details: { codecString: "vp09.00.11.08" },
  },
  { name: "VP9 without", codec: "vp9", hex: "000b820202020000", details: { codecString: "vp09.00.11.08" } },
  { name: "VP6, which only FLV knows", codec: "vp6", hex: "", details: {} },
];

const audio: { name: string; codec: AudioCodec; hex: string; details: Details }[] = [
  {
    name: "AAC-LC 44.1 kHz stereo",
    codec: "aac",
    hex: "1210",
    details: { codecString: "mp4a.40.2", sampleRate: 44_100, channels: 2 },
  },
  {
    name: "AAC-LC that says it has no SBR",
    codec: "aac",
    hex: "121056e500",
    details: { codecString: "mp4a.40.2", sampleRate: 44_100, channels: 2 },
  },
  {
    name: "AAC-LC 48 kHz stereo",
    codec: "aac",
    hex: "1190",
    details: { codecString: "mp4a.40.2", sampleRate: 48_000, channels: 2 },
  },
  {
    name: "HE-AAC, signalled first",
    codec: "aac",
    hex: "2b918800",
    details: { codecString: "mp4a.40.5", sampleRate: 48_000, channels: 2 },
  },
  {
    name: "HE-AAC, signalled behind",
    codec: "aac",
    hex: "131056e598",
    details: { codecString: "mp4a.40.5", sampleRate: 48_000, channels: 2 },
  },
  {
    name: "HE-AAC v2",
    codec: "aac",
    hex: "eb098800",
    details: { codecString: "mp4a.40.29", sampleRate: 48_000, channels: 2 },
  },
  {
    name: "AAC 5.1",
    codec: "aac",
    hex: "11b0",
    details: { codecString: "mp4a.40.2", sampleRate: 48_000, channels: 6 },
  },
  {
    name: "AAC 7.1 (configuration 7)",
    codec: "aac",
    hex: "11b8",
    details: { codecString: "mp4a.40.2", sampleRate: 48_000, channels: 8 },
  },
  {
    name: "AAC with a rate of its own",
    codec: "aac",
    hex: "1780 5dc0 10".replaceAll(" ", ""),
    details: { codecString: "mp4a.40.2", sampleRate: 48_000, channels: 2 },
  },
  {
    name: "Opus",
    codec: "opus",
    hex: "4f707573486561640102380180bb0000000000",
    details: { codecString: "opus", sampleRate: 48_000, channels: 2 },
  },
  { name: "Opus without a header", codec: "opus", hex: "", details: { codecString: "opus", sampleRate: 48_000 } },
  {
    name: "FLAC as the specification has it",
    codec: "flac",
    hex: `664c614380000022${streamInfo}`,
    details: { codecString: "flac", sampleRate: 44_100, channels: 2 },
  },
  {
    name: "FLAC as FFmpeg sends it",
    codec: "flac",
    hex: streamInfo,
    details: { codecString: "flac", sampleRate: 44_100, channels: 2 },
  },
  { name: "AC-3 5.1", codec: "ac3", hex: "503de0", details: { codecString: "ac-3", sampleRate: 44_100, channels: 6 } },
  {
    name: "E-AC-3 stereo",
    codec: "eac3",
    hex: "0600600400",
    details: { codecString: "ec-3", sampleRate: 44_100, channels: 2 },
  },
  {
    name: "MP3 as FLV's header describes it",
    codec: "mp3",
    hex: "2f",
    details: { codecString: "mp3", sampleRate: 44_100, channels: 2 },
  },
  { name: "Speex", codec: "speex", hex: "b2", details: { sampleRate: 16_000, channels: 1 } },
];

function details({ kind: _kind, id: _id, codec: _codec, config: _config, ...rest }: Track): Details {
  return rest;
}

for (const { name, codec, hex, details: expected } of video) {
  test(`${name} is described`, () => assert.deepEqual(details(describeVideo(0, codec, bytes(hex))), expected));
}
for (const { name, codec, hex, details: expected } of audio) {
  test(`${name} is described`, () => assert.deepEqual(details(describeAudio(0, codec, bytes(hex))), expected));
}

const refused: { name: string; codec: AudioCodec | VideoCodec; hex: string; code: string }[] = [
  { name: "an empty AAC configuration", codec: "aac", hex: "", code: "aac/empty" },
  { name: "AAC's reserved rate 13", codec: "aac", hex: "1690", code: "aac/sample-rate" },
  { name: "AAC's reserved rate 14", codec: "aac", hex: "1710", code: "aac/sample-rate" },
  { name: "AAC with an explicit rate of 0", codec: "aac", hex: "1780000010", code: "aac/sample-rate" },
  { name: "AAC without channels", codec: "aac", hex: "1200", code: "bits/short" },
  { name: "an avcC of version 2", codec: "h264", hex: "0242c01effe000", code: "h264/config" },
  { name: "an avcC whose SPS is longer than it", codec: "h264", hex: "0142c01effe100ff67", code: "bytes/short" },
  { name: "an empty vvcC", codec: "vvc", hex: "", code: "bytes/short" },
  { name: "a vvcC whose SPS is longer than it", codec: "vvc", hex: "fe018f000100ff0079", code: "bytes/short" },
  { name: "a vvcC of too many parameter sets", codec: "vvc", hex: "fe018f0101", code: "vvc/config" },
  { name: "an av1C that is none", codec: "av1", hex: "00000000", code: "av1/config" },
  { name: "an OpusHead that is none", codec: "opus", hex: "4f70757354616773", code: "opus/head" },
  { name: "FLAC without its marker", codec: "flac", hex: "00000000", code: "flac/config" },
];
const videoCodecs = new Set<string>(["h264", "hevc", "vvc", "av1", "vp9"]);
for (const { name, codec, hex, code } of refused) {
  test(`${name} is refused as ${code}`, () => {
    const describe = () =>
      videoCodecs.has(codec)
        ? describeVideo(0, codec as VideoCodec, bytes(hex))
        : describeAudio(0, codec as AudioCodec, bytes(hex));
    assert.throws(describe, (error) => error instanceof MalformedError && error.code === code);
  });
}

test("any bytes are described or refused, whatever codec they claim to be", () => {
  const codecs = [...new Set([...video.map(({ codec }) => codec), "vp8" as const])];
  fc.assert(
    fc.property(
      fc.constantFrom(...codecs),
      fc.uint8Array({ maxLength: 80 }),
      fc.constantFrom("", "01", "0164001fffe1", "8100", "ff0065", "fe018f0001"),
      (codec, tail, head) => {
        refusedOrFine(() => describeVideo(0, codec, new Uint8Array([...bytes(head), ...tail])));
      },
    ),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...audio.map(({ codec }) => codec)),
      fc.uint8Array({ maxLength: 60 }),
      (codec, config) => {
        refusedOrFine(() => describeAudio(0, codec, config));
      },
    ),
    { numRuns: 3000 },
  );
});

test("every configuration with one byte changed or its end missing is described or refused", () => {
  for (const { codec, hex } of video) {
    const config = bytes(hex);
    for (let at = 0; at < config.length; at++) {
      refusedOrFine(() => describeVideo(0, codec, config.subarray(0, at)));
      for (const value of [0, 0xff, (config[at] ?? 0) ^ 0x10])
        refusedOrFine(() => describeVideo(0, codec, config.with(at, value)));
    }
  }
});

function refusedOrFine(describe: () => Track): void {
  try {
    describe();
  } catch (error) {
    assert.ok(error instanceof MalformedError, String(error));
  }
}

test("a configuration is the same when kind, id, codec and bytes are", () => {
  const aac = (hex: string, id = 0) => describeAudio(id, "aac", bytes(hex));
  assert.ok(sameConfiguration(aac("1210"), aac("1210")));
  assert.ok(!sameConfiguration(aac("1210"), aac("1190")));
  assert.ok(!sameConfiguration(aac("1210"), aac("1210", 1)));
  assert.ok(
    sameConfiguration(
      describeAudio(0, "flac", bytes(streamInfo)),
      describeAudio(0, "flac", bytes(`664c614380000022${streamInfo}`)),
    ),
  );
});

test("an avcC is read as it was built", () => {
  const parsed = parseH264Config(bytes(video[0]?.hex ?? ""));
  const again = parseH264Config(buildH264Config(parsed.sps, parsed.pps));
  assert.deepEqual({ ...again }, { ...parsed });
});

test("NAL units: empty and overlong ones are left out, lengths of any size are read", () => {
  const hexes = (data: string, size: number) =>
    Array.from(nalUnits(bytes(data), size), (unit) => Buffer.from(unit).toString("hex"));
  assert.deepEqual(hexes("00000002 6588 00000000 00000001 41", 4), ["6588", "41"]);
  assert.deepEqual(hexes("0002 6588 0009 41", 2), ["6588"]);
  assert.deepEqual(hexes("02 6588 01 41 00", 1), ["6588", "41"]);
  assert.deepEqual(hexes("000002 6588", 3), ["6588"]);
  assert.deepEqual(Buffer.from(withLongLengths(bytes("02 6588 01 41"), 1)).toString("hex"), "0000000265880000000141");
});

test("the bytes that keep start codes out are removed, and no others", () => {
  assert.deepEqual(rawPayload(bytes("67 000003 01 0003 000003 000003"), 1), bytes("0000 01 0003 0000 0000"));
});

test("an MP3 frame says its rate and channels", () => {
  assert.deepEqual(parseMp3Header(bytes("fffb9064")), { sampleRate: 44_100, channels: 2 });
  assert.deepEqual(parseMp3Header(bytes("fff384c4")), { sampleRate: 24_000, channels: 1 });
  assert.throws(() => parseMp3Header(bytes("00000000")), MalformedError);
});
