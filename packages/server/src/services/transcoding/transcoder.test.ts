import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Packet, VideoTrack } from "@sluice/media";
import { fakeEngine } from "../../../testing/fake-engine.ts";
import { audio, audioTrack, config, video, videoTrack } from "../../../testing/synthetic.ts";
import { Events, type ServerEvent } from "../../core/events.ts";
import { Hub } from "../../core/hub.ts";
import { Pacer } from "../../core/pacer.ts";
import { defaultLogLimits } from "../../core/packet-log.ts";
import type { Stream } from "../../core/stream.ts";
import { streamName } from "../../core/stream-name.ts";
import { Budget } from "./budget.ts";
import { Engines } from "./engines.ts";
import type { RungWish } from "./ladder.ts";
import type { AppTranscoding, TranscodingSettings } from "./settings.ts";
import { Transcoder } from "./transcoder.ts";

const small: RungWish = { name: "small", width: 32, height: 32, fps: 0, bitrate: 100, codec: "h264", preset: "" };
const tiny: RungWish = { ...small, name: "tiny", width: 16, height: 16, bitrate: 50 };
const explicit: AppTranscoding = {
  ladder: [small, tiny],
  start: "stream",
  idleMs: 5_000,
  thumbnailSeconds: 0,
  thumbnailWidth: 320,
};
const usual: TranscodingSettings = {
  engine: "auto",
  ffmpeg: "ffmpeg",
  encoder: "software",
  preset: "veryfast",
  budget: 8,
  maxStreams: 0,
  whenFull: "queue",
};

type Asked = {
  app?: Partial<AppTranscoding>;
  server?: Partial<TranscodingSettings>;
  budget?: Budget;
  name?: string;
  configured?: VideoTrack;
};

/** One stream and its transcoder, on a clock that the test moves. Media comes at the speed of the clock. */
function transcoding(t: test.TestContext, asked: Asked = {}) {
  const events = new Events();
  const told: ServerEvent[] = [];
  events.subscribe((event) => told.push(event));
  const hub = new Hub({
    pacer: new Pacer(),
    events,
    app: () => ({
      duplicate: "takeover",
      holdMs: 60_000,
      log: defaultLogLimits,
      cursor: { maxLagUs: 4_000_000, stallMs: 20_000 },
    }),
    limits: () => ({ maxStreams: 10 }),
  });
  const name = streamName("live", asked.name ?? "cam") ?? assert.fail();
  const publish = () => {
    const granted = hub.publish(name, undefined, { closed: () => {} });
    return "source" in granted ? granted : assert.fail(granted.reason);
  };
  const { stream, source } = publish();
  const state = {
    app: { ...explicit, ...asked.app },
    server: { ...usual, ...asked.server },
    at: 1_000,
    ms: 0,
    source,
  };
  const fake = fakeEngine();
  const budget = asked.budget ?? new Budget(() => state.server);
  const none = () => {};
  const transcoder = new Transcoder({
    stream,
    app: () => state.app,
    server: () => state.server,
    budget,
    engines: new Engines(() => state.server, { ffmpeg: () => fake.engine }),
    events,
    log: { debug: none, info: none, warn: none, error: none },
    clock: () => state.at,
  });
  t.after(async () => {
    hub.close("the test is over");
    await transcoder.close();
  });
  /** Time passes, a quarter of a second a step; the source sends as many pictures as it has in it. */
  const pass = async (ms: number, { sends = true, track = videoTrack, gopMs = 2000, bytes = 20 } = {}) => {
    for (const end = state.ms + ms; state.ms < end; state.ms += 250) {
      if (sends)
        for (const packet of media(state.ms, state.ms + 250, { track, gopMs, bytes })) state.source.append(packet);
      state.at += 250;
      transcoder.tick();
      for (let index = 0; index < 8; index++) await turn();
    }
  };
  for (const packet of configurations(asked.configured)) source.append(packet);
  const said = (...kinds: string[]) =>
    told.flatMap((event) =>
      event.kind === "transcoder" && (kinds.length === 0 || kinds.includes(event.state)) ? [event] : [],
    );
  return { hub, stream, publish, state, fake, budget, transcoder, pass, said };
}

const configurations = (track = videoTrack) => [config(track), config(audioTrack)];

/** 25 pictures a second, and sound with each. */
function* media(
  fromMs: number,
  toMs: number,
  { track = videoTrack, gopMs = 2000, bytes = 20 } = {},
): Generator<Packet> {
  for (let at = Math.ceil(fromMs / 40) * 40; at < toMs; at += 40) {
    yield { ...video(at, at % gopMs === 0, new Uint8Array(bytes)), track };
    yield audio(at);
  }
}

/** As an encoder might announce it; what is in the packets does not matter to the fake engine. */
const large: VideoTrack = {
  ...videoTrack,
  config: Buffer.concat([videoTrack.config, Buffer.of(0)]),
  width: 1280,
  height: 720,
};

const live = (stream: Stream) => stream.ladder.rungs.map((rung) => `${rung.name} ${rung.live}`);

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

test("a crash is seen at once, and what crashes again waits longer each time", async (t) => {
  const { stream, pass, fake, said } = transcoding(t);
  await pass(3_000, { gopMs: 500 });
  const delays = [];
  for (const expected of [0.5, 1, 2, 4, 8, 16, 30, 30]) {
    fake.jobs.at(-1)?.crash("segmentation fault");
    assert.deepEqual(live(stream), ["small false", "tiny false"]);
    assert.equal(stream.ladder.making?.state, "failed");
    const before = fake.jobs.length;
    let waited = 0;
    for (; fake.jobs.length === before; waited += 0.25) await pass(250, { gopMs: 500 });
    assert.ok(waited >= expected && waited <= expected + 1, `${waited} s instead of ${expected}`);
    await pass(1_000, { gopMs: 500 });
    assert.deepEqual(live(stream), ["small true", "tiny true"]);
    delays.push(said("failed").at(-1)?.reason);
  }
  assert.equal(delays[2], "segmentation fault; it is started again in 2 s");
  await pass(61_000, { gopMs: 500 });
  fake.jobs.at(-1)?.crash("segmentation fault");
  assert.match(said("failed").at(-1)?.reason ?? "", /in 0.5 s/);
});

test("a hang is seen within two seconds of silence", async (t) => {
  const { stream, pass, fake, state } = transcoding(t);
  await pass(4_000);
  const [job] = fake.jobs;
  assert.ok(job);
  job.mode = "silent";
  const since = state.at;
  while (!job.stopped) await pass(250);
  assert.ok(state.at - since <= 2_250, `${state.at - since} ms`);
  assert.match(stream.ladder.making?.reason ?? "", /nothing came out/);
  await pass(3_000);
  assert.deepEqual(live(stream), ["small true", "tiny true"]);
});

test("a source that is silent, and then sends everything at once, is no hang", async (t) => {
  const { stream, pass, fake, state } = transcoding(t);
  await pass(4_000);
  await pass(10_000, { sends: false });
  const job = fake.jobs[0];
  assert.ok(job && !job.stopped);
  job.mode = "silent"; // nothing has had the time to come out when it is looked at next
  for (const packet of media(14_000, 18_000)) state.source.append(packet);
  state.ms = 18_000;
  state.at += 500;
  await pass(250);
  assert.equal(job.stopped, false);
  job.mode = "works";
  job.catchUp();
  await pass(2_000);
  assert.equal(job.stopped, false);
  assert.deepEqual(live(stream), ["small true", "tiny true"]);
});

test("what cannot be taken is left out to the next keyframe; what is left out again is less work, and after a calm time more", async (t) => {
  const { stream, pass, fake, said } = transcoding(t);
  await pass(4_500);
  const full = async (index: number) => {
    const job = fake.jobs[index] ?? assert.fail(`there is no job ${index}`);
    job.mode = "full";
    await pass(500);
    if (!job.stopped) job.mode = "works";
    await pass(4_000);
  };
  await full(0);
  assert.deepEqual(live(stream), ["small true", "tiny true"]);
  assert.equal(stream.ladder.making?.droppedGroups, 1);
  const fed = fake.jobs[0]?.fed ?? [];
  const gap = fed.findIndex((packet, index) => index > 0 && packet.dtsUs - (fed[index - 1]?.dtsUs ?? 0) > 100_000);
  assert.ok(fed[gap]?.keyframe, "it goes on with a keyframe");
  await full(0);
  assert.equal(fake.jobs.length, 2);
  assert.deepEqual(fake.jobs[1]?.job.encoder.presets, ["superfast", "superfast"]);
  await full(1);
  await full(1);
  assert.deepEqual(fake.jobs[2]?.job.encoder.presets, ["ultrafast", "ultrafast"]);
  await full(2);
  await full(2);
  assert.deepEqual(live(stream), ["small false", "tiny true"]);
  assert.deepEqual(stream.ladder.making?.leftOut, ["small"]);
  assert.equal(said("eased").at(-1)?.reason, "it does not keep up: it makes tiny (ultrafast), without small");
  await full(3);
  await full(3);
  assert.equal(fake.jobs.length, 4, "one quality is always left");
  await pass(310_000);
  assert.equal(said("resumed").length, 1);
  assert.deepEqual(live(stream), ["small true", "tiny true"]);
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

test("where there is no room a stream waits for some, or goes without, and says why", async (t) => {
  const settings = { ...usual, maxStreams: 1 };
  const budget = new Budget(() => settings);
  const first = transcoding(t, { budget });
  const second = transcoding(t, { budget, name: "two" });
  const third = transcoding(t, { budget, name: "three", server: { whenFull: "refuse" } });
  await first.pass(3_000);
  for (const each of [second, third]) await each.pass(3_000);
  assert.equal(second.stream.ladder.making?.state, "queued");
  assert.equal(
    second.stream.ladder.making?.reason,
    "one stream has a ladder, and no more may (transcoding.maxStreams)",
  );
  assert.deepEqual(
    third.said("refused").map(({ reason }) => reason),
    [second.stream.ladder.making?.reason],
  );
  assert.equal(second.said("queued").length, 1);
  first.stream.end("over");
  for (const each of [third, second]) await each.pass(3_000);
  assert.equal(third.stream.ladder.making?.state, "refused");
  assert.equal(second.stream.ladder.making?.state, "running");
});

test("of a ladder that is more than there is room for, the cheaper part is made", async (t) => {
  const whole: RungWish = { ...small, name: "large", width: 64, height: 64, fps: 0 };
  const budget = new Budget(() => ({ budget: 0.0306, maxStreams: 0 }));
  const { stream, pass, said } = transcoding(t, { budget, app: { ladder: [whole, tiny] } });
  await pass(3_000);
  assert.deepEqual(live(stream), ["large false", "tiny true"]);
  assert.match(said("eased")[0]?.reason ?? "", /\(transcoding\.budget\): it makes tiny \(ultrafast\), without large$/);
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

test("of keyframes of which no picture comes nobody waits forever", async (t) => {
  const { pass, fake, said } = transcoding(t, { app: { ladder: "none", thumbnailSeconds: 1 } });
  fake.mode = "silent";
  await pass(13_000);
  assert.ok((fake.jobs.length ?? 0) > 1);
  assert.ok(said("failed").length > 0);
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
  const { stream, pass, state, transcoder, fake } = transcoding(t, { server: { engine: "node-av" } });
  await pass(3_000);
  assert.equal(stream.ladder.making?.state, "unable");
  assert.match(stream.ladder.making?.reason ?? "", /node-av/);
  state.server = { ...state.server, engine: "auto" };
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
