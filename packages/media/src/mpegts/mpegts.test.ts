import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Pes, type ProgramMap, TsDemuxer, type TsPacket } from "../../testing/ts-demuxer.ts";
import { describeAudio, describeVideo } from "../codecs/describe.ts";
import type { Packet } from "../packet.ts";
import type { AudioCodec, Track } from "../track.ts";
import { fitsTs, TsMuxer } from "./muxer.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const h264 = describeVideo(
  0,
  "h264",
  hex("0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8"),
);
const [sps, pps] = ["6742c00ada109b011000000300100000030320f1226a", "68ce0fc8"];
/** An hvcC with the three parameter sets that one has, each of a few bytes. */
const hevc: Track = {
  kind: "video",
  id: 0,
  codec: "hevc",
  config: hex(
    "01 01 60000000 900000000000 5d f000 fc fd f8 f8 0000 0f 03 a0 0001 0003 400101 a1 0001 0003 420102 a2 0001 0003 440103",
  ),
};
const aac = describeAudio(0, "aac", hex("1210"));
const audio = (codec: AudioCodec, sampleRate: number): Track => {
  return { kind: "audio", id: 0, codec, config: new Uint8Array(), sampleRate };
};

const frame = (track: Track, dtsMs: number, data: Uint8Array, more: Partial<Packet> = {}): Packet => {
  return { kind: "frame", track, dtsUs: dtsMs * 1000, ptsUs: dtsMs * 1000, keyframe: true, data, ...more };
};

function read(...parts: Uint8Array[]) {
  const [packets, maps, pes] = [[] as TsPacket[], [] as ProgramMap[], [] as Pes[]];
  const demuxer = new TsDemuxer((event) => {
    if (event.kind === "packet") packets.push(event.packet);
    else if (event.kind === "map") maps.push(event.map);
    else pes.push(event.pes);
  });
  for (const part of parts) demuxer.push(part);
  demuxer.end();
  return { packets, maps, pes };
}

/** A frame's payload in TS. */
function payload(track: Track, data: string, more: Partial<Packet> = {}): string {
  const muxer = new TsMuxer([track]);
  const { pes } = read(muxer.tables(), muxer.packet(frame(track, 0, hex(data), more)));
  return pes.map((each) => each.payload.toString("hex")).join(" ");
}

test("which tracks fit", () => {
  const { config } = h264;
  const fits: [Track, boolean][] = [
    [h264, true],
    [hevc, true],
    [aac, true],
    [audio("mp3", 44_100), true],
    [audio("ac3", 48_000), true],
    [audio("eac3", 48_000), true],
    [audio("opus", 48_000), false],
    [audio("flac", 48_000), false],
    [audio("speex", 16_000), false],
    [{ kind: "video", id: 0, codec: "av1", config }, false],
    [{ kind: "video", id: 0, codec: "vp9", config }, false],
    [{ kind: "data", id: 0, codec: "amf0", config: new Uint8Array() }, false],
    // configurations that cannot be used, or said in ADTS
    [{ ...h264, config: new Uint8Array() }, false],
    [{ ...h264, config: config.subarray(0, 12) }, false],
    [{ ...aac, config: new Uint8Array() }, false],
    [{ ...aac, config: hex("1214") }, false], // 960 samples a frame
    [{ ...aac, config: hex("f95e8000") }, false], // USAC
  ];
  for (const [track, fit] of fits) assert.equal(fitsTs(track), fit, `${track.codec} ${track.config.length}`);
});

test("PAT and PMT to the byte", () => {
  const tables = Buffer.from(new TsMuxer([h264, aac]).tables());
  assert.equal(tables.length, 376);
  assert.equal(tables.toString("hex", 0, 21), "474000100000b00d0001c100000001f0002ab104b2");
  assert.equal(tables.toString("hex", 188, 188 + 31), "475000100002b0170001c10000e100f0001be100f0000fe101f0002f44b99b");
});

test("the program says what each stream is, and the clock is with the picture", () => {
  const maps = (tracks: Track[]) => read(new TsMuxer(tracks).tables()).maps;
  const streams = (track: Track) => maps([track])[0]?.streams;
  assert.deepEqual(streams(hevc), [{ pid: 0x100, streamType: 0x24, descriptors: "050448455643" }]);
  assert.deepEqual(streams(audio("ac3", 48_000)), [{ pid: 0x100, streamType: 0x81, descriptors: "050441432d33" }]);
  assert.deepEqual(streams(audio("eac3", 48_000)), [{ pid: 0x100, streamType: 0x87, descriptors: "050445414333" }]);
  assert.deepEqual(streams(audio("mp3", 44_100)), [{ pid: 0x100, streamType: 3, descriptors: "" }]);
  assert.deepEqual(streams(audio("mp3", 22_050)), [{ pid: 0x100, streamType: 4, descriptors: "" }]);
  assert.equal(maps([aac, h264])[0]?.clockPid, 0x101);
  assert.equal(maps([aac])[0]?.clockPid, 0x100);
  assert.deepEqual(maps([audio("opus", 48_000)]), [{ version: 0, clockPid: 0x1fff, descriptors: "", streams: [] }]);
  const withId3 = new TsMuxer([aac]);
  const before = withId3.tables();
  withId3.carryId3();
  assert.deepEqual(read(before, withId3.tables()).maps.slice(1), [
    {
      version: 1,
      clockPid: 0x100,
      descriptors: "250fffff49443320ff4944332000" + "1f0001",
      streams: [
        { pid: 0x100, streamType: 0x0f, descriptors: "" },
        { pid: 0xff, streamType: 0x15, descriptors: "260dffff49443320ff49443320000f" },
      ],
    },
  ]);
  const many = Array.from({ length: 40 }, (_, id): Track => ({ ...audio("ac3", 48_000), id }) as Track);
  assert.equal(maps(many)[0]?.streams.length, 32);
});

test("H.264: a delimiter first, parameter sets at keyframes, nothing twice", () => {
  const cases: [string, string, boolean][] = [
    ["00000003 658884", "00000001 09f0 00000001 SPS 00000001 PPS 00000001 658884", true],
    ["00000003 419a20", "00000001 09f0 00000001 419a20", false],
    ["00000002 0910 00000003 658884", "00000001 0910 00000001 SPS 00000001 PPS 00000001 658884", true],
    ["00000002 0930 00000003 419a20", "00000001 0930 00000001 419a20", false],
    ["00000004 PPS 00000003 658884", "00000001 09f0 00000001 SPS 00000001 PPS 00000001 658884", true],
    ["00000016 SPS 00000004 PPS 00000003 658884", "00000001 09f0 00000001 SPS 00000001 PPS 00000001 658884", true],
    [
      "00000003 674d01 00000003 68ee01 00000002 6588",
      "00000001 09f0 00000001 674d01 00000001 68ee01 00000001 6588",
      true,
    ],
    ["00000003 658884 000000ff 65", "00000001 09f0 00000001 SPS 00000001 PPS 00000001 658884", true],
    ["000000ff 65", "", true],
    ["", "", true],
  ];
  const sets = (text: string) =>
    text
      .replaceAll("SPS", sps ?? "")
      .replaceAll("PPS", pps ?? "")
      .replaceAll(" ", "");
  for (const [data, expected, keyframe] of cases)
    assert.equal(payload(h264, sets(data), { keyframe }), sets(expected), data);
  const short: Track = { ...h264, config: h264.config.with(4, 0xfc) };
  assert.equal(payload(short, "03 419a20", { keyframe: false }), sets("00000001 09f0 00000001 419a20"));
});

test("HEVC likewise", () => {
  const sets = "00000001400101 00000001420102 00000001440103".replaceAll(" ", "");
  assert.equal(payload(hevc, "00000003 260101"), `00000001460150${sets}00000001260101`);
  assert.equal(payload(hevc, "00000003 020101", { keyframe: false }), "0000000146015000000001020101");
  assert.equal(payload(hevc, "00000003 460110 00000003 260101"), `00000001460110${sets}00000001260101`);
});

test("AAC: an ADTS header before each frame, of the core where SBR is announced, with a program element where the configuration has one", () => {
  const cases: [string, string][] = [
    ["1210", "fff1508001bffc 2110046080 1c"], // LC, 44.1 kHz, stereo
    ["1190", "fff14c8001bffc 2110046080 1c"], // 48 kHz
    ["2b920800", "fff15c8001bffc 2110046080 1c"], // HE-AAC: a core of 22.05 kHz
    ["eb8a0800", "fff15c4001bffc 2110046080 1c"], // HE-AAC v2: a core of one channel
    ["12b0", "fff1558001bffc 2110046080 1c"], // 32 kHz, 5.1
    // 2.1: FFmpeg's configuration, and what FFmpeg decodes
    ["118004c4010020000d4c61766335392e33372e31303056e500", "fff14c00029ffc a0988020040000 2110046080 1c"],
    ["17802ee0 1000", "fff1588001bffc 2110046080 1c"], // 24 kHz said in full: 24,000
  ];
  for (const [config, expected] of cases)
    assert.equal(payload({ ...aac, config: hex(config) }, "21100460801c"), expected.replaceAll(" ", ""), config);
  assert.equal(payload(aac, ""), "");
  assert.equal(payload(aac, "21".repeat(8184)).length, 2 * 8191);
  assert.equal(payload(aac, "21".repeat(8185)), "");
});

test("times have 33 bits, and wrap", () => {
  const stamps = (dtsUs: number, ptsUs: number) => {
    const muxer = new TsMuxer([h264]);
    const { pes, packets } = read(muxer.tables(), muxer.packet(frame(h264, 0, hex("0000000265 88"), { dtsUs, ptsUs })));
    return [packets.at(-1)?.clock, pes[0]?.dts, pes[0]?.pts];
  };
  assert.deepEqual(stamps(0, 0), [0, 9_000, 9_000]);
  assert.deepEqual(stamps(40_000, 120_000), [3_600, 12_600, 19_800]);
  assert.deepEqual(stamps(40_000, 30_000), [3_600, 12_600, 12_600]);
  assert.deepEqual(stamps(95_443_000_000, 95_443_700_000), [8_589_870_000, 8_589_879_000, 7_408]);
  assert.deepEqual(stamps(95_443_700_000, 95_443_800_000), [8_589_933_000, 7_408, 16_408]);
  assert.deepEqual(stamps(-100_000, 0), [2 ** 33 - 9_000, 0, 9_000]);
});

const mp3 = audio("mp3", 44_100);

/** A NAL unit, or a frame of sound, of that size. */
function sized(track: Track, length: number): Uint8Array {
  const body = Buffer.alloc(length, length % 251);
  if (track.kind === "audio") return body;
  const whole = Buffer.alloc(4 + length, body);
  whole.writeUInt32BE(length);
  whole[4] = 0x41;
  return whole;
}

const step = fc.record({
  track: fc.constantFrom(h264, mp3),
  length: fc.oneof(fc.integer({ min: 1, max: 800 }), fc.integer({ min: 1, max: 65_000 })),
  gapMs: fc.integer({ min: 0, max: 300 }),
  keyframe: fc.boolean(),
});

test("any frames of any size: whole packets, continuous counters, every byte at its time, a clock every 100 ms", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat(2 ** 20), (steps, startMs) => {
      let ms = startMs;
      const frames = steps.map(({ track, length, gapMs, keyframe }) => {
        ms += gapMs;
        return frame(track, ms, sized(track, length), { keyframe, ptsUs: (ms + 80) * 1000 });
      });
      const muxer = new TsMuxer([h264, mp3]);
      const { pes, packets } = read(muxer.tables(), ...frames.map((each) => muxer.packet(each)));
      for (const [pid, track] of [
        [0x100, h264],
        [0x101, mp3],
      ] as const) {
        const sent = frames.filter((each) => each.track === track);
        const seen = pes.filter((each) => each.pid === pid);
        assert.deepEqual(
          seen.map((each) => [each.dts, each.pts]),
          sent.map(({ dtsUs, ptsUs }) => [dtsUs * 0.09 + 9_000, ptsUs * 0.09 + 9_000].map(Math.round)),
        );
        assert.ok(
          sent.every(({ data }, index) => endsWith(seen[index], track.kind === "audio" ? data : data.subarray(4))),
        );
      }
      const clocks = packets.flatMap(({ clock }) => clock ?? []);
      const gaps = clocks.slice(1).map((clock, index) => clock - (clocks[index] ?? 0));
      assert.ok(gaps.every((gap) => gap >= 0 && gap <= 9_000));
      assert.ok((clocks.at(-1) ?? 0) + 9_000 >= (frames.at(-1)?.dtsUs ?? 0) * 0.09);
    }),
    { numRuns: 60 },
  );
});

function endsWith(pes: Pes | undefined, end: Uint8Array): boolean {
  return pes?.aligned === true && pes.payload.subarray(pes.payload.length - end.length).equals(end);
}

test("every length around a packet's border fills packets exactly", () => {
  for (let length = 150; length < 400; length++) {
    const muxer = new TsMuxer([mp3]);
    const data = new Uint8Array(length).fill(7);
    const { pes, packets } = read(
      muxer.tables(),
      muxer.packet(frame(mp3, 0, data)),
      muxer.packet(frame(mp3, 20, data)),
    );
    assert.deepEqual(
      pes.map((each) => each.payload.length),
      [length, length],
    );
    assert.equal(packets.length - 2, Math.ceil((length + 14 + 8) / 184) + Math.ceil((length + 14) / 184));
  }
});

test("a picture of more than 64 KiB has no length, and ends where the next begins", () => {
  const muxer = new TsMuxer([h264]);
  const big = sized(h264, 200_000);
  const { pes } = read(muxer.tables(), muxer.packet(frame(h264, 0, big)), muxer.packet(frame(h264, 40, big)));
  assert.equal(pes.length, 2);
  assert.ok(pes.every((each) => endsWith(each, big.subarray(4))));
  const sound = new TsMuxer([mp3]);
  assert.equal(sound.packet(frame(mp3, 0, new Uint8Array(65_523))).length, 0);
  assert.ok(sound.packet(frame(mp3, 0, new Uint8Array(65_522))).length > 65_522);
});

test("keyframes may be decoded from; the clock is with the picture, and by itself where pictures are far apart", () => {
  const muxer = new TsMuxer([h264, mp3]);
  const picture = sized(h264, 100);
  const { packets } = read(
    muxer.tables(),
    muxer.packet(frame(h264, 0, picture)),
    muxer.packet(frame(mp3, 10, picture)),
    muxer.packet(frame(mp3, 250, picture)),
    muxer.packet(frame(h264, 240, picture, { keyframe: false })),
    muxer.packet(frame(h264, 180, picture, { keyframe: false })),
    muxer.packet(frame(h264, 5_000, picture, { keyframe: false })),
  );
  assert.deepEqual(
    packets.slice(2).map(({ pid, clock, randomAccess, starts }) => [pid - 0x100, clock, randomAccess, starts]),
    [
      [0, 0, true, true],
      [1, undefined, false, true],
      [0, 9_000, false, false],
      [0, 18_000, false, false],
      [1, undefined, false, true],
      [0, 21_600, false, true],
      [0, undefined, false, true],
      [0, 450_000, false, true],
    ],
  );
});

test("where time jumps, the next clock says so, before the first frame of the new time", () => {
  const muxer = new TsMuxer([h264, mp3]);
  const data = sized(h264, 100);
  const parts = [muxer.tables(), muxer.packet(frame(h264, 60_000, data))];
  muxer.discontinuity();
  parts.push(muxer.packet(frame(mp3, 1_000, data)), muxer.packet(frame(h264, 1_010, data)));
  muxer.discontinuity();
  parts.push(muxer.packet(frame(h264, 500, data)));
  const { packets } = read(...parts);
  assert.deepEqual(
    packets.flatMap(({ pid, clock, discontinuity }) => (clock === undefined ? [] : [[pid, clock, discontinuity]])),
    [
      [0x100, 5_400_000, false],
      [0x100, 90_000, true],
      [0x100, 90_900, false],
      [0x100, 45_000, true],
    ],
  );
});

test("counters go on over new configurations; a program that changes has a new version, and its tables come first", () => {
  const muxer = new TsMuxer([h264]);
  const config = (track: Track): Packet => ({ ...frame(track, 0, new Uint8Array()), kind: "config" });
  const data = sized(h264, 100);
  const other = { ...h264, config: hex("0142c00affe1000467010203010002 6801") };
  const av1: Track = { kind: "video", id: 0, codec: "av1", config: new Uint8Array() };
  const { maps, pes } = read(
    muxer.tables(),
    muxer.packet(frame(h264, 0, data)),
    muxer.packet(config(other)),
    muxer.packet(frame(other, 40, data)),
    muxer.packet(config(mp3)),
    muxer.packet(frame(mp3, 40, data)),
    muxer.packet(frame(aac, 80, data.subarray(0, 50))), // announced by nobody
    muxer.packet(config(av1)),
    muxer.packet(frame(av1, 80, data)),
    muxer.packet(config(hevc)),
    muxer.packet(frame(hevc, 120, data)),
  );
  assert.ok(pes[1]?.payload.includes("00000001670102030000000168" + "01", 0, "hex"));
  assert.deepEqual(
    maps.map(({ version, clockPid, streams }) => [version, clockPid, ...streams.map((each) => each.streamType)]),
    [
      [0, 0x100, 0x1b],
      [1, 0x100, 0x1b, 3],
      [2, 0x100, 0x1b, 0x0f],
      [3, 0x101, 0x0f],
      [4, 0x100, 0x0f, 0x24],
    ],
  );
  assert.deepEqual(
    pes.map(({ pid }) => pid),
    [0x100, 0x100, 0x101, 0x101, 0x100],
  );
});

test("what has no form in TS gives nothing", () => {
  const muxer = new TsMuxer([h264]);
  for (const kind of ["data", "end", "extra"] as const)
    assert.equal(muxer.packet({ ...frame(h264, 0, sized(h264, 9)), kind }).length, 0);
  assert.equal(muxer.packet(frame(audio("opus", 48_000), 0, sized(h264, 9))).length, 0);
  assert.equal(muxer.id3(0, sized(h264, 9)).length, 0);
});

test("an ID3 tag travels as timed metadata", () => {
  const muxer = new TsMuxer([h264]);
  muxer.carryId3();
  const tag = hex("494433 0400 00 0000000a 54585858 00000000 0000");
  const { pes } = read(muxer.tables(), muxer.id3(40_000, tag), muxer.id3(80_000, tag));
  assert.deepEqual(
    pes.map(({ pid, streamId, pts, aligned, payload: content }) => [pid, streamId, pts, aligned, content.equals(tag)]),
    [
      [0xff, 0xbd, 12_600, true, true],
      [0xff, 0xbd, 16_200, true, true],
    ],
  );
  assert.throws(() => muxer.id3(0, new Uint8Array(65_523)), { code: "mpegts/id3" });
});

test("random bytes as frames and configurations never fail", () => {
  const bytes = fc.uint8Array({ maxLength: 60 });
  const codec = fc.constantFrom("h264", "hevc", "aac", "mp3", "ac3");
  fc.assert(
    fc.property(codec, bytes, fc.array(bytes, { maxLength: 5 }), (name, config, list) => {
      const kind = name === "h264" || name === "hevc" ? "video" : "audio";
      const track = { kind, id: 0, codec: name, config } as Track;
      const muxer = new TsMuxer([track]);
      read(muxer.tables(), ...list.map((data, index) => muxer.packet(frame(track, index * 40, data))));
    }),
    { numRuns: 500 },
  );
});
