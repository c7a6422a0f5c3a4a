import { burstMs, type Gauge, markStale, measure, newGauge, queueMs, rateNow, resetGauge } from "./gauge.ts";
import type { Choice, Observation } from "./observation.ts";

export type { Choice, Observation } from "./observation.ts";

/** Where the viewer belongs. `hurry`: the rest of the picture up to the keyframe of the new choice is to be left out, sound goes on. */
export type Decision = {
  readonly rung: number;
  readonly hurry: boolean;
  /** So much may be written until the next observation: what queues cannot be left out any more. Undefined: as much as there is. */
  readonly roomBytes?: number | undefined;
  /** Nothing queues in the kernel: while the viewer has the best and the socket takes everything, it may be looked at half as often. */
  readonly rests?: boolean;
};

/** A choice that was too dear: not tried again before `untilMs`. */
type Failure = {
  readonly name: string;
  times: number;
  untilMs: number;
  /** The evidence that it would fit was wrong; only time counts now. */
  misled: boolean;
};

/** What is remembered of one viewer from one observation to the next. Its fields are the policy's own. */
export type Steering = Decision & {
  rung: number;
  hurry: boolean;
  roomBytes: number | undefined;
  rests: boolean;
  readonly gauge: Gauge;
  atMs: number;
  /** The choice that the viewer is on, what it costs, when that was decided, since when it has it, and whether evidence brought it there. */
  name: string;
  bitrate: number;
  /** What is still sent until the viewer has its choice costs so much. */
  leaving: number;
  decidedMs: number;
  sinceMs: number;
  trusting: boolean;
  /** The choice that it was calm on before. */
  calmName: string;
  /** For how long it has been further behind than it may. */
  lateMs: number;
  failures: Failure[];
};

/** The state to begin with, one for each viewer. */
export function newSteering(): Steering {
  return {
    ...{
      rung: 0,
      hurry: false,
      roomBytes: undefined,
      rests: false,
      gauge: newGauge(),
      atMs: Number.NaN,
      name: "",
      bitrate: 0,
      leaving: 0,
      decidedMs: 0,
      sinceMs: 0,
    },
    ...{ trusting: false, calmName: "", lateMs: 0, failures: [] },
  };
}

/** An observation later than this is of another time: nothing is concluded from what was before. */
const longestStepMs = 5_000;
/** Part of the measured rate that the choice to fall back to may cost. */
const downShare = 0.8;
/** The same of a choice that the viewer was calm on, and of the last picture before sound alone. */
const calmShare = 0.95;
/** Part of the proven rate that a choice may cost to be taken without trying. */
const upShare = 0.85;
const longestOutageMs = 2_000;
const moveGraceMs = 700;
/** What is tolerated before the path has been measured. */
const unknownMs = 1_000;
/** One observation may be a keyframe, or packets that were lost. */
const lateEnoughMs = 450;
const muchLater = 2.5;
/** Calm for so long allows a choice that evidence says will fit, the next one without evidence, or one that evidence speaks against. */
const sureCalmMs = 1_500;
const calmMs = 3_500;
const doubtfulCalmMs = 30_000;
/** For so long a measurement speaks against what it says is too dear, for each time that it is too dear; less against a picture where there is none. */
const contraryMs = 7_500;
const mostContrary = 3;
/** At least so long against what needs so much more: what is measured while a network becomes slow is in part of the network before. */
const leastContraryMs = 17_500;
const muchDearer = 1.5;
const contrarySoundMs = 8_000;
const mostStrain = 0.4;
const holdMs = 6_000;
const longestHoldMs = 60_000;
/** Sound alone is so much worse that a picture is tried more often. */
const longestSoundHoldMs = 10_000;
/** A choice that failed sooner than this after it was taken was a mistake; later, the network has changed. */
const trialMs = 15_000;
const provedMs = 20_000;
const forgetMs = 60_000;
/** Where nobody knows how far the next keyframe is. */
const usualGroupLeftMs = 1_000;
/** A queue that is no longer than this is left alone; one that is longer is kept at about that length, from one observation to the next. */
const shortQueueMs = 100;
const wantedQueueMs = 150;
/** The same where the viewer is catching up, and nothing is to be left out. */
const ampleQueueMs = 300;
/** So much that has not been written is more than a busy server leaves, where the path has just been measured and carries so small a part of what is needed. */
const muchLagMs = 400;
const muchSlower = 0.75;
const usualStepMs = 250;
/** The same where it is not known yet how fast the path is, and is as long as the viewer's quality takes. */
const noQueueMs = 40;
/** What a player has in hand. */
const playerMs = 800;
/** A picture that stands while the sound goes on is so much better than a player that stands. */
const stillShare = 0.5;

/** Which choice fits this viewer now. The answer is the state itself: read it before the next call. */
export function steer(state: Steering, seen: Observation): Decision {
  decide(state, seen);
  state.roomBytes = seen.choices[state.rung]?.sound ? undefined : roomBytes(state, seen);
  state.rests = isAtRest(state, seen);
  return state;
}

/** Where the kernel tells: nothing queues there, and nothing has since the last observation. */
function isAtRest({ gauge, bitrate }: Steering, { unackedBytes, atMs }: Observation): boolean {
  if (unackedBytes === undefined || gauge.easySinceMs === atMs) return false;
  return unackedBytes * 8_000 <= bitrate * noQueueMs;
}

/** The socket's own queue is kept short once it shows: what has not been written can still be left out, or be had in another quality. */
function roomBytes({ gauge: { path, fullMs }, bitrate }: Steering, seen: Observation): number | undefined {
  const { waitingBytes, unackedBytes, lagMs, roundTripMs = 0 } = seen;
  if (unackedBytes === undefined || path <= 0) return undefined;
  const queued = waitingBytes + unackedBytes;
  const isFitting = bitrate <= path * calmShare;
  // A socket that has run empty for a moment would take at once all that has not been written.
  const isSlow = path < bitrate * muchSlower && seen.atMs === fullMs;
  const unwritten = isSlow && lagMs >= muchLagMs ? (lagMs * bitrate) / 8_000 : 0;
  if (((queued + unwritten) * 8_000) / path - roundTripMs < shortQueueMs) return undefined;
  const wantedMs = isFitting ? ampleQueueMs : wantedQueueMs;
  return Math.max(0, (path * (wantedMs + roundTripMs * 2 + usualStepMs)) / 8_000 - queued);
}

function decide(state: Steering, seen: Observation): Decision {
  const passedMs = seen.atMs - state.atMs;
  if (passedMs > 0 && passedMs <= longestStepMs) measure(state.gauge, seen, passedMs);
  else restart(state, seen.atMs);
  state.atMs = seen.atMs;
  const current = seen.choices[seen.current];
  if (!current) return settle(state, seen, replacement(state, seen), false);
  if (current.name !== state.name) arrive(state, current, seen.atMs);
  if (seen.moving) {
    state.sinceMs = seen.atMs;
    markStale(state.gauge, seen);
  }
  state.bitrate = current.bitrate;
  if (isTooDear(state, seen, current, passedMs)) {
    const rate = rateNow(state.gauge);
    // Late is only what was there before; what comes will fit.
    if (seen.moving && current.bitrate <= rate * calmShare)
      return settle(state, seen, seen.current, isHurried(state.gauge, seen, state.leaving, rate));
    return fallBack(state, seen, current);
  }
  return settle(state, seen, dearer(state, seen, current), false);
}

function restart(state: Steering, atMs: number): void {
  if (!(atMs >= state.atMs)) state.failures.length = 0;
  resetGauge(state.gauge, atMs);
  state.sinceMs = atMs;
  state.decidedMs = Number.NEGATIVE_INFINITY;
  state.lateMs = 0;
}

function isTooDear(state: Steering, seen: Observation, current: Choice, passedMs: number): boolean {
  const { gauge } = state;
  if (gauge.silentMs > 0) return gauge.silentMs > longestOutageMs;
  const rate = rateNow(gauge);
  const queuedMs = queueMs(gauge, seen, rate);
  const behindMs = (gauge.blockedMs > 0 ? seen.lagMs : 0) + queuedMs;
  const toleratedMs = tolerance(state, rate / current.bitrate);
  const isLate = (gauge.blockedMs > burstMs || queuedMs > burstMs) && behindMs > toleratedMs;
  state.lateMs = isLate ? state.lateMs + passedMs : 0;
  const graceSinceMs = Math.max(state.decidedMs, gauge.returnedMs);
  if (!isLate || gauge.isRising || seen.atMs - graceSinceMs < moveGraceMs) return false;
  return gauge.path <= 0 || state.lateMs > lateEnoughMs || behindMs > toleratedMs * muchLater;
}

/**
 * The more of what is needed the path carries, the longer a viewer may be behind: it catches up, or falls behind slowly. Where the kernel tells nothing as much again
 * queues where it is not seen.
 */
function tolerance({ gauge, sinceMs }: Steering, share: number): number {
  if (gauge.path > 0 && gauge.fullMs <= sinceMs) return unknownMs;
  if (share < 0.95) return gauge.path > 0 ? 550 : 350;
  if (share < 1.03) return 1_000;
  return 2_000;
}

function fallBack(state: Steering, seen: Observation, current: Choice): Decision {
  const { gauge } = state;
  const rate = gauge.silentMs > longestOutageMs ? 0 : rateNow(gauge);
  const rung = cheaper(state, seen, rate);
  if (rung === seen.current) return settle(state, seen, rung, false);
  const toSound = seen.choices[rung]?.sound === true;
  for (let index = seen.current; index < rung; index++) {
    const choice = seen.choices[index];
    const isTried = index === seen.current && !seen.moving;
    if (choice && (isTried || choice.bitrate > rate)) fail(state, choice, seen.atMs, toSound);
  }
  gauge.proven = Math.min(gauge.proven, rate);
  return settle(state, seen, rung, isHurried(gauge, seen, seen.moving ? state.leaving : current.bitrate, rate));
}

/** Whether finishing the group, which costs `bitrate`, would be worse for the viewer than a picture that stands until the next. */
function isHurried(gauge: Gauge, seen: Observation, bitrate: number, rate: number): boolean {
  const leftMs = seen.groupLeftMs ?? usualGroupLeftMs;
  const behindMs = seen.lagMs + queueMs(gauge, seen, rate);
  const furtherMs = leftMs * Math.max(0, bitrate / Math.max(rate, 1) - 1);
  const stallMs = Math.max(0, behindMs + furtherMs - playerMs) - Math.max(0, behindMs - playerMs);
  return stallMs > leftMs * stillShare;
}

/** The dearest choice below the present one that the rate carries; the cheapest picture when nothing is known. */
function cheaper(state: Steering, { choices, current }: Observation, rate: number): number {
  const last = choices.length - 1;
  for (let index = current + 1; index < last; index++) {
    const choice = choices[index];
    if (!choice) break;
    const isLowest = choices[index + 1]?.sound === true;
    const share = isLowest || choice.name === state.calmName ? calmShare : downShare;
    if (choice.bitrate <= rate * share || (isLowest && rate <= 0)) return index;
  }
  return last;
}

function fail(state: Steering, { name }: Choice, atMs: number, toSound: boolean): void {
  let failure = failureOf(state, name);
  if (!failure) {
    failure = { name, times: 0, untilMs: 0, misled: false };
    state.failures = state.failures.filter(({ untilMs }) => atMs - untilMs < forgetMs);
    state.failures.push(failure);
  }
  const isTrial = atMs - state.sinceMs < trialMs;
  failure.times = isTrial ? failure.times + 1 : 1;
  failure.misled ||= state.trusting && isTrial;
  const longest = toSound ? longestSoundHoldMs : longestHoldMs;
  failure.untilMs = atMs + Math.min(holdMs * 2 ** (failure.times - 1), longest);
}

function failureOf({ failures }: Steering, name: string): Failure | undefined {
  for (const failure of failures) if (failure.name === name) return failure;
  return undefined;
}

/** The dearest choice that the viewer can be moved up to now: several steps when there is evidence, else one after a while. */
function dearer(state: Steering, seen: Observation, current: Choice): number {
  const { atMs, choices } = seen;
  const { gauge } = state;
  const calm = atMs - Math.max(gauge.calmSinceMs, state.sinceMs);
  if (seen.moving || calm < sureCalmMs || gauge.strain > mostStrain) return seen.current;
  state.calmName = current.name;
  if (calm > provedMs) forgive(state, current.name);
  let rung = seen.current;
  state.trusting = false;
  for (let index = seen.current - 1; index >= 0; index--) {
    const choice = choices[index];
    if (!choice) break;
    const failure = failureOf(state, choice.name);
    const isHeld = failure !== undefined && atMs < failure.untilMs;
    const isSure = choice.bitrate <= gauge.proven * upShare && !(isHeld && failure.misled);
    if (!isSure && (isHeld || calm < patienceMs(gauge, choice, atMs, current.sound) || index < seen.current - 1)) break;
    state.trusting = isSure;
    rung = index;
  }
  return rung;
}

/** How long it has to be calm before a choice is tried of which nothing says that it will fit. */
function patienceMs(
  { fullMs, path, easySinceMs }: Gauge,
  { bitrate }: Choice,
  atMs: number,
  fromSound = false,
): number {
  const pictureMs = contraryMs * Math.min(bitrate / path, mostContrary);
  const least = bitrate > path * muchDearer ? leastContraryMs : 0;
  const contrary = fromSound ? contrarySoundMs : Math.max(pictureMs, least);
  if (path < bitrate && atMs - fullMs < contrary) return doubtfulCalmMs;
  return atMs - easySinceMs >= sureCalmMs ? sureCalmMs : calmMs;
}

function forgive(state: Steering, name: string): void {
  const failure = failureOf(state, name);
  if (failure) state.failures.splice(state.failures.indexOf(failure), 1);
}

/** For a choice that is gone: the dearest that costs no more, else the cheapest picture, unless that one failed lately. */
function replacement(state: Steering, { atMs, choices }: Observation): number {
  const fitting = choices.findIndex(({ bitrate, sound }) => !sound && bitrate <= state.bitrate);
  if (fitting >= 0) return fitting;
  const last = choices.length - 1;
  const picture = choices[last - 1];
  if (!choices[last]?.sound || !picture) return Math.max(last, 0);
  const failure = failureOf(state, picture.name);
  return failure && atMs < failure.untilMs ? last : last - 1;
}

function arrive(state: Steering, { name }: Choice, atMs: number): void {
  state.name = name;
  state.sinceMs = atMs;
  state.decidedMs = atMs;
}

function settle(state: Steering, seen: Observation, rung: number, hurry: boolean): Decision {
  const choice = seen.choices[rung];
  if (choice && choice.name !== state.name) {
    if (!seen.moving) state.leaving = state.bitrate;
    arrive(state, choice, seen.atMs);
  }
  state.rung = rung;
  state.hurry = hurry;
  return state;
}
