import { type Decision, newSteering, type Observation, steer } from "../../packages/server/src/core/steering.ts";

/** A way to choose: a new one is made for each viewer. */
export type Policy = { readonly name: string; readonly start: () => (seen: Observation) => Decision };

/** What the server ships, and two to compare with. */
export const policies: readonly Policy[] = [
  {
    name: "Sluice",
    start: () => {
      const state = newSteering();
      return (seen) => steer(state, seen);
    },
  },
  { name: "top rung", start: () => () => ({ rung: 0, hurry: false }) },
  { name: "throughput", start: throughput },
];

const memoryMs = 3_000;
const probeMs = 5_000;
const share = 0.8;
/** Shorter than that a socket is busy with a keyframe. */
const burstMs = 250;

/**
 * The plain rule: while the socket is blocked, the highest rung below 0.8 of what drained in the last 3 s. What drains from a socket that is not blocked is
 * only what there is to send, so after 5 s without blocking it tries the next one up.
 */
function throughput(): (seen: Observation) => Decision {
  let past: { readonly atMs: number; readonly bytes: number }[] = [];
  let easySinceMs = 0;
  return ({ atMs, choices, current, takenBytes, blockedMs }) => {
    past = [...past, { atMs, bytes: takenBytes }].filter((each) => atMs - each.atMs < memoryMs);
    if (blockedMs > burstMs) {
      easySinceMs = atMs;
      const rate = (past.reduce((sum, { bytes }) => sum + bytes, 0) * 8_000) / memoryMs;
      const fitting = choices.findIndex(({ bitrate }) => bitrate <= rate * share);
      const rung = fitting < 0 ? choices.length - 1 : fitting;
      return { rung: Math.max(rung, current), hurry: false };
    }
    if (atMs - easySinceMs < probeMs || current <= 0) return { rung: current, hurry: false };
    easySinceMs = atMs;
    return { rung: current - 1, hurry: false };
  };
}
