import assert from "node:assert/strict";
import test from "node:test";
import { describeVideo } from "@sluice/media";
import { video } from "../../testing/synthetic.ts";
import { hasCaptions } from "./captions.ts";

const frame = (...units: string[]) =>
  Buffer.concat(
    units.map((unit) => {
      const bytes = Buffer.from(unit.replaceAll(" ", ""), "hex");
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    }),
  );
const cc = "b5 0031 47413934 03 c1 ff fc8080 80";

const cases = [
  { name: "captions in H.264", data: frame("09f0", `06 04 0c ${cc}`, "6588840b"), found: true },
  { name: "a picture that holds the same bytes", data: frame(`65 ${cc}`), found: false },
  { name: "other information", data: frame("06 05 04 01020304 80", "6588"), found: false },
  { name: "a unit that claims to be longer than it is", data: Buffer.from("ffffffff06b5", "hex"), found: false },
  { name: "nothing", data: Buffer.alloc(0), found: false },
];
for (const { name, data, found } of cases) {
  test(`${name}: ${found ? "found" : "not found"}`, () => assert.equal(hasCaptions(video(0, true, data)), found));
}

test("captions in HEVC: found", () => {
  const track = { ...describeVideo(0, "vp6", new Uint8Array()), codec: "hevc" as const };
  assert.equal(hasCaptions({ ...video(0, true, frame(`4e01 04 0c ${cc}`)), track }), true);
});
