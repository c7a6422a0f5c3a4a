import assert from "node:assert/strict";
import test from "node:test";
import {
  describeVideo,
  flvBody,
  flvHeader,
  flvTag,
  MalformedError,
  matroskaFrame,
  matroskaHeader,
  type Packet,
} from "@sluice/media";
import { PictureOutput } from "./picture-output.ts";
import { SourceTimes } from "./source-times.ts";

const avcC = "0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8";
const track = describeVideo(0, "h264", new Uint8Array(Buffer.from(avcC, "hex")));
const unit = Uint8Array.of(0, 0, 0, 1, 0x65);
const none = new Uint8Array();

type Time = { readonly ptsUs: number; readonly dtsUs: number; readonly keyframe: boolean };

/** A source whose pictures are shown two frames of 40 ms after they are decoded. */
const source: readonly Time[] = [
  { dtsUs: 1_000_001, ptsUs: 1_080_001, keyframe: true },
  { dtsUs: 1_040_000, ptsUs: 1_200_000, keyframe: false },
  { dtsUs: 1_080_000, ptsUs: 1_120_000, keyframe: false },
  { dtsUs: 1_120_000, ptsUs: 1_160_000, keyframe: false },
  { dtsUs: 1_160_002, ptsUs: 1_240_002, keyframe: true },
];

function fed(frames: readonly Time[]): SourceTimes {
  const times = new SourceTimes();
  for (const each of frames) times.enter({ kind: "frame", track, data: unit, ...each });
  return times;
}

/** What FFmpeg would write: pictures in the order in which they are shown. */
function written(pictures: readonly { readonly ms: number; readonly keyframe: boolean }[]): Uint8Array {
  const packet = (kind: "config" | "frame", ms: number, keyframe: boolean): Packet => ({
    ...{ kind, track, dtsUs: ms * 1000, ptsUs: ms * 1000, keyframe, data: kind === "frame" ? unit : none },
  });
  const tag = (each: Packet) => {
    const body = flvBody(each);
    return flvTag(9, each.dtsUs / 1000, body?.head ?? none, body?.data ?? none);
  };
  const tags = [
    tag(packet("config", 0, true)),
    ...pictures.map(({ ms, keyframe }) => tag(packet("frame", ms, keyframe))),
  ];
  return new Uint8Array(Buffer.concat([flvHeader({ audio: false, video: true }), ...tags]));
}

function read(times: SourceTimes, bytes: Uint8Array, codec: "h264" | "hevc" = "h264"): Packet[] {
  const seen: Packet[] = [];
  new PictureOutput(codec, times, (packet) => void seen.push(packet)).push(bytes);
  return seen;
}

const inOrder = [0, 40, 80, 120, 160].map((ms) => ({ ms, keyframe: ms === 0 || ms === 160 }));

test("keyframes have the source's own times; between them a picture is decoded as long before it is shown as in the source", () => {
  const [config, ...frames] = read(fed(source), written(inOrder));
  assert.deepEqual([config?.kind, config?.track, config?.dtsUs], ["config", track, 1_000_001]);
  assert.deepEqual(
    frames.map(({ dtsUs, ptsUs, keyframe }) => ({ dtsUs, ptsUs, keyframe })),
    [
      { dtsUs: 1_000_001, ptsUs: 1_080_001, keyframe: true },
      { dtsUs: 1_040_000, ptsUs: 1_120_000, keyframe: false },
      { dtsUs: 1_080_000, ptsUs: 1_160_000, keyframe: false },
      { dtsUs: 1_120_000, ptsUs: 1_200_000, keyframe: false },
      { dtsUs: 1_160_002, ptsUs: 1_240_002, keyframe: true },
    ],
  );
});

test("a keyframe of the encoder's own is none", () => {
  const frames = read(fed(source), written(inOrder.map(({ ms }) => ({ ms, keyframe: true })))).slice(1);
  assert.deepEqual(
    frames.map(({ keyframe }) => keyframe),
    [true, false, false, false, true],
  );
});

test("a picture that was never fed is left out", () => {
  assert.deepEqual(read(fed(source), written([{ ms: 7, keyframe: true }])), []);
});

test("decoding times never stand still, whatever the source's do", () => {
  const deeper = [
    { dtsUs: 0, ptsUs: 0, keyframe: true },
    { dtsUs: 40_000, ptsUs: 40_000, keyframe: false },
    { dtsUs: 40_000, ptsUs: 80_000, keyframe: true },
  ];
  const frames = read(fed(deeper), written([0, 40, 80].map((ms) => ({ ms, keyframe: ms !== 40 })))).slice(1);
  assert.deepEqual(
    frames.map(({ dtsUs }) => dtsUs),
    [0, 40_000, 40_001],
  );
});

test("HEVC comes in Matroska", () => {
  const hvcC =
    "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089";
  const hevc = describeVideo(0, "hevc", new Uint8Array(Buffer.from(hvcC, "hex")));
  const bytes = Buffer.concat([matroskaHeader(hevc), matroskaFrame(hevc, 0, true, unit)]);
  const [config, frame] = read(fed(source), new Uint8Array(bytes), "hevc");
  assert.deepEqual([config?.track, frame?.dtsUs, frame?.keyframe], [hevc, 1_000_001, true]);
});

test("what is no such stream is refused", () => {
  assert.throws(
    () =>
      read(
        fed(source),
        Uint8Array.from({ length: 64 }, () => 7),
      ),
    MalformedError,
  );
});
