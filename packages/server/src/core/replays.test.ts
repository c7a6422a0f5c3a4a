import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { until } from "../../testing/host.ts";
import { Sink, textFormat } from "../../testing/sink.ts";
import { synthetic } from "../../testing/synthetic.ts";
import { Archive } from "./archive.ts";
import { Events } from "./events.ts";
import { type AppSettings, Hub } from "./hub.ts";
import { Pacer } from "./pacer.ts";
import { defaultLogLimits } from "./packet-log.ts";
import type { Source } from "./source.ts";
import type { Stream } from "./stream.ts";
import { streamName } from "./stream-name.ts";

const second = 1_000_000;
const settings: AppSettings = {
  duplicate: "same-key",
  holdMs: 60_000,
  log: { ...defaultLogLimits, keepUs: 2 * second },
  cursor: { maxLagUs: 4 * second, stallMs: 20_000 },
  history: { windowUs: 300 * second, memoryBytes: 1024 ** 3, diskBytes: 0 },
};

/** Lets the clock stand still, so that what viewers get depends on what is published alone, however slow the machine is. */
function timeStandsStill(t: TestContext): void {
  t.mock.method(performance, "now", () => 1_000);
}

/** A stream that is published in a history; `publish` appends frames, 25 a second. */
function published(t: TestContext, app = settings, archive?: Archive) {
  const hub = new Hub({
    pacer: new Pacer(),
    events: new Events(),
    app: () => app,
    limits: () => ({ maxStreams: 3 }),
    ...(archive ? { archive } : {}),
  });
  t.after(() => hub.close("the test is over"));
  const granted = hub.publish(streamName("live", "cam") ?? assert.fail(), undefined, { closed: () => {} });
  assert.ok("source" in granted);
  let published = 0;
  const publish = (count: number, frameBytes = 0) => {
    for (const packet of synthetic(count, { from: published, frameBytes })) granted.source.append(packet);
    published += count;
  };
  return { hub, publish, stream: granted.stream as Stream, source: granted.source as Source };
}

function watch(stream: Stream, delaySeconds: number, format = textFormat()) {
  const socket = new Sink();
  const ended: string[] = [];
  const owner = { ended: (reason: string) => void ended.push(reason) };
  const cursor = stream.join(format, socket, owner, { delayUs: delaySeconds * second });
  return { socket, cursor, ended, format, text: () => socket.text() };
}

async function passes(hub: Hub, count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, hub.pacer.windowMs + 2));
}

/** What a viewer reads of frames `from` to, not including, `to`, which begins with a keyframe. */
function words(from: number, to: number): string {
  const frames = Array.from({ length: to - from }, (_, index) => {
    const number = from + index;
    return `v${number * 40}${number % 10 === 0 ? "k" : ""} a${number * 40} `;
  });
  return `[start ${from * 40} video+audio] ${frames.join("")}`;
}

/** The last frame that has arrived. */
function lastFrame(text: string): number {
  return Number(/a(\d+) $/.exec(text)?.[1]) / 40;
}

test("a viewer begins at the newest keyframe before its time and stays that much behind, at the times that live viewers have", async (t) => {
  timeStandsStill(t);
  const { hub, publish, stream } = published(t);
  publish(1_000);
  const viewer = watch(stream, 10);
  // 39.96 s is the newest; ten seconds before it is frame 749, and the group before that begins at 740.
  assert.ok(viewer.text().startsWith(words(740, 750)), viewer.text());
  assert.ok(lastFrame(viewer.text()) < 760);
  for (let number = 0; number < 20; number++) {
    publish(25);
    await passes(hub);
  }
  const until = lastFrame(viewer.text());
  assert.ok(until >= 1_249 && until < 1_260, `${until}`);
  assert.equal(viewer.text(), words(740, until + 1));
  assert.equal(viewer.cursor.skips, 0);
});

test("who asks for more than there is begins at the oldest group, who asks for hardly anything is live", async (t) => {
  timeStandsStill(t);
  const { hub, publish, stream } = published(t);
  assert.equal(watch(stream, 60).text(), "");
  publish(100);
  await passes(hub);
  assert.ok(watch(stream, 3_600).text().startsWith("[start 0 "));
  assert.ok(watch(stream, 0.3).text().startsWith(words(90, 100)));
  assert.equal(watch(stream, 0).text(), words(90, 100));
});

test("without a history a viewer begins as far back as the log goes", (t) => {
  const { history: _, ...without } = settings;
  const { publish, stream } = published(t, without);
  publish(1_000);
  assert.match(watch(stream, 60).text(), /^\[start 3[78]\d\d\d /);
});

test("viewers who are about as far behind share one replay, and there are not many of them", async (t) => {
  timeStandsStill(t);
  const { hub, publish, stream } = published(t);
  publish(3_000);
  const format = textFormat();
  const shared = Array.from({ length: 20 }, () => watch(stream, 30, format));
  const encoded = format.encoded;
  assert.ok(encoded < 40);
  publish(25);
  await passes(hub);
  assert.ok(format.encoded >= encoded + 50 && format.encoded < encoded + 80, `${format.encoded} after ${encoded}`);
  assert.equal(new Set(shared.map(({ text }) => text())).size, 1);
  const apart = Array.from({ length: 60 }, (_, index) => watch(stream, 2 * index + 1, format));
  assert.equal(stream.viewers, 80);
  const starts = new Set(apart.map(({ text }) => /^\[start (\d+)/.exec(text())?.[1]));
  assert.ok(starts.size >= 20 && starts.size <= 33, `${starts.size} places`);
  for (const { cursor } of [...apart, ...shared]) stream.leave(cursor);
  assert.equal(stream.viewers, 0);
});

test("what is on disk is read while the viewer waits, and nothing is missing", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-replay-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const log = { debug: () => {}, info: () => {}, warn: () => assert.fail(), error: () => {} };
  const archive = new Archive({ directory, memoryBytes: 4 * 1024 ** 2, log });
  const history = { windowUs: 300 * second, memoryBytes: 4 * 1024 ** 2, diskBytes: 1024 ** 3 };
  const open = t.mock.method(archive, "open");
  const { hub, publish, stream, source } = published(t, { ...settings, history }, archive);
  const keptUp = () => (open.mock.calls[0]?.result?.memoryBytes ?? 0) < 5 * 1024 ** 2;
  for (let number = 0; number < 100; number++) {
    publish(25, 10_000);
    await until(keptUp, "the disk has kept up");
  }
  await until(() => readdirSync(directory).length > 0, "something is on disk");
  const viewer = watch(stream, 90);
  assert.equal(viewer.text(), "");
  await until(() => viewer.text() !== "", "the disk has answered");
  for (let number = 0; number < 40; number++) {
    publish(50, 10_000);
    await passes(hub, 1);
    await until(keptUp, "the disk has kept up");
  }
  await until(() => lastFrame(viewer.text()) >= 2_249, "the viewer has followed");
  assert.equal(viewer.text(), words(240, lastFrame(viewer.text()) + 1));
  source.release("ended");
  assert.equal(stream.lingers, true);
  stream.end("enough");
  assert.deepEqual(viewer.ended, ["enough"]);
  await archive.close();
  assert.deepEqual(readdirSync(directory), []);
});

test("what is dropped before a viewer has come to it is left out: it goes on at the oldest group", async (t) => {
  timeStandsStill(t);
  const history = { windowUs: 300 * second, memoryBytes: 2 * 1024 ** 2, diskBytes: 0 };
  const { hub, publish, stream } = published(t, { ...settings, history });
  publish(1_000);
  const viewer = watch(stream, 30);
  publish(700, 10_000);
  await passes(hub);
  publish(50);
  await passes(hub, 10);
  assert.match(viewer.text(), /^\[start 9600 .*\[change \d+\] v\d+k /);
  assert.equal(viewer.cursor.skips, 1);
  assert.deepEqual(viewer.ended, []);
});

test("while nothing is published a delayed viewer goes on in real time, up to what there is", async (t) => {
  const { hub, publish, stream, source } = published(t);
  publish(500);
  const viewer = watch(stream, 2);
  source.release("lost");
  assert.equal(stream.state, "held");
  const before = lastFrame(viewer.text());
  await until(() => lastFrame(viewer.text()) === 499, "all that there is has arrived");
  assert.ok(before < 460, `${before}`);
  assert.deepEqual(viewer.ended, []);
  await passes(hub);
  assert.equal(viewer.text(), words(440, 500));
});

test("when the source ends, live viewers are ended at once, and delayed ones when they have seen the rest", async (t) => {
  const { hub, publish, stream, source } = published(t);
  publish(500);
  const live = watch(stream, 0);
  const near = watch(stream, 1.5);
  const far = watch(stream, 15);
  source.release("ended");
  assert.deepEqual(live.ended, ["the publisher ended it"]);
  assert.deepEqual([near.ended, far.ended], [[], []]);
  assert.equal(hub.find(stream.name), undefined);
  await until(() => near.ended.length > 0, "the nearer one has seen the end");
  assert.equal(lastFrame(near.text()), 499);
  assert.deepEqual([near.ended, far.ended], [["the publisher ended it"], []]);
  hub.close("the server stops");
  assert.deepEqual(far.ended, ["the server stops"]);
  assert.equal(stream.lingers, false);
});

test("the stream that comes next under the name is another one, and the rest of the last goes on beside it", async (t) => {
  const { hub, publish, stream, source } = published(t);
  publish(500);
  const old = watch(stream, 1.5);
  source.release("ended");
  const next = hub.publish(stream.name, undefined, { closed: () => {} });
  assert.ok("source" in next && next.stream !== stream);
  await until(() => old.ended.length > 0, "the rest has been seen");
  assert.equal(hub.find(stream.name), next.stream);
});

test("a delayed viewer who pauses goes on as far behind as before", async (t) => {
  timeStandsStill(t);
  const { hub, publish, stream } = published(t);
  publish(1_000);
  const { cursor, text } = watch(stream, 10);
  cursor.pause();
  for (let number = 0; number < 10; number++) {
    publish(25);
    await passes(hub);
  }
  const before = text();
  assert.ok(lastFrame(before) < 760);
  cursor.resume();
  assert.match(text().slice(before.length), /^\[change (?:39600|40000)\] v/);
  assert.ok(lastFrame(text()) >= 999);
  stream.change(cursor, textFormat("other"));
  publish(25);
  await passes(hub);
  assert.ok(lastFrame(text()) < 1_050);
});

test("a delayed viewer whose socket takes nothing falls behind in its own time, and slows nobody", async (t) => {
  timeStandsStill(t);
  const { hub, publish, stream } = published(t);
  publish(1_000);
  const stuck = watch(stream, 10);
  const quick = watch(stream, 10);
  stuck.socket.hold();
  for (let number = 0; number < 20; number++) {
    publish(25);
    await passes(hub, 1);
  }
  stuck.socket.release();
  publish(25);
  await passes(hub);
  assert.equal(stuck.cursor.skips, 1);
  assert.equal(quick.cursor.skips, 0);
  assert.equal(lastFrame(stuck.text()), lastFrame(quick.text()));
});
