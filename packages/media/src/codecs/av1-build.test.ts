import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { MalformedError } from "../malformed-error.ts";
import { buildAv1Config } from "./av1-build.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array | undefined) => data && Buffer.from(data).toString("hex");
/** Of FFmpeg: what it makes of the sequence header that is in it. */
const records = [
  { name: "4:4:4", av1C: "81240000 0a0e20000024cfa70dbfff3404340080" },
  { name: "4:2:0, from libaom in real time", av1C: "81000c00 0a0a00000003b4fd936be401" },
];

for (const { name, av1C } of records) {
  test(`a configuration is made of a keyframe's sequence header: ${name}`, () => {
    const config = bytes(av1C);
    const keyframe = new Uint8Array([0x12, 0, ...config.subarray(4), 0x32, 1, 0x10]);
    assert.equal(hex(buildAv1Config(keyframe)), hex(config));
  });
}

test("a frame without a sequence header makes none", () => {
  assert.equal(buildAv1Config(bytes("1200 320110")), undefined);
  assert.equal(buildAv1Config(bytes("")), undefined);
});

test("whatever comes is read, or refused as malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
      try {
        buildAv1Config(new Uint8Array([0x0a, noise.length, ...noise]));
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
    }),
  );
});
