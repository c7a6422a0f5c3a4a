import assert from "node:assert/strict";
import test from "node:test";
import { random } from "./random.ts";

test("random bytes come as many as are asked for, and none twice", () => {
  const drawn = Array.from({ length: 200 }, () => random(1_528));
  assert.ok(drawn.every(({ length }) => length === 1_528));
  assert.equal(new Set(drawn.map((bytes) => Buffer.from(bytes).toString("hex"))).size, 200);
  assert.equal(random(100_000).length, 100_000);
});

test("what has been given out does not change", () => {
  const bytes = random(64);
  const before = Buffer.from(bytes);
  for (let time = 0; time < 100; time++) random(1_528);
  assert.deepEqual(Buffer.from(bytes), before);
});
