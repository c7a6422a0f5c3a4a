import type { Observation } from "./observation.ts";

/** What has been measured of one viewer's path through the network, from one observation to the next. */
export type Gauge = {
  /** For how long the socket has had more than it takes, and what it took since then; older time counts less. */
  blockedMs: number;
  drainedBytes: number;
  drainedMs: number;
  /** For how long nothing at all has come through, and when something did again. */
  silentMs: number;
  returnedMs: number;
  /** What the path carries as the kernel tells it, in bits per second; 0 when that is not known. */
  path: number;
  /** The most that it has carried lately. */
  proven: number;
  /** What was on its way at the last observation; undefined where the kernel was not asked. */
  unackedBytes: number | undefined;
  toldMs: number;
  /** What was on its way when the viewer came to its choice: that arrives late, whatever is chosen. */
  staleBytes: number;
  /** When the path was last measured with enough to carry, and when hardly anything of that was acknowledged. */
  fullMs: number;
  holeMs: number;
  /** The path carries more with each observation: the connection has just begun, or begun again. */
  isRising: boolean;
  /** The share of the last seconds in which the socket had more than it takes. */
  strain: number;
  /** Since when it has not been behind, and since when not even a keyframe has queued. */
  calmSinceMs: number;
  easySinceMs: number;
};

/** Nothing came through for so long: the network is away, not slow. What it carries is seen when it is back. */
const outageMs = 450;
/** A socket that has been behind for less is in the middle of a keyframe. */
export const burstMs = 250;
/** What is measured while the socket is behind counts less after this time. */
const drainMemoryMs = 1_000;
/** The kernel takes from a full socket in pieces of about this size. */
const pieceBytes = 32 * 1024;
const provenMemoryMs = 8_000;
const strainMemoryMs = 4_000;
/** How much a measurement counts: with enough to carry, and of what there was to send. */
const fullWeight = 0.7;
const partWeight = 0.5;
/** Less than that may have slipped through at once where it is slow for all that follows. */
const evidenceBytes = 12 * 1024;
const enough = 0.9;
/** The kernel's clock may be wrong by so much. */
const tickMs = 10;
/** Lost packets are acknowledged late, with all that came after them: first too little is seen and then too much. */
const holeShare = 0.4;
const unevenMs = 1_000;
const unevenWeight = 0.25;
/** A kernel that was not asked for so long has told of another network. */
const oldMs = 3_000;
/** Growth from one observation to the next that says that there is more to come. */
const growth = 1.15;
/** Beyond a window of the busiest server. */
const calmLagMs = 450;
/** A queue as short as that is none. */
const easyQueueMs = 40;

/** Nothing has been measured. */
export function newGauge(): Gauge {
  return {
    ...{ blockedMs: 0, drainedBytes: 0, drainedMs: 0, silentMs: 0, returnedMs: 0, path: 0, proven: 0 },
    ...{ unackedBytes: undefined, toldMs: 0, staleBytes: 0, fullMs: 0, holeMs: 0, isRising: false },
    ...{ strain: 0, calmSinceMs: 0, easySinceMs: 0 },
  };
}

/** Forgets what was measured: it is of another time. */
export function resetGauge(gauge: Gauge, atMs: number): void {
  Object.assign(gauge, newGauge());
  gauge.returnedMs = Number.NEGATIVE_INFINITY;
  gauge.fullMs = Number.NEGATIVE_INFINITY;
  gauge.holeMs = Number.NEGATIVE_INFINITY;
  gauge.calmSinceMs = atMs;
  gauge.easySinceMs = atMs;
}

/** Takes in what was seen `passedMs` after the observation before it. */
export function measure(gauge: Gauge, seen: Observation, passedMs: number): void {
  const isBlocked = seen.waitingBytes > 0 || seen.blockedMs > 0;
  gauge.proven *= 1 - passedMs / (provenMemoryMs + passedMs);
  gauge.strain += ((isBlocked ? 1 : 0) - gauge.strain) * (passedMs / (strainMemoryMs + passedMs));
  noteSilence(gauge, seen, passedMs);
  if (gauge.blockedMs > 0) noteDrain(gauge, seen.takenBytes, passedMs);
  if (isBlocked) {
    gauge.blockedMs = Math.max(gauge.blockedMs + passedMs, seen.blockedMs);
  } else {
    gauge.blockedMs = 0;
    forgetDrain(gauge);
  }
  noteAcknowledged(gauge, seen, passedMs);
  if (gauge.blockedMs > burstMs || seen.lagMs > calmLagMs) gauge.calmSinceMs = seen.atMs;
  const isEasy = gauge.unackedBytes !== undefined && !isBlocked && queueMs(gauge, seen, gauge.path) < easyQueueMs;
  if (!isEasy) gauge.easySinceMs = seen.atMs;
}

/** What the path carries now, in bits per second, as far as that is known: what the peer acknowledges, else what leaves the socket. */
export function rateNow(gauge: Gauge): number {
  if (gauge.path > 0) return gauge.path;
  return gauge.drainedMs > 0 ? (gauge.drainedBytes * 8_000) / gauge.drainedMs : 0;
}

/** How long what has left the log will queue before it arrives, beyond the way itself. What a choice before left there does not count. */
export function queueMs(gauge: Gauge, seen: Observation, rate: number): number {
  if (gauge.path <= 0) return 0;
  const bytes = seen.waitingBytes + (seen.unackedBytes ?? 0) - gauge.staleBytes;
  return Math.max(0, (bytes * 8_000) / rate - (seen.roundTripMs ?? 0));
}

/** All that is on its way now is of the choice before. */
export function markStale(gauge: Gauge, { waitingBytes, unackedBytes = 0 }: Observation): void {
  gauge.staleBytes = waitingBytes + unackedBytes;
}

/** After an outage all that was measured is of another network. */
function noteSilence(gauge: Gauge, seen: Observation, passedMs: number): void {
  const isUnasked = seen.unackedBytes === undefined;
  const isSilent = isUnasked ? gauge.blockedMs > 0 && seen.takenBytes <= 0 : seen.pathBitrate === 0;
  if (isSilent) {
    gauge.silentMs += passedMs;
    return;
  }
  if (gauge.silentMs >= outageMs) {
    forgetDrain(gauge);
    gauge.path = 0;
    gauge.unackedBytes = undefined;
    gauge.returnedMs = seen.atMs;
  }
  gauge.silentMs = 0;
}

/** What leaves a full socket is what the path carries; what leaves one that is not full is only what there was. */
function noteDrain(gauge: Gauge, takenBytes: number, passedMs: number): void {
  const kept = drainMemoryMs / (drainMemoryMs + passedMs);
  gauge.drainedBytes = gauge.drainedBytes * kept + takenBytes;
  gauge.drainedMs = gauge.drainedMs * kept + passedMs;
  if (gauge.drainedMs <= burstMs) return;
  gauge.proven = Math.max(gauge.proven, ((gauge.drainedBytes - pieceBytes) * 8_000) / gauge.drainedMs);
}

function forgetDrain(gauge: Gauge): void {
  gauge.drainedBytes = 0;
  gauge.drainedMs = 0;
}

function noteAcknowledged(gauge: Gauge, seen: Observation, passedMs: number): void {
  const before = gauge.unackedBytes;
  const now = seen.unackedBytes;
  gauge.unackedBytes = now;
  if (now === undefined) return;
  if (seen.atMs - gauge.toldMs > oldMs) gauge.path = 0;
  gauge.toldMs = seen.atMs;
  if (before === undefined) return;
  const arrivedBytes = Math.max(0, seen.takenBytes + before - now);
  gauge.staleBytes = Math.max(0, gauge.staleBytes - arrivedBytes);
  const { pathBitrate = 0, roundTripMs = 0, atMs } = seen;
  const isFull = before * 8_000 >= pathBitrate * (passedMs * enough + roundTripMs);
  if (isFull && pathBitrate < gauge.path * holeShare) gauge.holeMs = atMs;
  if (pathBitrate > 0 && (isFull || arrivedBytes >= evidenceBytes)) notePath(gauge, pathBitrate, isFull, atMs);
  else if (seen.pathBitrate === undefined) noteBurst(gauge, seen, arrivedBytes);
}

/** What was written at once and arrived at once: at least so fast is the path, all the time counted in which anything arrived. */
function noteBurst(gauge: Gauge, { busyMs, burstBytes = 0, atMs }: Observation, arrivedBytes: number): void {
  if (busyMs === undefined || burstBytes < evidenceBytes || arrivedBytes < burstBytes) return;
  notePath(gauge, (burstBytes * 8_000) / (busyMs + tickMs), false, atMs);
}

/** A connection that always had something on its way measures the path; else it measures what there was to send, and the path carries at least that. */
function notePath(gauge: Gauge, bitrate: number, isFull: boolean, atMs: number): void {
  const isUneven = atMs - gauge.holeMs < unevenMs;
  const isMore = bitrate > gauge.path;
  gauge.isRising = bitrate > gauge.path * growth && !isUneven;
  if (isFull) gauge.fullMs = atMs;
  if (isFull || isMore) {
    const weight = isFull ? fullWeight : partWeight;
    const step = (bitrate - gauge.path) * (isMore && isUneven ? unevenWeight : weight);
    gauge.path = gauge.path > 0 ? gauge.path + step : bitrate;
  }
  if (!isUneven) gauge.proven = Math.max(gauge.proven, isFull ? gauge.path : bitrate);
}
