import assert from "node:assert/strict";
import test from "node:test";
import { Bitrate } from "./bitrate.ts";

/** 25 packets a second of `bytes` each. */
function feed(bitrate: Bitrate, bytes: number, fromSecond: number, toSecond: number): void {
  for (let frame = fromSecond * 25; frame < toSecond * 25; frame++) bitrate.add(bytes, frame * 40_000);
}

test("nothing is known until a second has been seen from its beginning to its end", () => {
  const bitrate = new Bitrate();
  feed(bitrate, 5_000, 0.4, 1.6);
  assert.equal(bitrate.value, 0);
  feed(bitrate, 5_000, 1.6, 2.2);
  assert.equal(bitrate.value, 1_000_000);
});

test("what was long ago does not count", () => {
  const bitrate = new Bitrate();
  feed(bitrate, 50_000, 0, 20);
  feed(bitrate, 5_000, 20, 26);
  assert.equal(bitrate.value, 1_000_000);
});

test("silence counts, and so does its end; a clock that goes back a little does no harm", () => {
  const bitrate = new Bitrate();
  feed(bitrate, 5_000, 0, 6);
  bitrate.add(5_000, 10_000_000);
  assert.ok(bitrate.value > 0 && bitrate.value < 1_000_000, String(bitrate.value));
  bitrate.add(5_000, 1_000_000_000_000);
  assert.equal(bitrate.value, 0);
  bitrate.add(5_000, 999_999_000_000);
  feed(bitrate, 5_000, 1_000_001, 1_000_008);
  assert.equal(bitrate.value, 1_000_000);
});
