import assert from "node:assert/strict";
import test from "node:test";
import { videoTrack } from "../../../testing/synthetic.ts";
import { Measure } from "./measure.ts";

/** Pictures of 1,000 bytes at this rate, stamped in whole milliseconds. */
function measured(rate: number, seconds: number, gopSeconds: number, from = 0): Measure {
  const measure = new Measure();
  const gop = Math.round(gopSeconds * rate);
  for (let frame = from; frame < rate * seconds; frame++) {
    const dtsUs = Math.round((frame * 1000) / rate) * 1000;
    measure.add({
      kind: "frame",
      track: videoTrack,
      dtsUs,
      ptsUs: dtsUs,
      keyframe: frame % gop === 0,
      data: new Uint8Array(1000),
    });
  }
  return measure;
}

for (const rate of [15, 24_000 / 1001, 25, 30_000 / 1001, 30, 50, 60_000 / 1001, 60])
  test(`${rate.toFixed(2)} frames a second are told from their like`, () => {
    const measure = measured(rate, 3, 2);
    assert.ok(measure.isDone);
    assert.ok(Math.abs(measure.frameRate - rate) < 0.05, `${measure.frameRate}`);
    assert.ok(Math.abs(measure.bitrate - rate * 8000) < rate * 100, `${measure.bitrate}`);
  });

test("an unusual rate is taken as it is", () => assert.ok(Math.abs(measured(20, 3, 2).frameRate - 20) < 0.1));

test("it takes a group of at least a second, or two seconds of one", () => {
  assert.equal(measured(25, 0.9, 0.2).isDone, false);
  assert.equal(measured(25, 1.1, 0.2).isDone, true);
  assert.equal(measured(25, 1.9, 10).isDone, false);
  assert.equal(measured(25, 2.1, 10).isDone, true);
  assert.deepEqual([measured(25, 0.9, 0.2).frameRate, measured(25, 0.9, 0.2).bitrate], [0, 0]);
});

test("what comes before the first keyframe does not count", () => {
  assert.equal(measured(25, 2, 1, 5).isDone, false);
  assert.ok(Math.abs(measured(25, 2.1, 1, 5).frameRate - 25) < 0.1);
});
