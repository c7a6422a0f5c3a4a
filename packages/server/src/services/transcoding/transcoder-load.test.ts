import assert from "node:assert/strict";
import test from "node:test";
import { live, media, small, tiny, transcoding, usual } from "../../../testing/transcoding.ts";
import { Budget } from "./budget.ts";
import type { RungWish } from "./ladder.ts";

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
  job.letOut();
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

test("what stays behind for more than a group is less work at once", async (t) => {
  const { stream, pass, fake, said } = transcoding(t);
  await pass(9_000);
  const job = fake.jobs[0] ?? assert.fail();
  // It lets out a picture now and then, so it does not hang.
  job.mode = "silent";
  for (let step = 0; step < 24 && fake.jobs.length === 1; step++) {
    await pass(250);
    job.letOut(1);
  }
  await pass(2_000);
  assert.equal(said("dropped").length, 2);
  assert.match(said("dropped")[1]?.reason ?? "", /^it is \d\.\d s behind: pictures are left out up to a keyframe$/);
  assert.deepEqual(fake.jobs[1]?.job.encoder.presets, ["superfast", "superfast"]);
  assert.deepEqual(live(stream), ["small true", "tiny true"]);
  assert.equal(stream.ladder.making?.restarts, 0);
});

test("what was late before it fell silent has less to do when it is started again", async (t) => {
  const { pass, fake } = transcoding(t);
  await pass(9_000);
  const job = fake.jobs[0] ?? assert.fail();
  job.mode = "full";
  await pass(500);
  job.mode = "silent";
  while (!job.stopped) await pass(250);
  await pass(4_000);
  assert.deepEqual(fake.jobs[1]?.job.encoder.presets, ["superfast", "superfast"]);
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

test("of keyframes of which no picture comes nobody waits forever", async (t) => {
  const { pass, fake, said } = transcoding(t, { app: { ladder: "none", thumbnailSeconds: 1 } });
  fake.mode = "silent";
  await pass(13_000);
  assert.ok((fake.jobs.length ?? 0) > 1);
  assert.ok(said("failed").length > 0);
});
