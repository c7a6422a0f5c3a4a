import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { delayOf } from "./start-time.ts";

const wallMs = Date.parse("2026-03-04T12:00:00Z");

for (const [from, seconds] of [
  ["-60", 60],
  ["-60s", 60],
  ["-1m", 60],
  ["-1.5h", 5_400],
  ["-250ms", 0.25],
  ["-0", 0],
  [`${wallMs / 1000 - 90}`, 90],
  [`${wallMs / 1000 - 0.5}`, 0.5],
  ["0", wallMs / 1000],
  [`${wallMs / 1000 + 90}`, 0],
  ["2026-03-04T11:59:00Z", 60],
  ["2026-03-04T11:59:00", 60],
  ["2026-03-04T11:59", 60],
  ["2026-03-04T11:59:58.750Z", 1.25],
  ["2026-03-04T13:59:00+02:00", 60],
  ["2026-03-04T13:59:00 02:00", 60],
  ["2026-03-04T06:59:00-0500", 60],
  ["2026-03-05T00:00:00Z", 0],
] as const)
  test(`from=${from} is ${seconds} seconds ago`, () => assert.equal(delayOf(from, wallMs), seconds * 1_000_000));

for (const from of [
  "",
  "-",
  "yesterday",
  "-1d",
  "--1",
  "-1e9",
  "+60",
  "1e9",
  "0x10",
  " 1",
  "-99999999999",
  "2026-13-40T00:00:00Z",
  "2026-03-04",
])
  test(`from=${from} is no time`, () => assert.equal(delayOf(from, wallMs), undefined));

test("whatever is written, the answer is a number that can be reckoned with, or none", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-0-9.TZ:+msh]{0,30}$/)), (from) => {
      const delay = delayOf(from, wallMs);
      assert.ok(delay === undefined || (Number.isFinite(delay) && delay >= 0));
    }),
  );
});
