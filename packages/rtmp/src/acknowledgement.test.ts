import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { AckCounter } from "./acknowledgement.ts";

/** The sequence numbers that are acknowledged when `count` pieces of `size` bytes arrive. */
function due(window: number, count: number, size: number): number[] {
  const counter = new AckCounter();
  counter.setWindow(window);
  return Array.from({ length: count }, () => counter.received(size)).filter((each) => each !== undefined);
}

const cases: { name: string; window: number; count: number; size: number; due: number[] }[] = [
  { name: "each window is acknowledged", window: 100_000, count: 4, size: 50_000, due: [100_000, 200_000] },
  { name: "pieces as large as the window are", window: 100_000, count: 2, size: 100_000, due: [100_000, 200_000] },
  { name: "pieces larger than it are", window: 100_000, count: 2, size: 300_000, due: [300_000, 600_000] },
  {
    name: "a piece that the next one would carry over the window is",
    window: 100_000,
    count: 3,
    size: 65_536,
    due: [65_536, 131_072, 196_608],
  },
  { name: "a window of 0 asks for none", window: 0, count: 100, size: 100_000, due: [] },
  {
    name: "a window of one byte is not taken at its word",
    window: 1,
    count: 1000,
    size: 100,
    due: [32_700, 65_400, 98_100],
  },
  {
    name: "the number wraps at 2³²",
    window: 2 ** 31,
    count: 5,
    size: 2 ** 31,
    due: [2 ** 31, 0, 2 ** 31, 0, 2 ** 31],
  },
];
for (const { name, window, count, size, due: expected } of cases)
  test(name, () => assert.deepEqual(due(window, count, size), expected));

test("nobody who keeps to a window waits for its acknowledgement, however the bytes arrive", () => {
  const window = fc.integer({ min: 32 * 1024, max: 300_000 });
  fc.assert(
    fc.property(window, fc.array(fc.integer({ min: 1, max: 65_536 }), { maxLength: 100 }), (bytes, sizes) => {
      const counter = new AckCounter();
      counter.setWindow(bytes);
      let acknowledged = 0;
      for (const size of sizes) {
        const sequence = counter.received(size);
        if (sequence !== undefined) acknowledged = sequence;
        assert.ok(counter.total - acknowledged < bytes);
      }
      assert.equal(
        counter.total,
        sizes.reduce((sum, size) => sum + size, 0),
      );
    }),
  );
});

test("what came before the window was set counts", () => {
  const counter = new AckCounter();
  assert.equal(counter.received(90_000), undefined);
  counter.setWindow(100_000);
  assert.equal(counter.received(4_000), undefined);
  assert.equal(counter.received(4_000), 98_000);
});
