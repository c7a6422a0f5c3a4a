import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { describeVideo, type Packet } from "@sluice/media";
import { fakeProgram } from "../../../../testing/fake-program.ts";
import type { EncoderFamily, EndCause, Job, Transcode } from "../engine.ts";
import { ffmpegEngine } from "./index.ts";

const track = { ...describeVideo(0, "vp9", new Uint8Array()), width: 320, height: 180 };
const frame = (index: number, bytes = 50_000): Packet => ({
  ...{ kind: "frame", track, dtsUs: index * 40_000, ptsUs: index * 40_000, keyframe: index === 0 },
  data: new Uint8Array(bytes),
});

type Ending = { readonly reason: string; readonly cause: EndCause };
type Started = { readonly running: Transcode; readonly ended: Promise<Ending> };

function started(
  t: TestContext,
  path: string,
  family: EncoderFamily = "software",
  input: Job["input"] = track,
): Started {
  const rungs = [{ name: "a", width: 160, height: 90, bitrate: 100_000, codec: "h264" as const }];
  let resolve: (end: Ending) => void = () => {};
  const ended = new Promise<Ending>((each) => {
    resolve = each;
  });
  const told = { packet() {}, thumbnail() {}, ended: (reason: string, cause: EndCause) => resolve({ reason, cause }) };
  const engine = ffmpegEngine({ path, maxQueuedBytes: 1_000_000 });
  const running = engine.start({ input, rungs, encoder: { family, presets: [] } }, told);
  t.after(() => running.stop());
  return { running, ended };
}

test("a program that ends is told with its last words", async (t) => {
  const path = fakeProgram(t, 'for n in 1 2 3 4 5 6 7 8 9; do echo "line $n" >&2; done; exit 3');
  const { ended } = started(t, path);
  assert.deepEqual(await ended, {
    reason: "ffmpeg ended with 3: line 4; line 5; line 6; line 7; line 8; line 9",
    cause: "failed",
  });
});

test("a device's encoder that never made a picture is what failed", async (t) => {
  const { ended } = started(t, fakeProgram(t, 'echo "OpenEncodeSessionEx failed" >&2; exit 1'), "nvenc");
  assert.equal((await ended).cause, "encoder");
});

test("a program that is missing is told, not thrown; feeding and stopping it are harmless", async (t) => {
  const { running, ended } = started(t, "/nowhere/ffmpeg");
  assert.match((await ended).reason, /ffmpeg cannot be run: .*ENOENT/);
  assert.equal(running.feed(frame(0)), true);
  assert.equal(running.pid, undefined);
  await running.stop();
});

test("what no process could decode or encode is told, not begun", async (t) => {
  const odd = started(t, "ffmpeg", "software", { kind: "video", id: 0, codec: "vp6", config: new Uint8Array() });
  assert.deepEqual(await odd.ended, { reason: "vp6 cannot be decoded", cause: "failed" });
});

test("output that is no media ends the program", async (t) => {
  const { ended } = started(
    t,
    fakeProgram(t, "echo 'this is no FLV at all, and long enough to be judged' >&3; exec sleep 600"),
  );
  assert.match((await ended).reason, /what ffmpeg wrote cannot be read/);
});

test("the queue is bounded: a program that takes nothing is given no more", async (t) => {
  const { running } = started(t, fakeProgram(t, "exec sleep 600"));
  let fed = 0;
  while (fed < 1_000 && running.feed(frame(fed))) fed++;
  assert.ok(fed >= 15 && fed < 200, `${fed} frames of 50 kB were taken`);
  assert.ok(running.queuedBytes <= 1_000_000);
  assert.equal(running.feed({ ...frame(0), kind: "config" }), true, "what is no frame is not for it");
});

test("stop ends a program that does not listen, and nothing is told after", async (t) => {
  const told: string[] = [];
  const path = fakeProgram(t, "trap '' TERM; while :; do sleep 1; done");
  const { running, ended } = started(t, path);
  void ended.then(({ reason }) => told.push(reason));
  const { pid } = running;
  assert.ok(pid !== undefined);
  await running.stop();
  assert.throws(() => process.kill(pid, 0));
  await pause(0);
  assert.deepEqual(told, []);
});

test("the program sees nothing of our settings", async (t) => {
  process.env.SLUICE_STORAGE_POSTGRES = "postgres://user:secret@host/db";
  t.after(() => delete process.env.SLUICE_STORAGE_POSTGRES);
  const { ended } = started(t, fakeProgram(t, "env | grep -c SLUICE >&2; exit 1"));
  assert.equal((await ended).reason, "ffmpeg ended with 1: 0");
});
