import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { LiveEdge } from "./live-edge.ts";

/** As much of a video as is looked at: it has so much in hand. */
function video(inHand: number) {
  const currentTime = 100;
  const seen = { currentTime, playbackRate: 1, seeking: false, inHand };
  const buffered = { length: 1, start: () => 90, end: () => currentTime + seen.inHand };
  return Object.assign(seen, { buffered });
}

function edgeOf(seen: ReturnType<typeof video>): LiveEdge {
  return new LiveEdge(seen as unknown as HTMLVideoElement);
}

test("who has less in hand than is wanted plays a little slower until there is enough", () => {
  const seen = video(0.2);
  const edge = edgeOf(seen);
  const rateWith = (inHand: number) => {
    seen.inHand = inHand;
    edge.tick();
    return seen.playbackRate;
  };
  assert.equal(rateWith(0.4), 1);
  assert.equal(rateWith(0.3), 0.95);
  assert.equal(rateWith(0.1), 0.9);
  assert.equal(rateWith(0.45), 0.9);
  assert.equal(rateWith(0.52), 1);
});

test("who is behind plays a little faster until nothing is left to make up, and jumps when far behind", () => {
  const seen = video(0.7);
  const edge = edgeOf(seen);
  edge.tick();
  assert.equal(seen.playbackRate, 1);
  seen.inHand = 1.5;
  edge.tick();
  assert.equal(seen.playbackRate, 1.15);
  seen.inHand = 0.6;
  edge.tick();
  assert.equal(seen.playbackRate, 1.15);
  seen.inHand = 0.45;
  edge.tick();
  assert.equal(seen.playbackRate, 1);
  seen.inHand = 4;
  edge.tick();
  assert.equal(seen.currentTime, 103.5);
});

test("who ran dry wants more in hand from then on", () => {
  const seen = video(0.6);
  const edge = edgeOf(seen);
  edge.tick();
  assert.equal(seen.playbackRate, 1);
  edge.stuttered();
  edge.tick();
  assert.equal(seen.playbackRate, 0.9);
});

/** A video with a hole from 104 to 106 s, and seconds that pass: the playhead moves so far in each. */
function beforeHole(t: TestContext) {
  let nowMs = 1_000;
  t.mock.method(performance, "now", () => nowMs);
  const ranges = [
    [90, 104],
    [106, 107],
  ] as const;
  const seeks: number[] = [];
  let place = 103.8;
  const seen = {
    playbackRate: 1,
    seeking: false,
    buffered: {
      length: 2,
      start: (index: number) => ranges[index]?.[0] ?? Number.NaN,
      end: (index: number) => ranges[index]?.[1] ?? Number.NaN,
    },
    get currentTime() {
      return place;
    },
    set currentTime(seconds: number) {
      seeks.push(seconds);
      place = seconds;
    },
  };
  const edge = new LiveEdge(seen as unknown as HTMLVideoElement);
  edge.tick();
  /** Plays for a quarter of a second and looks. */
  const pass = (moved: number) => {
    nowMs += 250;
    place += moved;
    edge.tick();
    return seeks;
  };
  return { pass };
}

test("sound plays on where there is no picture, and where there is one again the browser is told to go on with it", (t) => {
  const { pass } = beforeHole(t);
  for (let seconds = 103.8; seconds < 105.75; seconds += 0.25) assert.deepEqual(pass(0.25), []);
  assert.deepEqual(pass(0.25), [106.05]);
  assert.deepEqual(pass(0.25), [106.05]);
});

test("a hole is told of that was between two looks", (t) => {
  const { pass } = beforeHole(t);
  assert.deepEqual(pass(2.3), [106.1]);
});

test("a browser that stands before a hole leaves it", (t) => {
  const { pass } = beforeHole(t);
  assert.deepEqual(pass(0.15), []);
  assert.deepEqual(pass(0), [106]);
  assert.deepEqual(pass(0.25), [106]);
});
