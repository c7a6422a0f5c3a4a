import assert from "node:assert/strict";
import test from "node:test";
import { videoTrack } from "../../../testing/synthetic.ts";
import { coresFor } from "./cost.ts";
import { easings } from "./easing.ts";
import type { Preset } from "./engine.ts";
import type { LadderPlan } from "./ladder.ts";

const rung = (name: string, height: number) => ({
  name,
  width: height * 2,
  height,
  bitrate: height * 1000,
  codec: "h264" as const,
});
const plan = (presets: readonly Preset[]): LadderPlan => ({
  rungs: [rung("high", 720), rung("mid", 480), rung("low", 240)].slice(0, presets.length),
  presets,
  soundOnly: false,
});
const steps = (presets: readonly Preset[]) =>
  easings(plan(presets)).map(
    ({ rungs, presets: eased, leftOut }) => `${rungs.map(({ name }) => name)}: ${eased}, without ${leftOut}`,
  );

test("first less care, then fewer qualities, and one stays", () => {
  assert.deepEqual(steps(["medium", "veryfast", "ultrafast"]), [
    "high,mid,low: medium,veryfast,ultrafast, without ",
    "high,mid,low: superfast,superfast,ultrafast, without ",
    "high,mid,low: ultrafast,ultrafast,ultrafast, without ",
    "mid,low: ultrafast,ultrafast, without high",
    "low: ultrafast, without high,mid",
  ]);
});

test("what changes nothing is no step", () => {
  assert.deepEqual(steps(["ultrafast"]), ["high: ultrafast, without "]);
  assert.deepEqual(steps([]), [": , without "]);
});

test("each step costs less, and a device's encoder less than the processor", () => {
  const input = { ...videoTrack, width: 1920, height: 1080 };
  const cost = ({ rungs, presets }: LadderPlan, family: "software" | "nvenc" = "software") =>
    coresFor({ input, frameRate: 30, rungs, presets, family });
  const costs = easings(plan(["fast", "fast", "fast"])).map((each) => cost(each));
  assert.deepEqual(
    costs,
    costs.toSorted((a, b) => b - a),
  );
  assert.equal(new Set(costs).size, costs.length);
  assert.ok(cost(plan(["fast"]), "nvenc") < cost(plan(["fast"])));
  assert.ok(coresFor({ input, frameRate: 30, rungs: [], presets: [], family: "software" }) < 0.1);
});
