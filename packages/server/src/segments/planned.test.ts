import assert from "node:assert/strict";
import test from "node:test";
import { plannedCodec } from "./planned.ts";

const codecs = [
  { codec: "h264", width: 1920, height: 1080, rate: 30, named: "avc1.640028" },
  { codec: "h264", width: 1280, height: 720, rate: 60, named: "avc1.640020" },
  { codec: "h264", width: 854, height: 480, rate: 25, named: "avc1.64001e" },
  { codec: "hevc", width: 1280, height: 720, rate: 30, named: "hvc1.1.6.L93.90" },
  { codec: "av1", width: 1280, height: 720, rate: 30, named: "av01.0.05M.08" },
] as const;
for (const { codec, width, height, rate, named } of codecs) {
  test(`${codec} of ${width} × ${height} at ${rate} is ${named} before it is made`, () => {
    assert.equal(plannedCodec({ name: "x", width, height, bitrate: 1, codec }, rate), named);
  });
}
