import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { figure, readExposition } from "../../../testing/exposition.ts";
import { testHost } from "../../../testing/host.ts";
import { publishLive } from "../../../testing/live.ts";
import { synthetic } from "../../../testing/synthetic.ts";
import { Events } from "../../core/events.ts";
import { Histogram } from "../../core/histogram.ts";
import { Sessions } from "../../core/sessions.ts";
import { streamName } from "../../core/stream-name.ts";
import { allMetrics } from "./catalogue.ts";
import { expose } from "./exposition.ts";
import { Collector } from "./figures.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };

async function collected(t: TestContext) {
  const host = await testHost();
  const events = new Events();
  const sessions = new Sessions(log, events);
  const { hub, admission } = host;
  const collector = new Collector({
    ...{ hub, sessions, events, admission, archive: { memoryBytes: 1, diskBytes: 2 } },
    pieces: () => ({ asked: new Map(), waiting: 0 }),
    hooks: () => ({ delivered: 5, failed: 4, dead: 3, dropped: 2, queued: 1 }),
    relays: {
      figures: (direction) => {
        const states = { waiting: 1, connecting: 0, sending: 2, receiving: 0, "backing off": 3, failed: 0 };
        return direction === "push" ? { bytes: 7, restarts: 6, states } : { bytes: 0, restarts: 0, states };
      },
    },
    delay: { all: new Histogram([1]) },
    records: async () => undefined,
  });
  t.after(() => {
    collector.close();
    sessions.grants.close();
    return host.close();
  });
  const asked = { times: 0 };
  const watch = (name: string, bytes = 1) => {
    const [app = "", rest = ""] = name.split("/");
    const stream = streamName(app, rest);
    assert.ok(stream);
    const source = {
      protocol: "rtmp",
      role: "viewer",
      stream,
      address: "192.0.2.1",
      grant: { allowed: true },
    } as const;
    const figures = () => {
      asked.times++;
      return { bytes, skips: 2, moves: 3, rendition: "720p" };
    };
    return sessions.open({ ...source, figures, close() {} });
  };
  const read = async (streams = 200) => readExposition(expose(allMetrics, await collector.collect(streams), "text"));
  return { host, watch, read, asked };
}

test("one answer asks each of 5,000 sessions once, and its length does not depend on how many there are", async (t) => {
  const { watch, read, asked } = await collected(t);
  const lines = async () => [...(await read()).values()].reduce((sum, { samples }) => sum + samples.length, 0);
  watch("live/cam");
  const few = await lines();
  for (let session = 1; session < 5_000; session++) watch("live/cam");
  asked.times = 0;
  assert.equal(await lines(), few);
  assert.equal(asked.times, 5_000);
});

test("what a session has carried is counted once, before and after its end", async (t) => {
  const { watch, read } = await collected(t);
  const ends = [watch("live/cam", 10), watch("live/cam", 20), watch("other/cam", 40)];
  const sums = async () => {
    const now = await read();
    const of = (name: string, app: string) => figure(now, name, { app });
    return ["live", "other"].map((app) => [
      of("sluice_sessions", app),
      of("sluice_sent_bytes_total", app),
      of("sluice_viewer_skips_total", app),
      of("sluice_viewer_moves_total", app),
    ]);
  };
  assert.deepEqual(await sums(), [
    [2, 30, 4, 6],
    [1, 40, 2, 3],
  ]);
  for (const end of ends) end("over");
  assert.deepEqual(await sums(), [
    [0, 30, 4, 6],
    [0, 40, 2, 3],
  ]);
});

test("of many apps the first 200 have figures of their own, and what the others count never goes back", async (t) => {
  const { watch, read } = await collected(t);
  const ends = Array.from({ length: 300 }, (_, app) => watch(`app${app}/cam`));
  const apps = async () =>
    (await read()).get("sluice_sent_bytes_total")?.samples.map(({ labels, value }) => [labels.app, value]);
  const before = await apps();
  assert.equal(before?.length, 201);
  assert.deepEqual(before?.at(-1), ["other", 100]);
  for (const end of ends) end("over");
  watch("app299/cam");
  assert.deepEqual((await apps())?.at(-1), ["other", 101]);
});

test("without room for streams none has figures of its own", async (t) => {
  const { host, read } = await collected(t);
  publishLive(host).append(synthetic(1));
  assert.equal(figure(await read(0), "sluice_stream_viewers"), undefined);
  assert.equal(figure(await read(1), "sluice_stream_viewers", { stream: "live/cam" }), 0);
});

test("what goes to other servers is counted by how it does", async (t) => {
  const { read } = await collected(t);
  const values = async (name: string) => (await read()).get(name)?.samples.map(({ labels, value }) => [labels, value]);
  assert.deepEqual((await values("sluice_relays"))?.[4], [{ direction: "push", state: "backing off" }, 3]);
  assert.deepEqual((await values("sluice_relay_bytes_total"))?.[0], [{ direction: "push" }, 7]);
  assert.deepEqual((await values("sluice_relay_restarts_total"))?.[0], [{ direction: "push" }, 6]);
});

test("webhooks are counted by what came of events, and what waits is there too", async (t) => {
  const { read } = await collected(t);
  const now = await read();
  assert.equal(figure(now, "sluice_webhook_attempts_total", { outcome: "arrived" }), 5);
  assert.equal(figure(now, "sluice_webhook_attempts_total", { outcome: "failed" }), 4);
  assert.equal(figure(now, "sluice_webhook_undelivered_events_total", { outcome: "dead" }), 3);
  assert.equal(figure(now, "sluice_webhook_undelivered_events_total", { outcome: "dropped" }), 2);
  assert.equal(figure(now, "sluice_webhook_queued_events"), 1);
});
