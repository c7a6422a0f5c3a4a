import assert from "node:assert/strict";
import test from "node:test";
import { config } from "../../../testing/synthetic.ts";
import { configurations, large, live, small, tiny, transcoding } from "../../../testing/transcoding.ts";
import type { Stream } from "../../core/stream.ts";

test("what a source's keyframe begins comes out as rungs with keyframes at the same times, and the same sound", async (t) => {
  const { stream, pass, fake, said } = transcoding(t);
  await pass(6_000);
  assert.deepEqual(live(stream), ["small true", "tiny true"]);
  const [job] = fake.jobs;
  assert.deepEqual(
    job?.job.rungs.map(({ name, width, height, bitrate }) => [name, width, height, bitrate]),
    [
      ["small", 32, 32, 100_000],
      ["tiny", 16, 16, 50_000],
    ],
  );
  assert.deepEqual(job?.job.encoder, { family: "software", presets: ["veryfast", "veryfast"] });
  assert.ok(job?.fed[0]?.keyframe);
  const keyframes = (log: Stream["log"]) => log.groups.map(({ dtsUs }) => dtsUs);
  for (const rung of stream.ladder.rungs) assert.deepEqual(keyframes(rung.log), keyframes(stream.log));
  assert.deepEqual(
    said().map(({ state }) => state),
    ["planned", "starting", "running"],
  );
  assert.equal(stream.ladder.making?.state, "running");
  assert.equal(stream.ladder.making?.engine, "fake");
});

test("an app that asks for nothing costs nothing", async (t) => {
  const { stream, pass, fake } = transcoding(t, { app: { ladder: "none" } });
  await pass(4_000);
  assert.equal(fake.jobs.length, 0);
  assert.equal(stream.ladder.making, undefined);
});

test("the automatic ladder is planned from what the source has, once that is known", async (t) => {
  const { stream, pass, fake } = transcoding(t, { app: { ladder: "auto" }, configured: large });
  await pass(750, { track: large, bytes: 5_000 });
  assert.equal(stream.ladder.rungs.length, 0, "it is being measured");
  await pass(3_000, { track: large, bytes: 5_000 });
  assert.equal(stream.ladder.soundOnly, true);
  assert.deepEqual(
    fake.jobs[0]?.job.rungs.map(({ name, width, height, bitrate }) => `${name} ${width}x${height} ${bitrate}`),
    ["480p 854x480 700000", "360p 640x360 490000", "240p 426x240 343000"],
  );
  assert.equal(fake.jobs[0]?.job.input.frameRate, 25);
});

test("on demand nothing is made until somebody needs it, and no longer than that", async (t) => {
  const { stream, pass, fake, state, said } = transcoding(t, { app: { start: "demand" } });
  await pass(4_000);
  assert.equal(fake.jobs.length, 0);
  assert.deepEqual(live(stream), ["small false", "tiny false"], "they are planned");
  stream.ladder.wantedAt = state.at;
  await pass(4_000);
  assert.deepEqual(live(stream), ["small true", "tiny true"]);
  await pass(4_000);
  assert.deepEqual(live(stream), ["small false", "tiny false"]);
  assert.equal(fake.jobs[0]?.stopped, true);
  assert.match(said("planned").at(-1)?.reason ?? "", /nobody needs/);
  stream.ladder.wantedAt = state.at;
  await pass(3_000);
  assert.deepEqual(live(stream), ["small true", "tiny true"]);
  assert.equal(stream.ladder.making?.restarts, 0);
});

test("another configuration of the source is planned anew, and begins anew at its keyframe", async (t) => {
  const { stream, pass, fake, state } = transcoding(t, {
    app: { ladder: [{ ...small, width: 0, height: 0, name: "same" }] },
  });
  await pass(4_000);
  state.source.append(config(large, state.ms));
  assert.equal(fake.jobs[0]?.stopped, true);
  await pass(3_000, { track: large });
  assert.equal(fake.jobs.length, 2);
  assert.ok(fake.jobs[1]?.fed[0]?.keyframe);
  assert.deepEqual(live(stream), ["same true"]);
  assert.deepEqual([stream.ladder.rungs[0]?.plan.width, stream.ladder.rungs[0]?.plan.height], [1280, 720]);
});

test("a source that is lost and returns goes on, in the same process", async (t) => {
  const { stream, pass, fake, state, publish } = transcoding(t);
  await pass(4_000);
  state.source.release("lost");
  await pass(5_000, { sends: false });
  state.source = publish().source;
  for (const packet of configurations()) state.source.append(packet);
  await pass(4_000);
  assert.equal(fake.jobs.length, 1);
  assert.deepEqual(live(stream), ["small true", "tiny true"]);
  assert.deepEqual(
    stream.ladder.rungs[0]?.log.groups.map(({ dtsUs }) => dtsUs).slice(-3),
    stream.log.groups.map(({ dtsUs }) => dtsUs).slice(-3),
  );
});

test("small pictures alone are made of a keyframe now and then", async (t) => {
  const { stream, pass, fake } = transcoding(t, { app: { ladder: "none", thumbnailSeconds: 4 } });
  await pass(13_000);
  assert.deepEqual(fake.jobs[0]?.job.rungs, []);
  assert.deepEqual(fake.jobs[0]?.job.thumbnails, { everySeconds: 4, width: 320 });
  assert.ok(fake.jobs[0]?.fed.every(({ keyframe }) => keyframe));
  const times = stream.pictures.all.map(({ timeUs }) => timeUs / 1_000_000);
  assert.deepEqual(times, [4, 8, 12], "what the stream does not keep any more is not shown");
});

test("an encoder in a device that does not work is replaced by the processor", async (t) => {
  const { stream, pass, fake } = transcoding(t, { server: { encoder: "auto" } });
  await pass(3_000);
  assert.equal(fake.jobs[0]?.job.encoder.family, "vaapi");
  fake.jobs[0]?.crash("no such device", "encoder");
  await pass(3_000);
  assert.equal(fake.jobs[1]?.job.encoder.family, "software");
  assert.deepEqual(fake.choices, ["auto h264", "software h264"]);
  assert.deepEqual(live(stream), ["small true", "tiny true"]);
});

test("an engine that is not there is said, and looked for again when the settings change", async (t) => {
  const { stream, pass, state, transcoder, fake } = transcoding(t, { server: { ffmpeg: "missing" } });
  await pass(3_000);
  assert.equal(stream.ladder.making?.state, "unable");
  assert.match(stream.ladder.making?.reason ?? "", /missing is not there/);
  state.server = { ...state.server, ffmpeg: "ffmpeg" };
  transcoder.changed();
  await pass(3_000);
  assert.equal(stream.ladder.making?.state, "running");
  transcoder.changed();
  await pass(3_000);
  assert.equal(fake.jobs.length, 1, "the same settings change nothing");
  state.app = { ...state.app, ladder: [tiny] };
  transcoder.changed();
  await pass(3_000);
  assert.deepEqual(live(stream), ["tiny true"]);
  state.app = { ...state.app, ladder: "none" };
  transcoder.changed();
  assert.deepEqual(live(stream), []);
  assert.equal(fake.jobs.at(-1)?.stopped, true);
  assert.equal(stream.ladder.making, undefined);
});

test("the end of the stream is the end of it", async (t) => {
  const { stream, pass, fake, budget } = transcoding(t);
  await pass(3_000);
  assert.ok(budget.used > 0);
  stream.end("over");
  assert.equal(fake.jobs[0]?.stopped, true);
  assert.equal(budget.used, 0);
});
