import assert from "node:assert/strict";
import test from "node:test";
import { MalformedError, type Packet } from "@sluice/media";
import fc from "fast-check";
import { IvfReader } from "./ivf-reader.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
/** As FFmpeg 5.1 begins a stream of 160 × 90. */
const head = bytes("444b4946 0000 2000 41563031 a000 5a00 e8030000 01000000 ffffffff ffffffff");
const keyframe = "1200 0a0a00000003b4fd936be401 320110";

function read(data: Uint8Array, step = data.length): Packet[] {
  const seen: Packet[] = [];
  const reader = new IvfReader((packet) => void seen.push(packet));
  for (let at = 0; at < data.length; at += step) reader.push(data.subarray(at, at + step));
  return seen;
}

test("frames come with their times, the configuration before them, however the stream is split", () => {
  const frames = [
    `11000000 2800000000000000 ${keyframe}`,
    "05000000 5000000001000000 1200 320120",
    `11000000 0000000000000000 ${keyframe}`,
  ];
  const wire = new Uint8Array([...head, ...frames.flatMap((each) => [...bytes(each)])]);
  for (const step of [1, 5, 32, wire.length]) {
    const [config, ...seen] = read(wire, step);
    assert.ok(config?.kind === "config" && config.track.kind === "video");
    assert.deepEqual([config.track.codec, config.track.width, config.track.height], ["av1", 160, 90]);
    assert.deepEqual(
      seen.map(({ ptsUs, keyframe, data }) => ({ ptsUs, keyframe, first: data[0] })),
      [
        { ptsUs: 40_000, keyframe: true, first: 0x0a },
        { ptsUs: 80_000 + 2 ** 32 * 1000, keyframe: false, first: 0x32 },
        { ptsUs: 0, keyframe: true, first: 0x0a },
      ],
    );
  }
});

for (const { wire, code } of [
  { wire: new Uint8Array(32), code: "ivf/signature" },
  { wire: new Uint8Array([...head, ...bytes("ffffff7f 0000000000000000")]), code: "ivf/size" },
]) {
  test(`refused with ${code}`, () => {
    assert.throws(
      () => read(wire),
      (error) => error instanceof MalformedError && error.code === code,
    );
  });
}

test("whatever comes is read, or refused as malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
      try {
        read(new Uint8Array([...head, ...noise]), 9);
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
    }),
  );
});
