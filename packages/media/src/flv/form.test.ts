import assert from "node:assert/strict";
import test from "node:test";
import { flvForm, usualForm } from "./form.ts";

test("the usual form has the empty key, and what differs is in the key", () => {
  assert.equal(usualForm.key, "");
  const keys = [
    flvForm({ multitrack: true }),
    flvForm({ modEx: true }),
    flvForm({ metadata: false }),
    flvForm({ legacyHevc: true }),
    flvForm({ video: new Set(["h264"]) }),
    flvForm({ video: new Set(["h264", "hevc"]) }),
    flvForm({ audio: new Set(["aac"]) }),
    flvForm({ multitrack: true, modEx: true }),
  ].map(({ key }) => key);
  assert.equal(new Set(["", ...keys]).size, keys.length + 1, keys.join());
});

test("equal forms are the same object, in whatever order their codecs are named", () => {
  assert.equal(flvForm({}), usualForm);
  const one = flvForm({ video: new Set(["h264", "av1"]), metadata: false });
  assert.equal(flvForm({ metadata: false, video: new Set(["av1", "h264"]) }), one);
});

test("a peer that asks for ever new forms gets them, and none of them is kept for ever", () => {
  const codecs = [...usualForm.audio];
  const made = Array.from({ length: 1000 }, (_, bits) =>
    flvForm({ audio: new Set(codecs.filter((_, place) => (bits & (1 << place)) !== 0)) }),
  );
  assert.equal(new Set(made.map(({ key }) => key)).size, 1000);
  assert.deepEqual(made.at(-1)?.audio, new Set(codecs.filter((_, place) => (999 & (1 << place)) !== 0)));
});
