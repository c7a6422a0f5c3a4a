import assert from "node:assert/strict";
import test from "node:test";
import { MalformedError } from "@sluice/media";
import fc from "fast-check";
import { SmjpegReader } from "./smjpeg-reader.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
/** As FFmpeg 5.1 writes it, with its comment cut short. */
const head = bytes(
  "000a534d4a504547 00000000 000007f1 5f545854 00000002 656e 5f564944 0000000c 00000000 00a0 005a 4a464946 48454e44",
);
const image = (ms: string, hex: string) =>
  bytes(`76696444 ${ms} ${(hex.length / 2).toString(16).padStart(8, "0")} ${hex}`);

function read(data: Uint8Array, step = data.length): { hex: string; timeMs: number }[] {
  const seen: { hex: string; timeMs: number }[] = [];
  const reader = new SmjpegReader((jpeg, timeMs) => void seen.push({ hex: Buffer.from(jpeg).toString("hex"), timeMs }));
  for (let at = 0; at < data.length; at += step) reader.push(data.subarray(at, at + step));
  return seen;
}

test("images come with their times, however the stream is split", () => {
  const wire = new Uint8Array([
    ...head,
    ...image("00000000", "ffd8ffd9"),
    ...image("000007d0", "ffd800ffd9"),
    ...image("ffffffff", ""),
    ...bytes("444f4e45"),
  ]);
  for (const step of [1, 2, 3, 7, 16, wire.length]) {
    assert.deepEqual(read(wire, step), [
      { hex: "ffd8ffd9", timeMs: 0 },
      { hex: "ffd800ffd9", timeMs: 2000 },
      { hex: "", timeMs: 2 ** 32 - 1 },
    ]);
  }
});

const broken = [
  { wire: "76696444 00000000 7fffffff", code: "smjpeg/size" },
  { wire: "5f545854 7fffffff", code: "smjpeg/size" },
  { wire: "73646444 00000000 00000001 00", code: "smjpeg/chunk" },
];
for (const { wire, code } of broken) {
  test(`refused with ${code}: ${wire}`, () => {
    const refused = (error: unknown) => error instanceof MalformedError && error.code === code;
    assert.throws(() => read(new Uint8Array([...head, ...bytes(wire)])), refused);
  });
}

test("whatever comes is read, or refused as malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      try {
        read(new Uint8Array([...head, ...noise]), 5);
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
    }),
  );
});
