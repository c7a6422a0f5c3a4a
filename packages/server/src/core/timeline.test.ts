import assert from "node:assert/strict";
import test from "node:test";
import { Timeline } from "./timeline.ts";

function run(times: readonly number[], timeline = new Timeline()): number[] {
  return times.map((ms) => ms + timeline.shiftUs(ms * 1000) / 1000);
}

const cases: { name: string; from: number[]; to: number[] }[] = [
  { name: "a source that starts near zero keeps its times", from: [0, 40, 80], to: [0, 40, 80] },
  { name: "small steps back are the encoder's interleaving", from: [23, 0, 46, 40], to: [23, 0, 46, 40] },
  {
    name: "one that starts at its uptime begins in the first second",
    from: [3_000_000_000, 3_000_000_040],
    to: [1000, 1040],
  },
  { name: "a jump of an hour goes on after one frame", from: [0, 40, 3_600_000, 3_600_040], to: [0, 40, 80, 120] },
  {
    name: "a clock that starts again goes on after one frame",
    from: [5_000, 5_040, 0, 40],
    to: [5_000, 5_040, 5_080, 5_120],
  },
  { name: "a gap of some seconds is kept", from: [0, 40, 4_000, 4_040], to: [0, 40, 4_000, 4_040] },
  { name: "beyond 2³² milliseconds it goes on", from: [2 ** 32 - 20, 2 ** 32 + 20], to: [1000, 1040] },
];
for (const { name, from, to } of cases) test(name, () => assert.deepEqual(run(from), to));

test("a source that returns goes on one frame after the last one, whatever its clock says", () => {
  const timeline = new Timeline();
  run([0, 40, 80], timeline);
  timeline.change();
  assert.deepEqual(run([9_000_000, 9_000_040], timeline), [120, 160]);
});

test("what is no frame is placed at its own time when that is near, else at the newest frame's", () => {
  const timeline = new Timeline();
  assert.equal(timeline.placeUs(5_000_000), 0);
  run([20_000, 20_040], timeline);
  assert.equal(timeline.placeUs(20_020_000), 1_020_000);
  assert.equal(timeline.placeUs(0), 1_040_000);
});
