import assert from "node:assert/strict";
import test from "node:test";
import { describeVideo, type Packet } from "@sluice/media";
import { SourceTimes } from "./source-times.ts";

const track = describeVideo(0, "vp9", new Uint8Array());

function frame(ptsUs: number, keyframe = false, reorderUs = 0): Packet {
  return { kind: "frame", track, dtsUs: ptsUs - reorderUs, ptsUs, keyframe, data: new Uint8Array() };
}

test("times are milliseconds from the first keyframe on, and lead back to the exact ones", () => {
  const times = new SourceTimes();
  assert.equal(times.enter(frame(5_000_011, true, 66_667)), 0);
  assert.equal(times.enter(frame(5_100_022, false, 66_667)), 100);
  assert.equal(times.enter(frame(5_033_344, false, 0)), 33);
  assert.deepEqual(times.at(0), { ptsUs: 5_000_011, dtsUs: 4_933_344, keyframe: true, reorderUs: 66_667 });
  assert.deepEqual(times.at(33), { ptsUs: 5_033_344, dtsUs: 5_033_344, keyframe: false, reorderUs: 66_667 });
  assert.equal(times.at(34), undefined);
});

test("frames before the first keyframe, in either order, are not taken", () => {
  const times = new SourceTimes();
  assert.equal(times.enter(frame(0)), undefined);
  assert.equal(times.enter(frame(100_000, true)), 0);
  assert.equal(times.enter(frame(33_000)), undefined);
  assert.equal(times.enter(frame(133_000)), 33);
});

test("frames of the same millisecond get times of their own", () => {
  const times = new SourceTimes();
  assert.deepEqual(
    [frame(0, true), frame(40_000), frame(40_200), frame(40_400), frame(41_000)].map((each) => times.enter(each)),
    [0, 40, 41, 42, 43],
  );
  assert.equal(times.at(42)?.ptsUs, 40_400);
});

test("the clock goes on where the source's goes back or jumps, at the next keyframe", () => {
  const times = new SourceTimes();
  assert.equal(times.enter(frame(9_000_000, true)), 0);
  assert.equal(times.enter(frame(9_100_000)), 100);
  assert.equal(times.enter(frame(1_000_000, true)), 140);
  assert.equal(times.enter(frame(1_040_000)), 180);
  assert.equal(times.enter(frame(2 ** 45, true)), 220);
  assert.equal(times.at(220)?.ptsUs, 2 ** 45);
  assert.equal(times.enter(frame(2 ** 45 + 5_000_000, true)), 5220);
});

test("FLV's 31 bits are enough after 24 days", () => {
  const times = new SourceTimes(2 ** 31 - 40);
  assert.equal(times.enter(frame(0, true)), 2 ** 31 - 40);
  assert.equal(times.enter(frame(40_000)), 2 ** 31);
  assert.equal(times.at(0)?.ptsUs, 40_000);
  assert.equal(times.at(2 ** 31)?.ptsUs, 40_000);
  assert.equal(times.at(-(2 ** 31))?.ptsUs, 40_000);
});

test("what is a minute old is forgotten", () => {
  const times = new SourceTimes();
  for (let index = 0; index < 5_000; index++) times.enter(frame(index * 20_000, index === 0));
  assert.equal(times.at(0), undefined);
  assert.equal(times.at(4_999 * 20)?.ptsUs, 4_999 * 20_000);
});
