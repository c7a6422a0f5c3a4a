/** A quality that a viewer can be given now. */
export type Choice = {
  readonly name: string;
  /** Bits per second as measured over the last seconds, sound included. */
  readonly bitrate: number;
  /** Sound alone: the last one, where there is one. */
  readonly sound?: boolean;
};

/** What is seen of one viewer's connection, about four times a second. */
export type Observation = {
  /** Of a clock that only goes forward. */
  readonly atMs: number;
  /** Dearest first; never empty. It may be another list each time. */
  readonly choices: readonly Choice[];
  /** The choice that the viewer is on, or on its way to; -1 when that one is gone. */
  readonly current: number;
  /** It is still on its way: the keyframe where it changes has not been written yet. */
  readonly moving?: boolean;
  /** Media time from the viewer's position to the next keyframe that all choices share, as far as that can be known. */
  readonly groupLeftMs?: number;
  /** What the kernel took since the last observation. */
  readonly takenBytes: number;
  /** Handed to the socket and not taken by the kernel yet. */
  readonly waitingBytes: number;
  /** How far the viewer's position is behind the head of its log, in media time. */
  readonly lagMs: number;
  /** For how long the socket has been taking less than it is given, ending now; 0 when it takes everything. */
  readonly blockedMs: number;
  /** The kernel's estimate of the path in bits per second, where the platform tells. Too low when little is sent. */
  readonly pathBitrate?: number;
};

/** Where the viewer belongs. `hurry`: the rest of the picture up to the keyframe of the new choice is to be left out, sound goes on. */
export type Decision = { readonly rung: number; readonly hurry: boolean };

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
  atMs: number;
  /** The choice that the viewer is on, when it came there, what it cost, and whether it was brought there by evidence. */
  name: string;
  sinceMs: number;
  bitrate: number;
  trusting: boolean;
  /** Since when the socket has had more than it takes, and what it took since then; older time counts less. */
  blockedMs: number;
  drainedBytes: number;
  drainedMs: number;
  /** What the path has shown it carries, fading. */
  proven: number;
  path: number;
  calmSinceMs: number;
  /** The share of the last seconds in which the socket had more than it takes. */
  strain: number;
  failures: Failure[];
};

/** The state to begin with, one for each viewer. */
export function newSteering(): Steering {
  return {
    ...{ rung: 0, hurry: false, atMs: Number.NaN, name: "", sinceMs: 0, bitrate: 0, trusting: false },
    ...{ blockedMs: 0, drainedBytes: 0, drainedMs: 0, proven: 0, path: 0, calmSinceMs: 0, strain: 0, failures: [] },
  };
}

/** An observation later than this is of another time: nothing is concluded from what was before. */
const longestStepMs = 5_000;
/** A socket that has been behind for less is in the middle of a keyframe. */
const burstMs = 250;
/** What is measured while the socket is behind counts less after this time. */
const drainMemoryMs = 1_000;
/** The kernel takes from a full socket in pieces of about this size: half of what it keeps unsent. */
const pieceBytes = 32 * 1024;
/** Part of the measured drain that the choice to fall back to may cost. */
const downShare = 0.8;
/** Part of the proven rate that a choice may cost to be taken without trying. */
const upShare = 0.7;
const moveGraceMs = 700;
/** Calm for so long allows a choice that evidence says will fit, or the next one without evidence. */
const sureCalmMs = 1_500;
const calmMs = 2_500;
/** Beyond a window of the busiest server. */
const calmLagMs = 450;
const strainMemoryMs = 4_000;
const mostStrain = 0.4;
const holdMs = 6_000;
const longestHoldMs = 60_000;
/** Sound alone is so much worse that a picture is tried more often. */
const longestSoundHoldMs = 10_000;
/** A choice that failed sooner than this after it was taken was a mistake; later, the network has changed. */
const trialMs = 15_000;
const provedMs = 20_000;
const forgetMs = 60_000;
/** A group longer than that is not waited for. */
const usualGroupLeftMs = 1_000;
const longestLagMs = 900;

/** Which choice fits this viewer now. The answer is the state itself: read it before the next call. */
export function steer(state: Steering, seen: Observation): Decision {
  const passedMs = seen.atMs - state.atMs;
  if (!(passedMs > 0 && passedMs <= longestStepMs)) restart(state, seen.atMs);
  else measure(state, seen, passedMs);
  state.atMs = seen.atMs;
  const current = seen.choices[seen.current];
  if (!current) return settle(state, seen, replacement(state, seen), false);
  if (current.name !== state.name) arrive(state, current, seen.atMs, false);
  if (seen.moving) state.sinceMs = Math.max(state.sinceMs, seen.atMs - moveGraceMs);
  state.bitrate = current.bitrate;
  if (isTooDear(state, seen, current)) return fallBack(state, seen, current);
  return settle(state, seen, dearer(state, seen, current), false);
}

function restart(state: Steering, atMs: number): void {
  if (!(atMs >= state.atMs)) state.failures.length = 0;
  state.blockedMs = 0;
  state.drainedBytes = 0;
  state.drainedMs = 0;
  state.proven = 0;
  state.path = 0;
  state.strain = 0;
  state.calmSinceMs = atMs;
  state.sinceMs = atMs;
}

function measure(state: Steering, seen: Observation, passedMs: number): void {
  const isBlocked = seen.waitingBytes > 0 || seen.blockedMs > 0;
  state.proven *= 1 - passedMs / (longestStepMs + passedMs);
  state.strain += ((isBlocked ? 1 : 0) - state.strain) * (passedMs / (strainMemoryMs + passedMs));
  if (state.blockedMs > 0) noteDrain(state, seen.takenBytes, passedMs);
  if (isBlocked) {
    state.blockedMs = Math.max(state.blockedMs + passedMs, seen.blockedMs);
  } else {
    state.blockedMs = 0;
    state.drainedBytes = 0;
    state.drainedMs = 0;
  }
  const path = seen.pathBitrate ?? 0;
  if (path > 0) state.path = state.path > 0 ? state.path + (path - state.path) * 0.4 : path;
  if (state.blockedMs > burstMs || seen.lagMs > calmLagMs) state.calmSinceMs = seen.atMs;
}

/** What leaves a full socket is what the path carries; what leaves one that is not full is only what there was. */
function noteDrain(state: Steering, takenBytes: number, passedMs: number): void {
  const kept = drainMemoryMs / (drainMemoryMs + passedMs);
  state.drainedBytes = state.drainedBytes * kept + takenBytes;
  state.drainedMs = state.drainedMs * kept + passedMs;
  if (state.drainedMs > burstMs) state.proven = Math.max(state.proven, (state.drainedBytes * 8000) / state.drainedMs);
}

/** The kernel's own estimate, as far as it does not contradict what was taken. */
function drainRate(state: Steering): number {
  if (state.drainedMs <= 0) return 0;
  const rate = (state.drainedBytes * 8_000) / state.drainedMs;
  if (state.path <= 0) return rate;
  const slack = (pieceBytes * 8_000) / state.drainedMs;
  return Math.min(Math.max(state.path, rate - slack), rate + slack);
}

function isTooDear(state: Steering, seen: Observation, current: Choice): boolean {
  if (state.blockedMs <= burstMs || seen.atMs - state.sinceMs < moveGraceMs) return false;
  if (!(seen.lagMs > burstMs)) return false;
  return seen.lagMs > toleratedLagMs(state, current);
}

/** The more of what is needed the path carries, the longer a viewer may be behind: it catches up, or falls behind slowly. */
function toleratedLagMs(state: Steering, current: Choice): number {
  // Nothing at all comes through: no choice helps before something does, and then it is seen how much.
  if (state.drainedBytes <= 0) return 1_000;
  const share = drainRate(state) / current.bitrate;
  if (share < 0.75) return 300;
  if (share < 0.95) return 500;
  if (share < 1.1) return 1_000;
  return 2_000;
}

function fallBack(state: Steering, seen: Observation, current: Choice): Decision {
  const rate = drainRate(state);
  const { choices } = seen;
  let rung = choices.length - 1;
  for (let index = seen.current + 1; index < choices.length; index++) {
    const choice = choices[index];
    if (!choice || choice.sound) continue;
    const isLowest = index === choices.length - 1 || choices[index + 1]?.sound;
    if (choice.bitrate <= rate * downShare || (isLowest && state.drainedBytes <= 0)) {
      rung = index;
      break;
    }
  }
  if (rung === seen.current) return settle(state, seen, rung, false);
  fail(state, current, seen.atMs, choices[rung]?.sound === true);
  const left = seen.groupLeftMs ?? usualGroupLeftMs;
  const behind = seen.lagMs + left * Math.max(0, current.bitrate / Math.max(rate, 1) - 1);
  return settle(state, seen, rung, behind > longestLagMs);
}

function fail(state: Steering, { name }: Choice, atMs: number, toSound: boolean): void {
  let failure = state.failures.find((each) => each.name === name);
  if (!failure) {
    failure = { name, times: 0, untilMs: 0, misled: false };
    state.failures = state.failures.filter(({ untilMs }) => atMs - untilMs < forgetMs);
    state.failures.push(failure);
  }
  failure.times = atMs - state.sinceMs < trialMs ? failure.times + 1 : 1;
  failure.misled ||= state.trusting && atMs - state.sinceMs < trialMs;
  const longest = toSound ? longestSoundHoldMs : longestHoldMs;
  failure.untilMs = atMs + Math.min(holdMs * 2 ** (failure.times - 1), longest);
}

/** The dearest choice that the viewer can be moved up to now: several steps when there is evidence, else one after a while. */
function dearer(state: Steering, seen: Observation, current: Choice): number {
  const { atMs, choices } = seen;
  const calm = atMs - Math.max(state.calmSinceMs, state.sinceMs);
  if (seen.moving || calm < sureCalmMs || state.strain > mostStrain) return seen.current;
  if (calm > provedMs) forgive(state, current.name);
  const evidence = Math.max(state.path, state.proven) * upShare;
  let rung = seen.current;
  state.trusting = false;
  for (let index = seen.current - 1; index >= 0; index--) {
    const choice = choices[index];
    if (!choice) break;
    const failure = state.failures.find(({ name }) => name === choice.name);
    const isHeld = failure !== undefined && atMs < failure.untilMs;
    const isSure = choice.bitrate <= evidence && !(isHeld && failure.misled);
    if (!isSure && (isHeld || calm < calmMs || index < seen.current - 1)) break;
    state.trusting = isSure;
    rung = index;
  }
  return rung;
}

function forgive(state: Steering, name: string): void {
  if (state.failures.length === 0) return;
  const index = state.failures.findIndex((each) => each.name === name);
  if (index >= 0) state.failures.splice(index, 1);
}

/** For a choice that is gone: the dearest that costs no more, else the cheapest picture, unless that one failed lately. */
function replacement(state: Steering, { atMs, choices }: Observation): number {
  const cheaper = choices.findIndex(({ bitrate, sound }) => !sound && bitrate <= state.bitrate);
  if (cheaper >= 0) return cheaper;
  const last = choices.length - 1;
  if (!choices[last]?.sound || last === 0) return Math.max(last, 0);
  const picture = choices[last - 1];
  const isHeld = state.failures.some(({ name, untilMs }) => name === picture?.name && atMs < untilMs);
  return isHeld ? last : last - 1;
}

function arrive(state: Steering, { name }: Choice, atMs: number, trusting: boolean): void {
  state.name = name;
  state.sinceMs = atMs;
  state.trusting = trusting;
}

function settle(state: Steering, seen: Observation, rung: number, hurry: boolean): Decision {
  const choice = seen.choices[rung];
  if (choice && choice.name !== state.name) arrive(state, choice, seen.atMs, state.trusting);
  state.rung = rung;
  state.hurry = hurry;
  return state;
}
