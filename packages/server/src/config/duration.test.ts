import assert from "node:assert/strict";
import test from "node:test";
import { milliseconds } from "./duration.ts";
import { bytes } from "./size.ts";

const durations: [string, number][] = [
  ["0s", 0],
  ["200ms", 200],
  ["6s", 6_000],
  ["1.5s", 1_500],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["24h", 86_400_000],
  ["25h", 86_400_000],
  ["999999999h", 86_400_000],
];
for (const [text, ms] of durations) test(`${text} is ${ms} milliseconds`, () => assert.equal(milliseconds(text), ms));

for (const text of ["", "6", "s", "6 s", "-1s", "6S", "1d", "1e3s", "6s\n", "0x1s", "1.2345s"]) {
  test(`${JSON.stringify(text)} is no duration`, () => assert.equal(milliseconds(text), 0));
}

const sizes: [string | number, number][] = [
  [65_536, 65_536],
  ["0B", 0],
  ["512B", 512],
  ["512KiB", 524_288],
  ["64MiB", 67_108_864],
  ["1.5GiB", 1_610_612_736],
  ["0.001KiB", 1],
];
for (const [text, count] of sizes) test(`${text} is ${count} bytes`, () => assert.equal(bytes(text), count));

for (const text of ["", "64", "64MB", "64 MiB", "-1KiB", "MiB", "1KiB\n"]) {
  test(`${JSON.stringify(text)} is no size`, () => assert.equal(bytes(text), 0));
}
