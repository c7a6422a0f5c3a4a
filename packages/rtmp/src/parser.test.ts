import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { pieces } from "../testing/chunks.ts";
import { Demand, type Parser } from "./parser.ts";

/** Asks for pieces of these lengths and keeps a copy of each. */
function* collect(wants: readonly number[], got: Uint8Array[]): Parser {
  for (const want of wants) got.push((yield want).slice());
}

/** What a parser gets of these bytes, worked out by hand: a negative length stays in the input. */
function expected(wants: readonly number[], input: Uint8Array): Uint8Array[] {
  const got: Uint8Array[] = [];
  let at = 0;
  for (const want of wants) {
    const end = at + Math.abs(want);
    if (end > input.length) break;
    got.push(input.slice(at, end));
    if (want > 0) at = end;
  }
  return got;
}

test("a parser gets exactly what it asks for, however the bytes arrive", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -9, max: 40 }), { maxLength: 30 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 1, max: 300 }),
      (wants, input, size) => {
        const got: Uint8Array[] = [];
        const demand = new Demand(collect([...wants, 1000], got));
        demand.push(new Uint8Array());
        for (const piece of pieces(input, size)) demand.push(piece);
        assert.deepEqual(got, expected(wants, input));
      },
    ),
  );
});

test("what arrives whole is lent, not copied", () => {
  const input = Uint8Array.of(1, 2, 3, 4);
  const lent: Uint8Array[] = [];
  const demand = new Demand(
    (function* (): Parser {
      for (;;) lent.push(yield 2);
    })(),
  );
  demand.push(input);
  assert.deepEqual(
    lent.map(({ buffer, byteOffset, length }) => [buffer === input.buffer, byteOffset, length]),
    [
      [true, 0, 2],
      [true, 2, 2],
    ],
  );
});

test("a socket's Buffer reaches the parser as plain bytes, so that slice() is a copy", () => {
  const slab = Buffer.alloc(65_536, 7);
  const got: Uint8Array[] = [];
  new Demand(collect([3, 3], got)).push(slab.subarray(100, 106));
  slab.fill(9);
  assert.deepEqual(got, [Uint8Array.of(7, 7, 7), Uint8Array.of(7, 7, 7)]);
  assert.deepEqual(
    got.map(({ buffer }) => buffer.byteLength),
    [3, 3],
  );
});

test("a parser that has thrown is finished: every later push throws the very same", () => {
  const failure = new Error("enough");
  const demand = new Demand(
    (function* (): Parser {
      yield 1;
      throw failure;
    })(),
  );
  for (let count = 0; count < 3; count++) {
    assert.throws(
      () => demand.push(Uint8Array.of(1)),
      (error) => error === failure,
    );
  }
});

test("a parser that has returned takes no more", () => {
  const got: Uint8Array[] = [];
  const demand = new Demand(collect([1], got));
  demand.push(Uint8Array.of(1, 2, 3));
  demand.push(Uint8Array.of(4));
  assert.deepEqual(got, [Uint8Array.of(1)]);
});

test("wanting much costs nothing until it arrives", () => {
  const before = process.memoryUsage().arrayBuffers;
  const waiting = Array.from({ length: 500 }, () => new Demand(collect([16 << 20], [])));
  for (const demand of waiting) for (let count = 0; count < 5; count++) demand.push(Uint8Array.of(count));
  assert.ok(process.memoryUsage().arrayBuffers - before < 500 * 8192);
});
