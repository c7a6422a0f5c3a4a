import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { until } from "../../../testing/host.ts";
import { traceReceiver } from "../../../testing/trace-receiver.ts";
import type { Beginning } from "../../core/beginning.ts";
import { Events } from "../../core/events.ts";
import { Sessions } from "../../core/sessions.ts";
import { streamName } from "../../core/stream-name.ts";
import { openTracing, type TracingSettings } from "./index.ts";

const times = { collectMs: 1, retryMs: 1, limitMs: 30_000 };

function traced(t: TestContext, settings: Partial<TracingSettings>) {
  const lines: string[] = [];
  const line = (_: object, text: string) => void lines.push(text);
  const log = { debug: line, info: line, warn: line, error: line };
  const sessions = new Sessions(log, new Events());
  const current = { endpoint: "", headers: [], oneIn: 1, ...settings };
  const tracing = openTracing({ sessions, log, times, settings: () => current });
  t.after(() => {
    sessions.grants.close();
    return tracing.close();
  });
  const stream = streamName("live", "cam");
  assert.ok(stream);
  const begin = (beginning: Beginning) => sessions.began({ protocol: "rtmp", role: "viewer", stream }, beginning);
  return { begin, lines, close: tracing.close };
}

const whole = () => ({ acceptedAt: 10, shakenAt: 15, requestedAt: 30, decidedAt: 31.5, joinedAt: 32, session: "7" });

test("a session is a trace: each step from accept to first byte, one behind the other", async (t) => {
  const to = await traceReceiver(t);
  const { begin } = traced(t, { endpoint: to.endpoint, headers: ["X-Token=a=b"] });
  begin(whole());
  await until(() => to.taken.length > 0, "the trace has come");
  assert.equal(to.taken[0]?.headers["x-token"], "a=b");
  assert.equal(to.taken[0]?.headers["content-type"], "application/json");
  const [root, ...steps] = to.spans();
  assert.ok(root);
  assert.deepEqual([root.name, root.kind, root.parentSpanId], ["watch", 2, undefined]);
  assert.deepEqual(
    steps.map(({ name }) => name),
    ["accept", "request", "access", "join", "first byte"],
  );
  assert.match(root.traceId, /^[0-9a-f]{32}$/);
  assert.equal(new Set([root, ...steps].map(({ spanId }) => spanId)).size, 6);
  let at = root.startTimeUnixNano;
  for (const step of steps) {
    assert.deepEqual([step.traceId, step.parentSpanId, step.startTimeUnixNano], [root.traceId, root.spanId, at]);
    at = step.endTimeUnixNano;
  }
  assert.equal(at, root.endTimeUnixNano);
  const lengths = steps.map((step) => Number(BigInt(step.endTimeUnixNano) - BigInt(step.startTimeUnixNano)) / 1e6);
  assert.deepEqual(lengths.slice(0, 4).map(Math.round), [5, 15, 2, 1]);
  assert.ok(Math.abs(Number(BigInt(at) / 1_000_000n) - Date.now()) < 60_000, "it is of today");
  const said = Object.fromEntries(root.attributes.map(({ key, value }) => [key, value.stringValue]));
  assert.deepEqual(said, { "sluice.protocol": "rtmp", "sluice.stream": "live/cam", "sluice.session": "7" });
});

test("steps that were not taken are left out", async (t) => {
  const to = await traceReceiver(t);
  const { begin } = traced(t, { endpoint: to.endpoint });
  begin({ requestedAt: 30, joinedAt: 32, waited: true });
  await until(() => to.taken.length > 0, "the trace has come");
  assert.deepEqual(
    to.spans().map(({ name }) => name),
    ["watch", "join", "first byte"],
  );
});

test("where nothing takes them, it is said once, nothing is asked for each session, and later they are sent again", async (t) => {
  const to = await traceReceiver(t);
  to.state.status = 503;
  const { begin, lines } = traced(t, { endpoint: to.endpoint });
  const refused = () => lines.filter((line) => /cannot be sent/.test(line)).length;
  begin(whole());
  await until(() => refused() === 1, "it is said");
  await until(() => {
    begin(whole());
    return to.state.asked >= 3;
  }, "it is tried again");
  assert.equal(refused(), 1);
  to.state.status = 200;
  await until(() => {
    begin(whole());
    return lines.includes("traces are taken again");
  }, "it is said that it works");
  assert.equal(refused(), 1);
});

test("nothing is made or kept without an endpoint, and what waits when the server stops is sent", async (t) => {
  const idle = traced(t, {});
  idle.begin(whole());
  await idle.close();
  assert.deepEqual(idle.lines, []);
  const to = await traceReceiver(t);
  const { begin, close } = traced(t, { endpoint: to.endpoint });
  for (let session = 0; session < 10_000; session++) begin(whole());
  await close();
  assert.ok(to.spans().length >= 6, "some");
  assert.ok(to.spans().length < 5_000, "and no more than the queue holds");
});
