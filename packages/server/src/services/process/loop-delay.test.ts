import assert from "node:assert/strict";
import test from "node:test";
import { until } from "../../../testing/host.ts";
import { LoopDelay } from "./loop-delay.ts";

test("work that keeps the event loop busy is seen as its delay, once for all who ask", async (t) => {
  const delay = new LoopDelay();
  t.after(() => delay.close());
  assert.deepEqual(delay.recent, { p50Ms: 0, p99Ms: 0, maxMs: 0 });
  const counted = () => delay.all.counts.reduce((sum, count) => sum + count, 0);
  await until(() => counted() > 1, "the timer has been looked at");
  const before = counted();
  const end = performance.now() + 300;
  while (performance.now() < end);
  await until(() => counted() > before, "the timer has been looked at after the work");
  const { p50Ms, p99Ms, maxMs } = delay.recent;
  assert.ok(maxMs > 100, `the longest delay is ${maxMs} ms`);
  assert.ok(p50Ms <= p99Ms && p99Ms <= maxMs);
});
