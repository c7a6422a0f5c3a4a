import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Amf, emptyObject } from "../amf/amf.ts";
import { encodeAmf0 } from "../amf/amf0.ts";
import { MalformedError } from "../malformed-error.ts";
import type { ColorInfo } from "../track.ts";
import { encodeColorInfo, parseColorInfo } from "./color-info.ts";

const full: ColorInfo = {
  bitDepth: 10,
  primaries: 9,
  transfer: 16,
  matrix: 9,
  light: { maxContent: 1000, maxFrameAverage: 400 },
  mastering: {
    red: { x: 0.68, y: 0.32 },
    green: { x: 0.265, y: 0.69 },
    blue: { x: 0.15, y: 0.06 },
    white: { x: 0.3127, y: 0.329 },
    maxLuminance: 1000,
    minLuminance: 0.0001,
  },
};

const infos: { name: string; value: Amf; info: ColorInfo | undefined }[] = [
  { name: "nothing takes it back", value: undefined, info: undefined },
  { name: "so does null", value: null, info: undefined },
  { name: "so does an empty object", value: {}, info: undefined },
  { name: "text is nothing", value: "HDR", info: undefined },
  {
    name: "of numbers that cannot be nothing is left",
    value: {
      colorConfig: { bitDepth: -1, colorPrimaries: 256, transferCharacteristics: 1.5, matrixCoefficients: Number.NaN },
      hdrCll: { maxFall: -1, maxCLL: Number.POSITIVE_INFINITY },
      hdrMdcv: { redX: 2 },
    },
    info: undefined,
  },
  {
    name: "FFmpeg's",
    value: { colorConfig: { matrixCoefficients: 0 } },
    info: { matrix: 0 },
  },
  {
    name: "one light level alone",
    value: { hdrCll: { maxCLL: 800 } },
    info: { light: { maxContent: 800, maxFrameAverage: 0 } },
  },
  {
    name: "a screen without its luminance is none",
    value: {
      colorConfig: { transferCharacteristics: 18 },
      hdrMdcv: {
        redX: 0.7,
        redY: 0.3,
        greenX: 0.2,
        greenY: 0.7,
        blueX: 0.1,
        blueY: 0.1,
        whitePointX: 0.3,
        whitePointY: 0.3,
      },
    },
    info: { transfer: 18 },
  },
];
for (const { name, value, info } of infos) {
  test(`colour information: ${name}`, () =>
    assert.deepEqual(parseColorInfo(encodeAmf0("colorInfo", value)), { value: info }));
}

test("all of it is read as it was written", () =>
  assert.deepEqual(parseColorInfo(encodeColorInfo(full)), { value: full }));

test("what is said beside it changes nothing, and other metadata is about something else", () => {
  assert.deepEqual(parseColorInfo(encodeAmf0("other", 1, "colorInfo", { colorConfig: { bitDepth: 8 } })), {
    value: { bitDepth: 8 },
  });
  assert.equal(parseColorInfo(encodeAmf0("other", emptyObject())), undefined);
  assert.equal(parseColorInfo(new Uint8Array()), undefined);
});

test("every prefix, and any change of a byte, is read or refused as malformed", () => {
  const wire = encodeColorInfo(full);
  fc.assert(
    fc.property(fc.nat(wire.length), fc.nat(wire.length - 1), fc.nat(255), (end, at, value) => {
      for (const broken of [wire.subarray(0, end), wire.with(at, value)]) {
        try {
          const info = parseColorInfo(broken)?.value;
          if (info) assert.deepEqual(parseColorInfo(encodeColorInfo(info)), { value: info });
        } catch (error) {
          assert.ok(error instanceof MalformedError, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});
