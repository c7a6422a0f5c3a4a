import assert from "node:assert/strict";
import test from "node:test";
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
