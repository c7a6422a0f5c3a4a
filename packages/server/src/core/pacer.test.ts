import assert from "node:assert/strict";
import test from "node:test";
import type { Cursor } from "./cursor.ts";
import { FrameAge } from "./frame-age.ts";
import { defaultPacerLimits, Pacer, windowMs } from "./pacer.ts";

/** A stream whose viewers each take `costMs` of the core. */
function audience(count: number, costMs: number) {
  const flushed: number[] = [];
  const cursors = new Set(
    Array.from({ length: count }, () => ({
      flush: () => {
        flushed.push(performance.now());
        for (const until = performance.now() + costMs; performance.now() < until; );
      },
    })) as unknown as Cursor[],
  );
  return { cursors, flushed, advance: () => {} };
}

const windows: { costMs: number; viewers: number; otherShare?: number; expectedMs: number; why: string }[] = [
  { costMs: 0.1, viewers: 10, expectedMs: 0, why: "nobody waits" },
  { costMs: 2, viewers: 300, expectedMs: 16, why: "passes take an eighth of the core" },
  { costMs: 14, viewers: 2_000, expectedMs: 65, why: "the bound" },
  { costMs: 48, viewers: 6_000, expectedMs: 177, why: "no more writes a second" },
  { costMs: 5, viewers: 6_000, expectedMs: 40, why: "a quick core" },
  { costMs: 100, viewers: 11_000, expectedMs: 325, why: "no more writes a second" },
  { costMs: 100, viewers: 20_000, expectedMs: 350, why: "the wall" },
  { costMs: 126, viewers: 6_000, otherShare: 0.12, expectedMs: 180, why: "a slow core" },
  { costMs: 60, viewers: 3_000, otherShare: 0.42, expectedMs: 150, why: "more that join" },
  { costMs: 300, viewers: 12_000, otherShare: 0.05, expectedMs: 350, why: "nearly all that a core can serve" },
  { costMs: 800, viewers: 2_000, expectedMs: 350, why: "more than a core can serve" },
];
for (const { costMs, viewers, otherShare = 0, expectedMs, why } of windows) {
  test(`a pass of ${costMs} ms over ${viewers} makes a window of ${expectedMs} ms: ${why}`, () => {
    assert.equal(Math.round(windowMs(costMs, viewers, otherShare, defaultPacerLimits)), expectedMs);
  });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("without a window viewers are written to on the event loop's next turn", async (t) => {
  const pacer = new Pacer({ boundMs: 0, maxMs: 0 }); // what a pass takes here is the machine's affair
  t.after(() => pacer.close());
  const stream = audience(3, 0);
  for (let pass = 1; pass <= 5; pass++) {
    pacer.touch(stream);
    pacer.touch(stream);
    while (stream.flushed.length < pass * 3) await turn();
    assert.equal(stream.flushed.length, pass * 3);
  }
});

test("the window grows with what a pass costs, up to its wall, and shrinks again", async (t) => {
  const pacer = new Pacer({ boundMs: 20, maxMs: 40 });
  t.after(() => pacer.close());
  const crowd = audience(4, 8);
  let largest = 0;
  while (pacer.windowMs < 40) {
    pacer.touch(crowd);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(pacer.windowMs >= largest || pacer.windowMs > 0);
    largest = Math.max(largest, pacer.windowMs);
  }
  assert.equal(pacer.windowMs, 40);
  crowd.cursors.clear();
  while (pacer.windowMs > 0) {
    pacer.touch(crowd);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

test("a long pass lets other work in between, and everyone is written to", async (t) => {
  const pacer = new Pacer();
  t.after(() => pacer.close());
  const crowd = audience(320, 0.2);
  let between = 0;
  const other = setInterval(() => between++, 1);
  t.after(() => clearInterval(other));
  pacer.touch(crowd);
  while (crowd.flushed.length < 320) await turn();
  assert.ok(between >= 2, `${between} other turns in ${crowd.flushed.length} writes`);
});

test("a viewer who leaves during a pass is not written to", async (t) => {
  const pacer = new Pacer();
  t.after(() => pacer.close());
  const stream = audience(64, 0);
  const [first, ...rest] = stream.cursors;
  assert.ok(first);
  first.flush = () => rest.forEach((each) => void stream.cursors.delete(each));
  pacer.touch(stream);
  await turn();
  assert.equal(stream.flushed.length, 0);
});

test("who is written to late in a long pass gets what has come in meanwhile", async (t) => {
  const pacer = new Pacer();
  t.after(() => pacer.close());
  const crowd = audience(320, 0.2);
  let advanced = 0;
  const stream = { ...crowd, advance: () => advanced++ };
  pacer.touch(stream);
  while (crowd.flushed.length < 320) await turn();
  assert.ok(advanced >= 3, `moved on ${advanced} times`);
});

test("each pass is counted once, with the age of the oldest that it had", async (t) => {
  const pacer = new Pacer({ boundMs: 0, maxMs: 0 });
  t.after(() => pacer.close());
  const streams = [audience(2, 0), audience(3, 0)];
  const total = ({ counts }: { counts: Float64Array }) => counts.reduce((sum, each) => sum + each, 0);
  for (let pass = 1; pass <= 3; pass++) {
    for (const stream of [...streams, ...streams]) pacer.touch(stream);
    while (total(pacer.passes) < pass) await turn();
    assert.deepEqual([total(pacer.windows), total(pacer.passes), total(pacer.ages)], [pass, pass, pass]);
  }
});

test("each stream knows how old what it is written is, whatever else is in the pass", async (t) => {
  const pacer = new Pacer({ boundMs: 0, maxMs: 0 });
  t.after(() => pacer.close());
  const [first, last] = [
    { ...audience(1, 0), age: new FrameAge() },
    { ...audience(1, 20), age: new FrameAge() },
  ];
  pacer.touch(first);
  pacer.touch(last);
  while (last.flushed.length === 0) await turn();
  const [quick, slow] = [first.age.spread, last.age.spread];
  assert.ok(quick && slow && slow.p50Ms >= 20 && quick.p50Ms < slow.p50Ms, JSON.stringify([quick, slow]));
});
