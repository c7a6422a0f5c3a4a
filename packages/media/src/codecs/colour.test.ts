import assert from "node:assert/strict";
import test from "node:test";
import type { ColorInfo, VideoTrack } from "../track.ts";
import { pictureDescription, type VideoRange, videoRange } from "./colour.ts";
import { describeVideo } from "./describe.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** 64 × 64, BT.2020 and PQ in its parameter sets. */
const hevcPq =
  "0102200000009000000000001ef000fcfdfafa00000f03a00001001840010c01ffff02200000030090000003000003001e959809a10001002e42010102200000030090000003000003001ea0142061f2365959a4932bc05a848804820000030002000003003210a2000100074401c172b46240";
const avc = "0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8";
/** Of libaom, as FFmpeg muxes it. */
const av1Hlg = "81004c00 0a0d00000002afff9b5f2a12241208";
const av1Pq = "81004c00 0a0d00000002afff9b5f2a12201208";
const av1 = "81000c00 0a0a00000003b4fd936be401";

const ranges: { name: string; track: VideoTrack; info?: ColorInfo; range: VideoRange }[] = [
  { name: "H.264 that says nothing", track: describeVideo(0, "h264", bytes(avc)), range: "SDR" },
  {
    name: "H.264 whose encoder says it",
    track: describeVideo(0, "h264", bytes(avc)),
    info: { transfer: 18 },
    range: "HLG",
  },
  { name: "HEVC that says it itself", track: describeVideo(0, "hevc", bytes(hevcPq)), range: "PQ" },
  {
    name: "HEVC whose encoder knows better",
    track: describeVideo(0, "hevc", bytes(hevcPq)),
    info: { primaries: 1, transfer: 1, matrix: 1 },
    range: "SDR",
  },
  {
    name: "HEVC whose encoder says only how bright it gets",
    track: describeVideo(0, "hevc", bytes(hevcPq)),
    info: { light: { maxContent: 1000, maxFrameAverage: 400 } },
    range: "PQ",
  },
  { name: "AV1 of one curve", track: describeVideo(0, "av1", bytes(av1Pq)), range: "PQ" },
  { name: "AV1 of the other", track: describeVideo(0, "av1", bytes(av1Hlg)), range: "HLG" },
  { name: "AV1 that says nothing", track: describeVideo(0, "av1", bytes(av1)), range: "SDR" },
  { name: "AV1 without a configuration", track: describeVideo(0, "av1", bytes("")), range: "SDR" },
  { name: "VP9", track: describeVideo(0, "vp9", bytes("020aa2 09 10 09 0000")), range: "PQ" },
  { name: "VP9 of FFmpeg", track: describeVideo(0, "vp9", bytes("01000000 020aa2 09 12 09 0000")), range: "HLG" },
  { name: "VVC", track: describeVideo(0, "vvc", bytes("fe00")), range: "SDR" },
];
for (const { name, track, info, range } of ranges) {
  test(`how bright a picture may be: ${name}`, () =>
    assert.equal(videoRange(info ? { ...track, colorInfo: info } : track), range));
}

test("what the encoder leaves out is taken from the bit stream, or is unspecified", () => {
  const said = (track: VideoTrack, colorInfo: ColorInfo) => pictureDescription({ ...track, colorInfo }).colour;
  assert.deepEqual(said(describeVideo(0, "hevc", bytes(hevcPq)), { transfer: 18 }), {
    primaries: 9,
    transfer: 18,
    matrix: 9,
    fullRange: false,
  });
  assert.deepEqual(said(describeVideo(0, "h264", bytes(avc)), { primaries: 9 }), {
    primaries: 9,
    transfer: 2,
    matrix: 2,
    fullRange: false,
  });
  assert.equal(said(describeVideo(0, "h264", bytes(avc)), { matrix: 0 }), undefined);
});
