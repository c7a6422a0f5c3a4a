import { Connection } from "./connection.ts";
import { encode, type Media } from "./media.ts";
import { Player, type Watched } from "./player.ts";
import type { Policy } from "./policies.ts";
import { Random } from "./random.ts";
import { type Trace, stepMs as traceStepMs } from "./traces.ts";
import { type Asked, Viewer } from "./viewer.ts";

/** What is the same for all traces of a run. */
export type Conditions = {
  readonly seed: number;
  /** From one keyframe to the next. */
  readonly groupMs: number;
  /** What a player has before it starts. */
  readonly bufferMs: number;
  /** How much the kernel takes that it has not sent yet. */
  readonly kernelBytes: number;
  readonly asked: Asked;
  /** Whether what the kernel says counts packets that came after a lost one. */
  readonly isSelective: boolean;
};

export const usualConditions: Conditions = {
  seed: 1,
  groupMs: 2_000,
  bufferMs: 1_000,
  kernelBytes: 32 * 1024,
  asked: "needed",
  isSelective: false,
};

/** What came of one viewer on one trace. */
export type Outcome = {
  readonly watched: Watched;
  readonly lastedMs: number;
  /** When it came to which rung, as a list of changes. */
  readonly changes: readonly { readonly atMs: number; readonly rung: number }[];
  /** The same of what was seen, with the player's states in it. */
  readonly seen: readonly { readonly atMs: number; readonly what: number }[];
};

const stepMs = 5;
const observeMs = 250;

/** One viewer watches while the network does what the trace says. The same conditions give the same outcome. */
export function simulate(trace: Trace, policy: Policy, conditions: Conditions): Outcome {
  const { seed, groupMs, bufferMs, kernelBytes, asked, isSelective } = conditions;
  const lastedMs = trace.rates.length * traceStepMs;
  const media = mediaFor(lastedMs, groupMs, seed);
  const rateAt = (atMs: number) => trace.rates[Math.min(trace.rates.length - 1, Math.floor(atMs / traceStepMs))] ?? 0;
  const connection = new Connection({ ...trace, rateAt }, new Random(seed + 77), kernelBytes, isSelective);
  const viewer = new Viewer(media, connection, asked);
  const player = new Player(bufferMs, media.rungs.length);
  const decide = policy.start();
  const windowMs = trace.windowMs ?? 0;
  const changes = [{ atMs: 0, rung: 0 }];
  let passAtMs = 0;
  for (let atMs = stepMs; atMs <= lastedMs; atMs += stepMs) {
    connection.step(atMs, stepMs);
    viewer.push(atMs);
    if (atMs >= passAtMs || viewer.isBehind(atMs)) viewer.pass(atMs);
    if (atMs >= passAtMs) passAtMs = atMs + windowMs;
    if (atMs % observeMs === 0 && !viewer.isResting()) viewer.follow(decide(viewer.observe(atMs)));
    for (const frame of viewer.arrivals()) player.add(frame);
    player.step(atMs, stepMs);
    if (changes.at(-1)?.rung !== viewer.rung) changes.push({ atMs, rung: viewer.rung });
  }
  return { watched: player.watched, lastedMs, changes, seen: player.seen };
}

const encoded = new Map<string, Media>();

function mediaFor(lastedMs: number, groupMs: number, seed: number): Media {
  const key = `${lastedMs} ${groupMs} ${seed}`;
  const media = encoded.get(key) ?? encode(lastedMs, groupMs, seed);
  encoded.set(key, media);
  return media;
}
