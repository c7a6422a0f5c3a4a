import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { FrameAge } from "./frame-age.ts";

/** Ages by a clock that is set by hand. */
function measured(t: TestContext) {
  const clock = { at: 1_000 };
  t.mock.method(performance, "now", () => clock.at);
  const age = new FrameAge();
  /** One that is measured, and those that are not. */
  const pass = (ms: number) => {
    for (const each of [ms, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000]) {
      age.begin();
      clock.at += each;
      age.end();
    }
  };
  return { age, clock, pass };
}

test("a pass is as old as the first packet that waited for it", (t) => {
  const { age, clock } = measured(t);
  assert.equal(age.spread, undefined);
  age.begin();
  clock.at += 5;
  age.begin();
  clock.at += 2;
  age.end();
  age.end(); // a pass in which nothing was new
  assert.deepEqual(age.spread, { p50Ms: 7, p99Ms: 7 });
});

test("of every seventh pass half and 99 of 100 tell how old packets get", (t) => {
  const { age, pass } = measured(t);
  for (let ms = 1; ms <= 100; ms++) pass(ms);
  assert.deepEqual(age.spread, { p50Ms: 50, p99Ms: 99 });
  for (let each = 0; each < 300; each++) pass(3);
  assert.deepEqual(age.spread, { p50Ms: 3, p99Ms: 3 });
});

test("what was written long ago says nothing of now", (t) => {
  const { age, clock, pass } = measured(t);
  pass(4);
  clock.at += 5_000;
  assert.equal(age.spread, undefined);
  pass(6);
  assert.deepEqual(age.spread, { p50Ms: 4, p99Ms: 6 });
});
