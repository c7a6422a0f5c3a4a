import assert from "node:assert/strict";
import test from "node:test";
import { describeVideo } from "../codecs/describe.ts";
import { mp4Payload } from "./payload.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const av1 = describeVideo(0, "av1", bytes("812400000a0e20000024cfa70dbfff3404340080"));
const vp9 = describeVideo(0, "vp9", bytes("000b820202020000"));

const obus: { name: string; data: string; kept: string }[] = [
  { name: "nothing to leave out", data: "0a01aa 3202bbcc", kept: "0a01aa 3202bbcc" },
  { name: "a delimiter in front", data: "1200 0a01aa 3202bbcc", kept: "0a01aa 3202bbcc" },
  { name: "padding in the middle", data: "0a01aa 7a020000 3202bbcc", kept: "0a01aa 3202bbcc" },
  { name: "padding at the end", data: "0a01aa 7a020000", kept: "0a01aa" },
  { name: "a delimiter with an extension, and a last unit without a size", data: "160000 30bbcc", kept: "30bbcc" },
  { name: "a broken unit is left to the decoder", data: "1200 3209bb", kept: "1200 3209bb" },
  { name: "nothing but a delimiter", data: "1200", kept: "" },
  { name: "nothing", data: "", kept: "" },
];
for (const { name, data, kept } of obus) {
  test(`AV1 samples: ${name}`, () => {
    assert.equal(hex(mp4Payload(av1, bytes(data))), kept.replaceAll(" ", ""));
  });
}

test("samples of other codecs are passed through as they are", () => {
  const data = bytes("1200");
  assert.equal(mp4Payload(vp9, data), data);
});
