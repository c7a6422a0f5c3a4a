import assert from "node:assert/strict";
import test from "node:test";
import { describeVideo } from "../codecs/describe.ts";
import type { ColorInfo, VideoTrack } from "../track.ts";
import { sampleEntry } from "./sample-entry.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

const info: ColorInfo = {
  bitDepth: 10,
  primaries: 9,
  transfer: 16,
  matrix: 9,
  light: { maxContent: 1000, maxFrameAverage: 400.4 },
  mastering: {
    red: { x: 0.708, y: 0.292 },
    green: { x: 0.17, y: 0.797 },
    blue: { x: 0.131, y: 0.046 },
    white: { x: 0.3127, y: 0.329 },
    maxLuminance: 1000,
    minLuminance: 0.0001,
  },
};

/** As FFmpeg writes the same: green, blue, red, white in steps of 0.00002; candelas in steps of 0.0001. */
const mdcv = "00000020 6d646376 2134 9baa 1996 08fc 8a48 3908 3d13 4042 00989680 00000001";
const clli = "0000000c 636c6c69 03e8 0190";
const colr = "00000013 636f6c72 6e636c78 0009 0010 0009 00";
const pasp = "00000010 70617370 00000001 00000001";

const avcC = "0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8";
const cases: { name: string; track: VideoTrack; boxes: string }[] = [
  { name: "H.264", track: describeVideo(0, "h264", bytes(avcC)), boxes: `${colr} ${pasp} ${mdcv} ${clli}` },
  {
    name: "AV1",
    track: describeVideo(0, "av1", bytes("81000c000a0a00000003b4fd936be401")),
    boxes: `${colr} ${mdcv} ${clli}`,
  },
  { name: "VP9", track: describeVideo(0, "vp9", bytes("000b820202020000")), boxes: `${colr} ${mdcv} ${clli}` },
];
for (const { name, track, boxes } of cases) {
  test(`${name}: what the encoder says of colours stands at the end of the sample entry`, () => {
    assert.ok(hex(sampleEntry({ ...track, colorInfo: info })).endsWith(boxes.replaceAll(" ", "")));
    assert.ok(!hex(sampleEntry(track)).includes("6d646376"));
  });
}
