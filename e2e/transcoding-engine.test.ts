import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import type { Job } from "../packages/server/src/services/transcoding/engine.ts";
import { ffmpegEngine } from "../packages/server/src/services/transcoding/ffmpeg/index.ts";
import { missing, until } from "./peers.ts";
import { begin, type Footage, feedAll, footage, framesOf, type Made, plan, recipes, shownTimes } from "./transcoded.ts";

const skip = missing("ffmpeg", "ffprobe");
const engine = ffmpegEngine({ path: "ffmpeg", maxQueuedBytes: 1024 * 1024 });
const fast = { family: "software", presets: ["ultrafast"] } as const;
/** How many pictures a decoder may keep back until more comes. */
const heldBack = 5;

async function made(t: TestContext, { track, frames }: Footage, job: Partial<Job>): Promise<Made> {
  await engine.version();
  const going = begin(engine, { input: track, rungs: [], encoder: fast, ...job });
  t.after(() => going.running.stop());
  await feedAll(going, frames);
  return going;
}

/** Waits until so many frames of each rung have come. */
async function come({ rungs, ends }: Made, count: number): Promise<void> {
  const all = () => rungs.every((rung) => framesOf(rung).length >= count);
  await until(() => all() || ends.length > 0, `${count} frames of each rung have come`);
  assert.deepEqual(ends, []);
}

for (const name of Object.keys(recipes) as (keyof typeof recipes)[]) {
  test(`${name}: every frame comes once in each rung, with its time, and keyframes where the source has them`, {
    skip,
  }, async (t) => {
    const source = await footage(name);
    const going = await made(t, source, { rungs: [plan("180p", 320, 180), plan("90p", 160, 90)] });
    const shown = shownTimes(source.frames);
    await come(going, shown.length - heldBack);
    for (const rung of going.rungs) {
      const frames = framesOf(rung);
      assert.deepEqual(
        frames.map(({ ptsUs }) => ptsUs),
        shown.slice(0, frames.length),
      );
      keyframesAgree(source.frames, frames);
      assert.ok(frames.every(({ dtsUs, ptsUs }) => dtsUs <= ptsUs));
      assert.ok(frames.every(({ dtsUs }, index) => dtsUs > (frames[index - 1]?.dtsUs ?? Number.NEGATIVE_INFINITY)));
    }
  });
}

test("a rung of fewer frames has all keyframes, and of the others every second", { skip }, async (t) => {
  const source = await footage("irregular");
  const going = await made(t, source, {
    input: { ...source.track, frameRate: 30 },
    rungs: [plan("all", 160, 90), plan("half", 160, 90, { frameRate: 15 })],
  });
  await until(() => framesOf(going.rungs[0]).length >= source.frames.length - heldBack, "all frames have come");
  await until(() => framesOf(going.rungs[1]).length >= source.frames.length / 2 - heldBack, "half of them have come");
  const half = framesOf(going.rungs[1]);
  keyframesAgree(source.frames, half);
  const keyframes = source.frames.filter(({ keyframe }) => keyframe).length;
  assert.ok(half.length <= source.frames.length / 2 + keyframes, `${half.length} of ${source.frames.length}`);
  const config = going.rungs[1]?.find(({ kind }) => kind === "config")?.track;
  assert.equal(config?.kind === "video" && config.frameRate, 15);
});

test("frames that the source left out are missed, and no others", { skip }, async (t) => {
  const source = await footage("no-reordering");
  const kept = source.frames.filter((_, index) => index % 60 < 37); // an encoder that cannot keep up lets go of the rest of a group
  const going = await made(t, { ...source, frames: kept }, { rungs: [plan("180p", 320, 180)] });
  await come(going, kept.length - heldBack);
  const frames = framesOf(going.rungs[0]);
  assert.deepEqual(
    frames.map(({ ptsUs }) => ptsUs),
    shownTimes(kept).slice(0, frames.length),
  );
  keyframesAgree(kept, frames);
});

for (const codec of ["hevc", "av1"] as const) {
  test(`a rung of ${codec} has its frames, keyframes and configuration too`, { skip }, async (t) => {
    const source = await footage("b-frames");
    const going = await made(t, source, { rungs: [plan("180p", 320, 180), plan(codec, 160, 90, { codec })] });
    await come(going, source.frames.length - heldBack - 1);
    const frames = framesOf(going.rungs[1]);
    assert.deepEqual(
      frames.map(({ ptsUs }) => ptsUs),
      shownTimes(source.frames).slice(0, frames.length),
    );
    keyframesAgree(source.frames, frames);
    const track = going.rungs[1]?.[0]?.track;
    assert.ok(track?.kind === "video" && going.rungs[1]?.[0]?.kind === "config");
    assert.deepEqual([track.codec, track.width, track.height], [codec, 160, 90]);
    assert.ok(track.codecString);
  });
}

test("thumbnails come with the exact time of their frame, beside rungs", { skip }, async (t) => {
  const source = await footage("b-frames");
  const going = await made(t, source, { rungs: [plan("90p", 160, 90)], thumbnails: { everySeconds: 2, width: 128 } });
  await until(() => going.thumbnails.length >= 3, "three thumbnails have come");
  const shown = shownTimes(source.frames);
  const first = shown[0] ?? 0;
  assert.deepEqual(
    going.thumbnails.map(({ timeUs }) => timeUs),
    [0, 2, 4].map((second) => shown.find((us) => us - first >= second * 1e6 - 10_000)),
  );
  for (const { jpeg } of going.thumbnails) {
    assert.deepEqual([...jpeg.subarray(0, 3), ...jpeg.subarray(-2)], [0xff, 0xd8, 0xff, 0xff, 0xd9]);
  }
});

test("thumbnails alone are made of keyframes", { skip }, async (t) => {
  const source = await footage("irregular");
  const going = await made(t, source, { thumbnails: { everySeconds: 1.9, width: 128 } });
  await until(() => going.thumbnails.length >= 3, "three thumbnails have come");
  const keyframes = source.frames.filter(({ keyframe }) => keyframe);
  const [first, , third, , fifth] = keyframes.map(({ ptsUs }) => ptsUs);
  assert.deepEqual(
    going.thumbnails.map(({ timeUs }) => timeUs),
    [first, third, fifth],
  );
});

function keyframesAgree(source: readonly Packet[], rung: readonly Packet[]): void {
  const last = rung.at(-1)?.ptsUs ?? 0;
  const times = (frames: readonly Packet[]) =>
    frames.filter(({ keyframe, ptsUs }) => keyframe && ptsUs <= last).map(({ ptsUs, dtsUs }) => ({ ptsUs, dtsUs }));
  assert.deepEqual(times(rung), times(source));
  assert.ok(times(source).length > 1);
}
