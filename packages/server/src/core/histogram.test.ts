import assert from "node:assert/strict";
import test from "node:test";
import { Histogram } from "./histogram.ts";

test("a value counts in the range that it ends or lies in, and beyond the last in one more", () => {
  const histogram = new Histogram([1, 5, 10]);
  for (const value of [0, 1, 1.5, 5, 10, 10.1, 1e9]) histogram.add(value);
  assert.deepEqual([...histogram.counts], [2, 2, 1, 2]);
  assert.equal(histogram.sum, 27.6 + 1e9);
});
