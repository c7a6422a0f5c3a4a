import assert from "node:assert/strict";
import test from "node:test";
import { streamName } from "../../core/stream-name.ts";
import { fitsPattern } from "./stream-pattern.ts";

const cases: readonly (readonly [pattern: string, app: string, name: string, fits: boolean])[] = [
  ["cam", "live", "cam", true],
  ["cam", "other/live", "cam", true],
  ["cam", "live", "cam1", false],
  ["cam*", "live", "cam1", true],
  ["*cam", "live", "cam1", false],
  ["*", "live", "anything", true],
  ["live/*", "live", "anything", true],
  ["live/*", "live/deep", "anything", false],
  ["live/*/cam", "live/deep", "cam", true],
  ["live/a*b*c", "live", "a1b2c", true],
  ["live/a*b*c", "live", "abc", true],
  ["live/a*b*c", "live", "acb", false],
  ["live/ab*ba", "live", "aba", false],
  ["", "live", "cam", false],
];
for (const [pattern, app, name, fits] of cases) {
  test(`${pattern || "nothing"} ${fits ? "means" : "does not mean"} ${app}/${name}`, () => {
    const stream = streamName(app, name);
    assert.ok(stream);
    assert.equal(fitsPattern(pattern, stream), fits);
  });
}

test("a pattern of nothing but stars costs no more than its length", () => {
  const stream = streamName("live", "a".repeat(128));
  assert.ok(stream);
  assert.equal(fitsPattern(`${"*a".repeat(300)}b`, stream), false);
});
