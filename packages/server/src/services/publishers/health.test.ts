import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import { multitrack } from "../../../testing/multitrack.ts";
import { audio, audioTrack, video, videoTrack } from "../../../testing/synthetic.ts";
import { Health } from "./health.ts";
import { warningsOf } from "./warnings.ts";

type Manner = {
  readonly fps?: number;
  readonly gop?: number;
  readonly bytes?: number;
  /** Time that passes for a second of media. */
  readonly slow?: number;
  readonly soundMs?: number;
  readonly lateMs?: (frame: number) => number;
};

/** Seconds of a stream, as it arrives by the test's clock. */
function watched(t: TestContext, seconds: number, manner: Manner = {}): Health {
  const { fps = 25, gop = 50, bytes = 5_000, slow = 1, soundMs = 0, lateMs = () => 0 } = manner;
  let at = 0;
  t.mock.method(performance, "now", () => at);
  const health = new Health();
  for (let frame = 0; frame < seconds * fps; frame++) {
    const ms = (frame * 1000) / fps;
    at = ms * slow + lateMs(frame);
    health.packet(video(ms, frame % gop === 0, new Uint8Array(bytes)));
    health.packet(audio(ms + soundMs));
  }
  return health;
}

test("of a publisher that sends several pictures and sounds, all counts for its bitrate and only the default ones for the rest", (t) => {
  let at = 0;
  t.mock.method(performance, "now", () => at);
  const health = new Health(({ id }) => id === 0);
  for (const packet of multitrack(10_000)) {
    at = packet.dtsUs / 1_000;
    health.packet(packet);
  }
  const { frameRate, keyframeMs, videoBitrate, bitrate, jumps } = health.figures();
  assert.deepEqual([frameRate, keyframeMs, jumps], [25, 1_000, 0]);
  assert.ok(bitrate > videoBitrate * 5, `${bitrate} ${videoBitrate}`);
  assert.equal(health.bitrateOf(videoTrack), videoBitrate, "of a track alone");
  assert.equal(health.bitrateOf({ ...videoTrack, id: 99 }), undefined, "of none");
});

const tracks = [videoTrack, audioTrack];
const codes = (health: Health, of = tracks) => warningsOf(health.figures(), of).map(({ code }) => code);

test("a good publisher is measured, and nothing is said of it", (t) => {
  const health = watched(t, 20);
  const { bitrate, videoBitrate, frameRate, keyframeMs, driftMs, jitterMs, pace, reordered, jumps } = health.figures();
  assert.equal(videoBitrate, 1_000_000);
  assert.ok(bitrate > videoBitrate);
  assert.deepEqual(
    { frameRate, keyframeMs, driftMs, jitterMs, pace, reordered, jumps },
    { frameRate: 25, keyframeMs: 2_000, driftMs: -20, jitterMs: 0, pace: 1, reordered: false, jumps: 0 },
  );
  assert.deepEqual(codes(health), []);
});

test("what viewers will notice is said in words, with what to do", (t) => {
  assert.deepEqual(codes(watched(t, 40, { gop: 250 })), ["keyframes-rare"]);
  assert.match(
    warningsOf(watched(t, 40, { gop: 250 }).figures(), tracks)[0]?.text ?? "",
    /10 s apart.*interval to 2 s/,
  );
  assert.deepEqual(codes(watched(t, 20, { slow: 1.25 })), ["slow"]);
  assert.deepEqual(codes(watched(t, 20, { soundMs: 900 })), ["drift"]);
  assert.deepEqual(codes(watched(t, 20, { lateMs: (frame) => (frame % 2) * 400 })), ["jitter"]);
  assert.deepEqual(codes(watched(t, 20, { fps: 10, gop: 20 })), ["frames-few"]);
  assert.deepEqual(codes(watched(t, 20), [videoTrack]), ["no-sound"]);
  const wide = { ...videoTrack, width: 1920, height: 1080 };
  assert.deepEqual(codes(watched(t, 20), [wide, audioTrack]), ["bits-few"]);
});

test("silence, and a clock that jumps", (t) => {
  const health = watched(t, 10);
  const jumped: Packet = video(60_000, true);
  health.packet(jumped);
  assert.equal(health.figures().jumps, 1);
  t.mock.method(performance, "now", () => 13_000);
  assert.deepEqual(codes(health)[0], "silent");
});

test("another source begins anew; what was before does not count", (t) => {
  const health = watched(t, 60, { gop: 25 });
  assert.equal(health.figures().frameRate, 25);
  health.source("new");
  const { frameRate, keyframeMs, pace } = health.figures();
  assert.deepEqual([frameRate, keyframeMs, pace], [undefined, undefined, undefined]);
});
