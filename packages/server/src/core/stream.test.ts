import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import { Sink, textFormat } from "../../testing/sink.ts";
import { audioTrack, config, synthetic, video, videoTrack } from "../../testing/synthetic.ts";
import { Events } from "./events.ts";
import { type AppSettings, Hub } from "./hub.ts";
import { Pacer } from "./pacer.ts";
import { defaultLogLimits } from "./packet-log.ts";
import type { Source } from "./source.ts";
import { Stream } from "./stream.ts";
import { type StreamName, streamName } from "./stream-name.ts";

const settings: AppSettings = {
  duplicate: "same-key",
  holdMs: 60_000,
  log: defaultLogLimits,
  cursor: { maxLagUs: 2_000_000, stallMs: 20_000 },
};
const name = streamName("live", "cam");
if (!name) throw new Error("the test's own name is not allowed");
const cam = name;

/** A hub whose clock stands still, so that passes cost nothing and nothing is late, however slow the machine is. */
function hubOf(t: TestContext, changed: Partial<AppSettings> = {}): Hub {
  t.mock.method(performance, "now", () => 1_000);
  const hub = new Hub({
    pacer: new Pacer(),
    events: new Events(),
    app: (app) => (app === "live" ? { ...settings, ...changed } : undefined),
    limits: () => ({ maxStreams: 3 }),
  });
  t.after(() => hub.close("the test is over"));
  return hub;
}

function publish(hub: Hub, key?: string): { stream: Stream; source: Source; closed: string[] } {
  const closed: string[] = [];
  const granted = hub.publish(cam, key, { closed: (reason) => closed.push(reason) });
  if (!("source" in granted)) throw new Error(granted.reason);
  return { ...granted, closed };
}

function append(source: Source, packets: Iterable<Packet>): void {
  for (const packet of packets) source.append(packet);
}

function watch(stream: Stream, format = textFormat()) {
  const socket = new Sink();
  const ended: string[] = [];
  const cursor = stream.join(format, socket, { ended: (reason) => ended.push(reason) });
  return { socket, cursor, ended, format };
}

/** Passes are made on the event loop's own turns. */
async function passes(hub: Hub, count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, hub.pacer.windowMs + 2));
}

test("a viewer gets the configurations, then everything in order", async (t) => {
  const hub = hubOf(t);
  const { stream, source } = publish(hub);
  const viewer = watch(stream);
  append(source, synthetic(3));
  await passes(hub);
  append(source, synthetic(2, { from: 3 }));
  await passes(hub);
  assert.equal(viewer.socket.text(), "[start 0 video+audio] v0k a0 v40 a40 v80 a80 v120 a120 v160 a160 ");
});

test("a late viewer starts at the newest keyframe", async (t) => {
  const hub = hubOf(t);
  const { stream, source } = publish(hub);
  append(source, synthetic(13));
  const { socket } = watch(stream);
  assert.equal(socket.text(), "[start 400 video+audio] v400k a400 v440 a440 v480 a480 ");
});

test("every packet is encoded once, however many watch", async (t) => {
  const hub = hubOf(t);
  const { stream, source } = publish(hub);
  const format = textFormat();
  append(source, synthetic(1));
  const viewers = Array.from({ length: 50 }, () => watch(stream, format));
  for (let number = 1; number < 10; number++) {
    append(source, synthetic(1, { from: number }));
    await passes(hub, 1);
  }
  await passes(hub);
  const texts = new Set(viewers.map(({ socket }) => socket.text()));
  assert.equal(texts.size, 1);
  assert.match([...texts][0] ?? "", /a360 $/);
  assert.equal(format.encoded, 20);
});

test("whoever joins in the middle of a group gets what has been encoded for the others, in one piece", async (t) => {
  const hub = hubOf(t);
  const { stream, source } = publish(hub);
  const format = textFormat();
  watch(stream, format);
  for (let number = 0; number < 100; number++) {
    append(source, synthetic(1, { from: number, gop: 1000 }));
    await passes(hub, 1);
  }
  const before = format.encoded;
  const late = Array.from({ length: 20 }, () => watch(stream, format));
  assert.equal(format.encoded, before);
  for (const { socket } of late) {
    assert.match(socket.text(), /a3960 $/);
    assert.ok(socket.received.length <= 3, `${socket.received.length} writes`);
  }
});

test("a viewer whose socket takes nothing is not written to, holds nobody up, and goes on at a newer keyframe", async (t) => {
  const hub = hubOf(t);
  const { stream, source } = publish(hub);
  const stuck = watch(stream);
  const quick = watch(stream);
  append(source, synthetic(1));
  await passes(hub);
  stuck.socket.hold();
  for (let number = 1; number < 200; number++) {
    append(source, synthetic(1, { from: number }));
    if (number % 10 === 0) await passes(hub, 1);
  }
  append(source, synthetic(1, { from: 200 }));
  await passes(hub);
  assert.ok(stuck.socket.writableLength < 64 * 1024);
  assert.match(quick.socket.text(), /a8000 $/);
  stuck.socket.release();
  append(source, synthetic(1, { from: 201 }));
  await passes(hub);
  assert.match(stuck.socket.text(), /\[change 8000\] v8000k a8000 v8040 a8040 $/);
  assert.equal(stuck.cursor.skips, 1);
  assert.equal(quick.cursor.skips, 0);
});

test("a viewer that takes nothing for too long is let go", async (t) => {
  const hub = hubOf(t, { cursor: { maxLagUs: 2_000_000, stallMs: 0 } });
  const { stream, source } = publish(hub);
  const stuck = watch(stream);
  stuck.socket.hold();
  append(source, synthetic(2));
  await passes(hub);
  stream.sweep(2_000);
  assert.deepEqual(stuck.ended, ["stalled"]);
});

test("while a viewer pauses it gets nothing, and it goes on at the next keyframe", async (t) => {
  const hub = hubOf(t);
  const { stream, source } = publish(hub);
  const { socket, cursor } = watch(stream);
  append(source, synthetic(3));
  await passes(hub);
  cursor.pause();
  append(source, synthetic(4, { from: 3 }));
  await passes(hub);
  cursor.resume();
  append(source, synthetic(4, { from: 7 }));
  await passes(hub);
  assert.equal(socket.text(), "[start 0 video+audio] v0k a0 v40 a40 v80 a80 [change 400] v400k a400 ");
});

test("a lost source is held for, and the one that returns goes on in the same time", async (t) => {
  const hub = hubOf(t);
  const first = publish(hub);
  const viewer = watch(first.stream);
  append(first.source, synthetic(2));
  await passes(hub);
  first.source.release("lost");
  assert.equal(first.stream.state, "held");
  const second = publish(hub);
  assert.equal(second.stream, first.stream);
  append(second.source, [video(9_000_000, false), ...synthetic(1)]);
  first.source.append(video(80, true));
  await passes(hub);
  assert.deepEqual(viewer.ended, []);
  assert.equal(viewer.socket.text(), "[start 0 video+audio] v0k a0 v40 a40 v80k a80 ");
});

test("a source that returns without sound no longer promises it, to those who come then", async (t) => {
  const hub = hubOf(t);
  const first = publish(hub);
  append(first.source, synthetic(5));
  const before = watch(first.stream);
  first.source.release("lost");
  const { source, stream } = publish(hub);
  append(source, [config(videoTrack)]);
  for (let timeMs = 0; timeMs <= 4_000; timeMs += 40) append(source, [video(timeMs, timeMs % 400 === 0)]);
  assert.deepEqual(
    stream.tracks.map(({ kind }) => kind),
    ["video"],
  );
  const after = watch(stream);
  await passes(hub);
  assert.match(after.socket.text(), /^\[start 4200 video\] v4200k /);
  assert.deepEqual(before.ended, []);
});

test("a source that returns with all its tracks keeps them", async (t) => {
  const hub = hubOf(t);
  const first = publish(hub);
  append(first.source, synthetic(5));
  first.source.release("lost");
  const { source, stream } = publish(hub);
  append(source, synthetic(100));
  assert.equal(stream.tracks.length, 2);
});

test("a source that does not return ends the stream for everyone", async (t) => {
  const hub = hubOf(t, { holdMs: 20 });
  const { stream, source } = publish(hub);
  const viewer = watch(stream);
  append(source, synthetic(1));
  source.release("lost");
  while (viewer.ended.length === 0) await passes(hub);
  assert.deepEqual(viewer.ended, ["the publisher did not return"]);
  assert.equal(hub.find(cam), undefined);
});

test("a source that says it is finished ends the stream after its last packet", (t) => {
  const hub = hubOf(t);
  const { stream, source } = publish(hub);
  const viewer = watch(stream);
  append(source, synthetic(2));
  source.release("ended");
  assert.equal(viewer.socket.text(), "[start 0 video+audio] v0k a0 v40 a40 ");
  assert.deepEqual(viewer.ended, ["the publisher ended it"]);
});

test("a viewer whose socket is slow gets the rest of a stream that has ended, and then its end; one that takes nothing does not stay", async (t) => {
  const hub = hubOf(t);
  const { stream, source } = publish(hub);
  append(source, synthetic(30));
  const [slow, dead, quick] = [watch(stream), watch(stream), watch(stream)];
  await passes(hub);
  slow.socket.hold();
  dead.socket.hold();
  append(source, [video(1_200, false), video(1_240, false)]);
  await passes(hub);
  append(source, [video(1_280, false)]);
  source.release("ended");
  assert.deepEqual([slow.ended, quick.ended], [[], ["the publisher ended it"]]);
  assert.equal(stream.lingers, true);
  slow.socket.release();
  stream.sweep(1_000);
  assert.deepEqual(slow.ended, ["the publisher ended it"]);
  assert.equal(slow.socket.text(), quick.socket.text());
  assert.deepEqual([dead.ended, stream.lingers], [[], true]);
  stream.sweep(30_000);
  assert.deepEqual([dead.ended, stream.lingers], [["stalled"], false]);
});

test("a new configuration reaches viewers before its frames, the same one again does not", async (t) => {
  const hub = hubOf(t);
  const { stream, source } = publish(hub);
  const viewer = watch(stream);
  append(source, synthetic(1));
  await passes(hub);
  const other = { ...videoTrack, config: Buffer.from(videoTrack.config).fill(0, 30) };
  append(source, [config(videoTrack), config(other), { ...video(40, true), track: other }, config(other)]);
  await passes(hub);
  assert.equal(viewer.socket.text(), "[start 0 video+audio] v0k a0 config-video v40k ");
  assert.match(watch(stream).socket.text(), /^\[start 40 /);
});

test("a first viewer waits for the second track, but not for ever", async (t) => {
  const hub = hubOf(t);
  const { stream, source } = publish(hub);
  const viewer = watch(stream);
  append(source, [config(videoTrack), video(0, true)]);
  await passes(hub);
  assert.equal(viewer.socket.text(), "");
  append(source, [config(audioTrack), video(40, false)]);
  await passes(hub);
  assert.equal(viewer.socket.text(), "[start 0 video+audio] v0k config-audio v40 ");
});

test("of many who publish one name at once exactly one gets it", (t) => {
  const hub = hubOf(t);
  const taken: string[] = [];
  const answers = Array.from({ length: 50 }, () =>
    hub.publish(cam, undefined, { closed: (reason) => void taken.push(reason) }),
  );
  assert.equal(answers.filter((each) => "source" in each).length, 1);
  assert.ok(answers.slice(1).every((each) => "code" in each && each.code === "stream/live"));
  assert.deepEqual(taken, []);
});

test("who shows the same key takes over at once, who shows another does not", async (t) => {
  const hub = hubOf(t);
  const first = publish(hub, "key-a");
  const viewer = watch(first.stream);
  append(first.source, synthetic(2));
  await passes(hub);
  assert.ok("code" in hub.publish(cam, "key-b", { closed: () => {} }));
  const second = publish(hub, "key-a");
  assert.deepEqual(first.closed, ["taken over"]);
  first.source.release("lost");
  append(second.source, synthetic(1));
  await passes(hub);
  assert.equal(second.stream.state, "live");
  assert.deepEqual(viewer.ended, []);
  assert.match(viewer.socket.text(), /a40 v80k a80 $/);
});

for (const [duplicate, taken] of [
  ["reject", false],
  ["takeover", true],
] as const) {
  test(`duplicate: ${duplicate} holds whatever key is shown`, (t) => {
    const hub = hubOf(t, { duplicate });
    publish(hub, "a");
    assert.equal("source" in hub.publish(cam, duplicate === "reject" ? "a" : "b", { closed: () => {} }), taken);
  });
}

test("a viewer may wait for a stream that is not there yet, and the waiting costs nothing once it leaves", async (t) => {
  const hub = hubOf(t);
  const waiting = hub.await(cam);
  assert.ok(waiting instanceof Stream);
  const viewer = watch(waiting);
  const other = watch(waiting);
  const { source, stream } = publish(hub);
  assert.equal(stream, waiting);
  append(source, synthetic(1));
  await passes(hub);
  assert.match(viewer.socket.text(), /^\[start 0/);
  source.release("ended");
  assert.deepEqual(other.ended, ["the publisher ended it"]);

  const again = hub.await(cam);
  assert.ok(again instanceof Stream);
  again.leave(watch(again).cursor);
  assert.equal(hub.find(cam), undefined);
});

test("unknown apps and too many streams are refused with a code", (t) => {
  const hub = hubOf(t);
  const elsewhere = streamName("elsewhere", "cam");
  assert.ok(elsewhere);
  assert.equal((hub.await(elsewhere) as { code: string }).code, "stream/app");
  const owner = { closed: () => {} };
  const names = ["a", "b", "c", "d"].flatMap((each) => streamName("live", each) ?? []);
  const outcomes = (make: (name: StreamName) => object) =>
    names.map((name) => {
      const made = make(name);
      return "code" in made ? made.code : "ok";
    });
  const threeFit = ["ok", "ok", "ok", "stream/limit"];
  assert.deepEqual(
    outcomes((name) => hub.await(name)),
    threeFit,
  );
  // Those who wait keep no publisher out, wherever it publishes.
  assert.deepEqual(
    outcomes((name) => hub.publish(name, undefined, owner)),
    threeFit,
  );
  assert.equal((hub.publish(cam, undefined, owner) as { code: string }).code, "stream/limit");
});

test("names that objects have by birth are plain names", (t) => {
  const hub = hubOf(t);
  for (const each of ["__proto__", "constructor", "hasOwnProperty"]) {
    const named = streamName("live", each);
    assert.ok(named);
    assert.equal(hub.find(named), undefined);
  }
});
