import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Choice, newSteering, type Observation, type Steering, steer } from "./steering.ts";

const source: Choice = { name: "source", bitrate: 4_000_000 };
const middle: Choice = { name: "480p", bitrate: 1_000_000 };
const low: Choice = { name: "360p", bitrate: 500_000 };
const sound: Choice = { name: "sound", bitrate: 128_000, sound: true };
const ladder = [source, middle, low, sound];

/** A viewer that is given what it is put on, looked at four times a second. */
class Viewer {
  readonly state: Steering = newSteering();
  choices: readonly Choice[] = ladder;
  current = 0;
  atMs = 1_000;
  hurried = false;
  readonly visited: string[] = [];

  /** Sees the same for so long, or until it is moved. */
  sees(seconds: number, seen: Partial<Observation>): this {
    for (const untilMs = this.atMs + seconds * 1_000; this.atMs < untilMs; ) {
      this.atMs += 250;
      const { rung, hurry } = steer(this.state, { ...quiet, ...seen, ...this.place() });
      if (rung === this.current) continue;
      this.current = rung;
      this.hurried = hurry;
      this.visited.push(this.choices[rung]?.name ?? "");
    }
    return this;
  }

  /** The socket takes so many bits per second of what it is given, and the viewer is ever further behind. */
  isShort(seconds: number, rate: number): this {
    const fromMs = this.atMs;
    for (const untilMs = fromMs + seconds * 1_000; this.atMs < untilMs && this.visited.length === 0; ) {
      const needed = this.choices[this.current]?.bitrate ?? 0;
      const blockedMs = this.atMs - fromMs + 250;
      const lagMs = blockedMs * Math.max(0, 1 - rate / needed);
      this.sees(0.25, { takenBytes: rate / 32, waitingBytes: 20_000, blockedMs, lagMs });
    }
    return this;
  }

  place() {
    return { atMs: this.atMs, choices: this.choices, current: this.current };
  }
}

const quiet: Omit<Observation, "atMs" | "choices" | "current"> = {
  ...{ takenBytes: 0, waitingBytes: 0, lagMs: 0, blockedMs: 0 },
};

const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.nat({ max: 10_000 }), fc.constantFrom(0, -0, 1e308));
const anyChoice = fc.record({ name: fc.string({ maxLength: 3 }), bitrate: anyNumber, sound: fc.boolean() });
const anyObservation = fc
  .record({
    atMs: anyNumber,
    choices: fc.array(anyChoice, { minLength: 1, maxLength: 6 }),
    current: fc.integer({ min: -1, max: 5 }),
    moving: fc.boolean(),
    takenBytes: anyNumber,
    waitingBytes: anyNumber,
    lagMs: anyNumber,
    blockedMs: anyNumber,
    groupLeftMs: anyNumber,
    pathBitrate: fc.option(anyNumber, { nil: undefined }),
    unackedBytes: fc.option(anyNumber, { nil: undefined }),
    roundTripMs: fc.option(anyNumber, { nil: undefined }),
  })
  .map((seen) => ({ ...seen, current: Math.min(seen.current, seen.choices.length - 1) }));

test("whatever is seen, the answer is one of the choices", () => {
  fc.assert(
    fc.property(fc.array(anyObservation, { maxLength: 40 }), (seen) => {
      const state = newSteering();
      for (const each of seen) {
        const { rung } = steer(state, each);
        assert.ok(each.choices[rung], `${rung} of ${each.choices.length}`);
      }
    }),
    { numRuns: 500 },
  );
});

test("whatever is seen a quarter of a second apart, the answer is one of the choices", () => {
  fc.assert(
    fc.property(fc.array(anyObservation, { maxLength: 60 }), (seen) => {
      const state = newSteering();
      for (const [index, each] of seen.entries()) {
        const { rung } = steer(state, { ...each, atMs: index * 250 });
        assert.ok(each.choices[rung], `${rung} of ${each.choices.length}`);
      }
    }),
    { numRuns: 500 },
  );
});

test("a viewer whose socket takes a third of what it is given goes straight to what fits, within a second", () => {
  const viewer = new Viewer().sees(5, { takenBytes: 125_000 });
  const fromMs = viewer.atMs;
  viewer.isShort(5, 1_300_000);
  assert.deepEqual(viewer.visited, ["480p"]);
  assert.ok(viewer.atMs - fromMs <= 1_250, `${viewer.atMs - fromMs} ms`);
});

test("a viewer whose network carries no picture has the sound", () => {
  assert.deepEqual(new Viewer().sees(5, { takenBytes: 125_000 }).isShort(5, 300_000).visited, ["sound"]);
});

test("what the peer does not acknowledge moves a viewer before its socket is full", () => {
  const viewer = new Viewer().sees(5, {
    takenBytes: 125_000,
    pathBitrate: 4_000_000,
    unackedBytes: 15_000,
    roundTripMs: 30,
  });
  for (let unackedBytes = 100_000; viewer.visited.length === 0 && unackedBytes < 1_000_000; unackedBytes += 90_000) {
    viewer.sees(0.25, { takenBytes: 120_000, pathBitrate: 800_000, unackedBytes, roundTripMs: 30 });
  }
  assert.deepEqual(viewer.visited, ["360p"]);
});

test("what queues is kept short: the less room the more there is, and none is said where nothing queues", () => {
  const viewer = new Viewer();
  const path = { pathBitrate: 1_000_000, roundTripMs: 10, busyMs: 250, takenBytes: 31_250 };
  const roomWith = (unackedBytes: number) => {
    viewer.sees(0.25, { ...path, unackedBytes });
    return viewer.state.roomBytes;
  };
  for (const unackedBytes of [60_000, 60_000]) roomWith(unackedBytes);
  const [long = 0, longer = 0] = [roomWith(30_000), roomWith(40_000)];
  assert.ok(long > longer, `${long} and ${longer} bytes`);
  assert.equal(roomWith(1_000_000), 0);
  assert.equal(roomWith(1_000), undefined);
});

test("a socket that has run empty for a moment does not get all at once that a viewer on a slow network is behind", () => {
  const roomWith = (lagMs: number, pathBitrate: number) => {
    const viewer = new Viewer();
    const path = { pathBitrate, roundTripMs: 10, busyMs: 250, takenBytes: pathBitrate / 32 };
    viewer.sees(0.5, { ...path, unackedBytes: pathBitrate / 16 });
    return viewer.sees(0.25, { ...path, unackedBytes: 1_000, lagMs }).state.roomBytes;
  };
  const room = roomWith(450, 2_000_000) ?? Number.POSITIVE_INFINITY;
  assert.ok(room < 2_000_000 / 8 / 2, `${room} bytes`);
  assert.equal(roomWith(0, 2_000_000), undefined);
  assert.equal(roomWith(450, 8_000_000), undefined);
});

test("a viewer may be looked at half as often while nothing queues, where the kernel tells that", () => {
  const viewer = new Viewer();
  const rests = (seen: Partial<Observation>) => viewer.sees(0.25, seen).state.rests;
  assert.equal(rests({}), false);
  assert.equal(rests({ unackedBytes: 0, roundTripMs: 10 }), true);
  assert.equal(rests({}), false);
  assert.equal(rests({ unackedBytes: 60_000, roundTripMs: 10 }), false);
});

test("a keyframe that arrived at once shows how much the network carries, small frames that did say nothing", () => {
  const carried = (seen: Partial<Observation>) => {
    const viewer = new Viewer();
    viewer.current = 2;
    viewer.sees(2, { unackedBytes: 0, busyMs: 20, takenBytes: 24_000, ...seen });
    return viewer.visited[0];
  };
  assert.equal(carried({ burstBytes: 20_000 }), "source");
  assert.equal(carried({ burstBytes: 3_000 }), "480p");
});

test("the picture up to the next keyframe is left out where finishing it would take too long, and only there", () => {
  for (const { rate, hurried } of [
    { rate: 800_000, hurried: true },
    { rate: 3_400_000, hurried: false },
  ]) {
    const viewer = new Viewer().sees(5, { takenBytes: 125_000 }).isShort(10, rate);
    assert.equal(viewer.visited.length, 1);
    assert.equal(viewer.hurried, hurried, `${rate} bits per second`);
  }
});

test("a server that is busy moves nobody: everything waits for a window, nothing in the sockets", () => {
  const viewer = new Viewer();
  for (let turn = 0; turn < 400; turn++) viewer.sees(0.25, { takenBytes: 125_000, lagMs: 350 - (turn % 4) * 80 });
  assert.deepEqual(viewer.visited, []);
});

test("an outage of a second moves nobody when the network is then as it was", () => {
  const kernel = { pathBitrate: 6_000_000, roundTripMs: 30 };
  const viewer = new Viewer().sees(5, { takenBytes: 125_000, unackedBytes: 20_000, ...kernel });
  viewer.sees(1, {
    takenBytes: 0,
    waitingBytes: 30_000,
    unackedBytes: 150_000,
    blockedMs: 700,
    lagMs: 900,
    pathBitrate: 0,
  });
  viewer.sees(1, {
    takenBytes: 180_000,
    waitingBytes: 30_000,
    unackedBytes: 100_000,
    blockedMs: 900,
    lagMs: 600,
    ...kernel,
  });
  viewer.sees(5, { takenBytes: 125_000, unackedBytes: 20_000, ...kernel });
  assert.deepEqual(viewer.visited, []);
});

test("a viewer goes up step by step where nothing says how much the network carries", () => {
  const viewer = new Viewer();
  viewer.current = 3;
  assert.deepEqual(viewer.sees(20, { takenBytes: 4_000 }).visited, ["360p", "480p", "source"]);
});

test("a viewer goes up in one step where the network has carried more", () => {
  const viewer = new Viewer();
  viewer.current = 2;
  const burst = { takenBytes: 16_000, pathBitrate: 6_000_000, unackedBytes: 2_000, roundTripMs: 20 };
  assert.deepEqual(viewer.sees(4, burst).visited, ["source"]);
});

test("a choice that fails is tried more and more rarely", () => {
  const viewer = new Viewer();
  viewer.current = 2;
  const tries: number[] = [];
  for (let turn = 0; turn < 4 * 240; turn++) {
    const before = viewer.current;
    if (viewer.current < 2) viewer.sees(0.25, { takenBytes: 20_000, waitingBytes: 20_000, blockedMs: 900, lagMs: 700 });
    else viewer.sees(0.25, { takenBytes: 16_000 });
    if (before === 2 && viewer.current === 1) tries.push(viewer.atMs);
  }
  const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  assert.ok(waits.length >= 4 && waits.length <= 10, waits.join(" "));
  for (const [index, wait] of waits.slice(0, 4).entries()) assert.ok(wait >= (waits[index - 1] ?? 0), waits.join(" "));
});

test("a viewer that is on its way up is not moved further before it has arrived", () => {
  const viewer = new Viewer();
  viewer.current = 2;
  viewer.sees(30, { takenBytes: 16_000, moving: true });
  assert.deepEqual(viewer.visited, []);
});

test("a viewer whose choice is gone gets the nearest that costs no more", () => {
  const viewer = new Viewer();
  viewer.current = 1;
  viewer.sees(1, { takenBytes: 30_000 });
  viewer.choices = [source, low, sound];
  viewer.current = -1;
  assert.deepEqual(viewer.sees(0.25, {}).visited, ["360p"]);
});

test("when the transcoder dies a viewer gets the source, and the sound when the source has failed", () => {
  for (const { hasFailed, expected } of [
    { hasFailed: false, expected: "source" },
    { hasFailed: true, expected: "sound" },
  ]) {
    const viewer = new Viewer();
    if (hasFailed) viewer.sees(5, { takenBytes: 125_000 }).isShort(5, 700_000);
    viewer.current = 2;
    viewer.sees(1, { takenBytes: 16_000 });
    viewer.choices = [source, sound];
    viewer.current = -1;
    assert.equal(viewer.sees(0.25, {}).visited.at(-1), expected);
  }
});

test("a choice that appears is taken, and one choice alone is kept whatever happens", () => {
  const viewer = new Viewer();
  viewer.choices = [low, sound];
  viewer.sees(5, { takenBytes: 16_000 });
  viewer.choices = [middle, low, sound];
  viewer.current = 1;
  assert.deepEqual(viewer.sees(5, { takenBytes: 16_000 }).visited, ["480p"]);
  const single = new Viewer();
  single.choices = [source];
  assert.deepEqual(single.isShort(10, 100_000).visited, []);
});

test("after a jump of the clock nothing is concluded from what was before", () => {
  const viewer = new Viewer().sees(5, { takenBytes: 125_000 });
  viewer.sees(0.5, { takenBytes: 10_000, waitingBytes: 20_000, blockedMs: 300, lagMs: 250 });
  for (const jumpMs of [3_600_000, -7_200_000]) {
    viewer.atMs += jumpMs;
    viewer.sees(0.25, { takenBytes: 0, waitingBytes: 20_000, blockedMs: 200, lagMs: 5_000 });
  }
  assert.deepEqual(viewer.visited, []);
});
