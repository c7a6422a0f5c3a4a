import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Choice, newSteering, type Observation, steer } from "./steering.ts";

const source: Choice = { name: "source", bitrate: 4_000_000 };
const middle: Choice = { name: "480p", bitrate: 1_000_000 };
const low: Choice = { name: "360p", bitrate: 550_000 };
const sound: Choice = { name: "sound", bitrate: 128_000, sound: true };
const ladder = [source, middle, low, sound];

const quiet: Omit<Observation, "atMs" | "choices" | "current"> = {
  takenBytes: 0,
  waitingBytes: 0,
  lagMs: 0,
  blockedMs: 0,
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
    pathBitrate: anyNumber,
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

test("a viewer whose choice is gone gets the nearest that costs no more", () => {
  const state = newSteering();
  steer(state, { ...quiet, atMs: 0, choices: ladder, current: 1 });
  assert.equal(steer(state, { ...quiet, atMs: 250, choices: [source, low, sound], current: -1 }).rung, 1);
});
