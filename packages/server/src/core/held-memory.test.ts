import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { HeldMemory } from "./held-memory.ts";

test("pieces of one buffer hold it once, as long as one of them is held", () => {
  const memory = new HeldMemory();
  const block = new Uint8Array(1000);
  const [first, second] = [block.subarray(0, 100), block.subarray(100, 300)];
  assert.deepEqual([memory.hold(first), memory.hold(second)], [1000, 0]);
  assert.deepEqual([memory.release(first), memory.release(second)], [0, 1000]);
  assert.equal(memory.hold(second), 1000);
});

test("what is nearly all of its buffer counts as it is", () => {
  const memory = new HeldMemory();
  const alone = new Uint8Array(1000).subarray(50);
  assert.deepEqual([memory.hold(alone), memory.release(alone)], [950, 950]);
});

test("whatever was held and released leaves nothing, and in between it is the buffers that are in use", () => {
  const buffers = [4, 100, 1000].map((size) => new Uint8Array(size));
  const piece = fc.record({ of: fc.constantFrom(...buffers), from: fc.nat(1000), length: fc.nat(80) });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (wanted) => {
      const memory = new HeldMemory();
      const pieces = wanted.map(({ of, from, length }) => of.subarray(from % of.length, (from % of.length) + length));
      let bytes = pieces.reduce((sum, each) => sum + memory.hold(each), 0);
      const inUse = new Set(pieces.map(({ buffer }) => buffer).filter(({ byteLength }) => byteLength > 88));
      assert.ok(bytes >= [...inUse].reduce((sum, { byteLength }) => sum + byteLength, 0));
      bytes -= pieces.reduce((sum, each) => sum + memory.release(each), 0);
      assert.equal(bytes, 0);
    }),
  );
});
