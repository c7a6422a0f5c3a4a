import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { AudioTrack, VideoTrack } from "../track.ts";
import { describeAudio, describeVideo } from "./describe.ts";
import { describeByFrame } from "./describe-frame.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const none = bytes("");

// The first bytes of frames that libvpx and FFmpeg's own encoders made.
const cases: { name: string; track: VideoTrack | AudioTrack; frame: string; seen: object; config: string }[] = [
  {
    name: "VP8 without a configuration",
    track: describeVideo(3, "vp8", none),
    frame: "1045009d012aa0005a000007",
    seen: { id: 3, codec: "vp8", width: 160, height: 90, codecString: "vp08.00.10.08" },
    config: "000a820202020000",
  },
  {
    name: "VP9 with one, which has no size",
    track: describeVideo(0, "vp9", bytes("0015820202020000")),
    frame: "824983420009f00596063824",
    seen: { width: 160, height: 90, codecString: "vp09.00.21.08" },
    config: "0015820202020000",
  },
  {
    name: "VP9 without one",
    track: describeVideo(0, "vp9", none),
    frame: "824983420077f04376063824",
    seen: { width: 1920, height: 1080, codecString: "vp09.00.40.08" },
    config: "0028820202020000",
  },
  {
    name: "VP9 of ten bits",
    track: describeVideo(0, "vp9", none),
    frame: "924983420004f802cb021c12",
    seen: { width: 160, height: 90, codecString: "vp09.02.10.10" },
    config: "020aa20202020000",
  },
  {
    name: "VP9 of 4:4:4",
    track: describeVideo(0, "vp9", none),
    frame: "a2498342000efe086ec0c704",
    seen: { width: 1920, height: 1080, codecString: "vp09.01.40.08" },
    config: "0128860202020000",
  },
  {
    name: "VP9 of RGB",
    track: describeVideo(0, "vp9", none),
    frame: "a2498342e009f00596063824",
    seen: { width: 160, height: 90, codecString: "vp09.01.10.08" },
    config: "010a870202000000",
  },
  {
    name: "AV1 whose configuration has no sequence header",
    track: describeVideo(0, "av1", bytes("81000c00")),
    frame: "12000a0a00000003b4fd936be4013200",
    seen: { width: 160, height: 90, codecString: "av01.0.00M.08" },
    config: "81000c00",
  },
  {
    name: "MP3 of 48 kHz, which FLV cannot say",
    track: describeAudio(0, "mp3", bytes("2f")),
    frame: "fffb9464",
    seen: { sampleRate: 48_000, channels: 2 },
    config: "2f",
  },
  {
    name: "stereo Opus without an OpusHead",
    track: describeAudio(1, "opus", none),
    frame: "fc",
    seen: { id: 1, channels: 2, sampleRate: 48_000 },
    config: "4f707573486561640102380180bb0000000000",
  },
  {
    name: "mono Opus without an OpusHead",
    track: describeAudio(0, "opus", none),
    frame: "78",
    seen: { channels: 1 },
    config: "4f707573486561640101380180bb0000000000",
  },
  {
    name: "AC-3 without a configuration",
    track: describeAudio(0, "ac3", none),
    frame: "0b77 0dce 5e40 ebf8 403e",
    seen: { channels: 6, sampleRate: 44_100, codecString: "ac-3" },
    config: "503de0",
  },
];
for (const { name, track, frame, seen, config } of cases) {
  test(`${name} is described by its frame`, () => {
    const described = describeByFrame(track, bytes(frame));
    assert.partialDeepStrictEqual(described, seen);
    assert.equal(hex(described.config), config);
  });
}

const silent: { name: string; track: VideoTrack | AudioTrack; frame: string }[] = [
  { name: "a VP9 frame that is no keyframe", track: describeVideo(0, "vp9", none), frame: "86004092" },
  { name: "a VP8 frame that is no keyframe", track: describeVideo(0, "vp8", none), frame: "b10100" },
  { name: "a frame that breaks off", track: describeVideo(0, "vp9", none), frame: "8249" },
  { name: "an AV1 frame without a sequence header", track: describeVideo(0, "av1", none), frame: "320100" },
  { name: "MP3 that is as its track says", track: describeAudio(0, "mp3", bytes("2f")), frame: "fffb9064" },
  { name: "E-AC-3 in a track of AC-3", track: describeAudio(0, "ac3", none), frame: "0b77000734800000" },
  { name: "AAC", track: describeAudio(0, "aac", bytes("1210")), frame: "2110" },
  { name: "silence", track: describeAudio(0, "mp3", bytes("2f")), frame: "" },
];
for (const { name, track, frame } of silent) {
  test(`${name} changes nothing`, () => assert.equal(describeByFrame(track, bytes(frame)), track));
}

test("a picture whose size is known is not looked at again", () => {
  const track: VideoTrack = { ...describeVideo(0, "vp9", bytes("0015820202020000")), width: 1, height: 1 };
  assert.equal(describeByFrame(track, bytes("824983420009f00596063824")), track);
});

test("whatever the bytes are, there is a track", () => {
  const tracks = cases.map(({ track }) => track);
  fc.assert(
    fc.property(fc.constantFrom(...tracks), fc.uint8Array({ maxLength: 40 }), (track, frame) => {
      assert.equal(describeByFrame(track, frame).codec, track.codec);
    }),
  );
});
