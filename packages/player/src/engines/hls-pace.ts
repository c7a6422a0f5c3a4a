import type Hls from "hls.js";
import type { FragLoadedData, Fragment, LevelDetails, Part } from "hls.js";

/** What each part costs besides its own bytes: its head, and the playlist that names it with its own. */
const headBits = 350 * 8;
const listBits = 800 * 8;
/** Times of one keyframe differ by less from quality to quality. */
export const alikeSeconds = 0.05;
/** Whoever has been loading without a pause for so long, and has not come nearer to the newest part, will not. */
const leastSeconds = 0.6;
const leastGain = 1.1;
/** That is seen at once where so little comes in a second. */
const hopelessGain = 0.75;
/** Where so much more comes than the quality costs it is the picture that has become dear for a moment. */
const plenty = 1.25;
/** Of what was carried so much may be needed; and where little was measured, or little is in hand to be wrong with. */
const share = 0.9;
const carefulShare = 0.65;
/** Who has so much in hand may try a better quality. */
const ampleSeconds = 0.8;
/** So much a player is to have in hand where the network is slow; until it has, it plays a little slower. */
const wantedSeconds = 1.6;
const slower = 0.95;
/** Nearer to where it is meant to be than this it is there. */
const nearSeconds = 0.25;
/** A playlist that has to come first. */
const listSeconds = 0.15;
/** It has to be calm for so long before the next quality is tried: when what comes at once says that it will fit, and else. */
const sureCalmMs = 1_500;
const calmMs = 6_000;
/** Of what hls.js has measured itself so much may be needed: it would go down again at once. */
const upShare = 0.9;
/** Even the smallest answer takes a moment. */
const answerMs = 5;
/** A quality that turns out to be too dear so soon is held back, each time for longer. */
const trialMs = 12_000;
const holdMs = 8_000;
const holdGrowth = 1.5;
const longestHoldMs = 30_000;

/** Loading without a pause: since when, from which place of the stream on, and what has come. */
type Run = { readonly atMs: number; readonly seconds: number; bits: number };

/** A quality that was too dear. */
type Failure = { readonly times: number; readonly untilMs: number };

/**
 * hls.js measures parts alone, without what they cost besides, and goes to another quality in the middle of a segment, all of which it loads again in the place of what is in hand. So
 * whoever does not come nearer to the newest part is bound to a lower quality from here on, and goes up step by step, each time where a segment begins. Where there are no parts hls.js chooses;
 * only how much is in hand is seen to.
 */
export class Pace {
  readonly #hls: Hls;
  readonly #hurry: number;
  #run: Run | undefined;
  #level = -1;
  /** What has come of the present quality ends there. */
  #end = Number.NaN;
  /** The end of the segment at which the next one's quality was chosen. */
  #chosenAt = Number.NaN;
  /** What the next segment is to have at most. */
  #next: number | undefined;
  #calmSinceMs = 0;
  #triedMs = Number.NEGATIVE_INFINITY;
  /** The most bits in a second with which a part of the present quality came. */
  #fastest = 0;
  /** It plays a little slower, of whole segments. */
  #isLingering = false;
  readonly #failures = new Map<number, Failure>();

  constructor(hls: Hls) {
    this.#hls = hls;
    this.#hurry = hls.config.maxLiveSyncPlaybackRate;
  }

  loaded({ frag, part }: FragLoadedData): void {
    if (frag.type === "main" && frag.sn !== "initSegment") this.#linger(!part);
    if (!part) return this.#playAt(1);
    if (!this.#hls.autoLevelEnabled) return this.#free();
    const bits = part.stats.total * 8 + headBits;
    if (this.#run) this.#run.bits += bits;
    const details = this.#hls.levels[frag.level]?.details;
    if (frag.type !== "main" || !details) return;
    const { start, end } = part.stats.loading;
    this.#follow(frag.level, end);
    this.#fastest = Math.max(this.#fastest, (bits * 1_000) / (end - start + answerMs));
    this.#judge(frag, part, details, bits);
    this.#end = part.end;
    this.#playAt(this.#inHand() < wantedSeconds ? slower : 1);
    this.listed(details, end);
  }

  /** Where a segment is complete and has come as a whole the next one may have another quality. */
  listed({ fragments }: LevelDetails, atMs: number = performance.now()): void {
    if (!this.#isBound || this.#chosenAt === this.#end) return;
    if (!fragments.some(({ end }) => Math.abs(end - this.#end) < alikeSeconds)) return;
    this.#chosenAt = this.#end;
    if (this.#next === undefined) return this.#rise(atMs);
    this.#go(this.#next);
    this.#next = undefined;
  }

  get #isBound(): boolean {
    return this.#hls.autoLevelCapping >= 0;
  }

  /** `justCame`: seconds that are not in the buffer yet. */
  #inHand(justCame = 0): number {
    return (this.#hls.mainForwardBufferInfo?.len ?? 0) + justCame;
  }

  /** What hls.js has chosen itself. What it measured before it went down is of another network. */
  #follow(level: number, atMs: number): void {
    if (this.#isBound ? level < this.#hls.autoLevelCapping : level < this.#level) this.#bind(level);
    if (level === this.#level) return;
    if (level > this.#level && this.#level >= 0) this.#triedMs = atMs;
    this.#level = level;
    this.#next = undefined;
    this.#run = undefined;
    this.#fastest = 0;
    this.#calmSinceMs = atMs;
  }

  /** A bound alone has no effect before another part has come of the quality that hls.js has chosen last. */
  #go(level: number): void {
    this.#hls.autoLevelCapping = level;
    this.#hls.nextAutoLevel = level;
  }

  #bind(level: number): void {
    this.#hls.autoLevelCapping = level;
    this.#hls.config.maxLiveSyncPlaybackRate = 1;
  }

  #free(): void {
    if (!this.#isBound) return;
    this.#playAt(1);
    this.#hls.autoLevelCapping = -1;
    this.#next = undefined;
    this.#hls.config.maxLiveSyncPlaybackRate = this.#hurry;
  }

  /** While there is a bound hls.js does not choose the speed. */
  #playAt(rate: number): void {
    const { media } = this.#hls;
    if (media && this.#isBound && media.playbackRate !== rate) media.playbackRate = rate;
  }

  /** Who came when a stream had just begun is nearer to its end than is meant, and hls.js leaves it at that: a network that is slow for a moment would be enough for it to stand. */
  #linger(isWhole: boolean): void {
    const { media, config, latency, targetLatency } = this.#hls;
    const isNear = targetLatency !== null && latency > 0 && latency < targetLatency - nearSeconds;
    const isLingering = isWhole && isNear && this.#inHand() < wantedSeconds;
    if (!media || isLingering === this.#isLingering) return;
    this.#isLingering = isLingering;
    config.maxLiveSyncPlaybackRate = isLingering || this.#isBound ? 1 : this.#hurry;
    media.playbackRate = isLingering ? slower : 1;
  }

  #judge(frag: Fragment, part: Part, details: LevelDetails, bits: number): void {
    const { start, end } = part.stats.loading;
    const isNewest = details.partEnd - part.end < details.partTarget * 1.5;
    if (isNewest || !this.#run) this.#run = { atMs: start, seconds: part.start, bits };
    const passed = (end - this.#run.atMs) / 1_000;
    const gained = part.end - this.#run.seconds;
    const carried = (this.#run.bits + (gained / details.partTarget) * 2 * listBits) / passed;
    const isLong = passed > leastSeconds;
    if (gained >= passed * (isLong ? leastGain : hopelessGain)) return;
    if (carried > this.#cost(frag.level, details) * (isLong ? plenty : 1)) return;
    this.#calmSinceMs = end;
    this.#run = undefined;
    if (frag.level > 0) this.#lower(frag, part, details, { carried, gain: gained / passed, isLong });
  }

  #cost(level: number, { partTarget }: LevelDetails): number {
    return (this.#hls.levels[level]?.bitrate ?? 0) + (2 * (headBits + listBits)) / partTarget;
  }

  /** From here on where the segment would be waited for longer in the present quality than when it is begun again in the lower one, else from the next segment on. */
  #lower(
    frag: Fragment,
    part: Part,
    details: LevelDetails,
    { carried, gain, isLong }: { readonly carried: number; readonly gain: number; readonly isLong: boolean },
  ): void {
    const inHand = this.#inHand(part.duration);
    const most = carried * (isLong && inHand > ampleSeconds ? share : carefulShare);
    let lower = frag.level - 1;
    while (lower > 0 && this.#cost(lower, details) > most) lower--;
    if (this.#next === undefined) this.#fail(frag.level, part.stats.loading.end);
    const done = part.end - frag.start;
    const left = Math.max(0, details.targetduration - done);
    // What was measured first is in part of the network before.
    const doubt = isLong ? 1 : carefulShare;
    const standing = Math.max(0, left / (gain * doubt) - left - inHand);
    const standingAnew = Math.max(0, listSeconds + (done * this.#cost(lower, details)) / (carried * doubt) - inHand);
    this.#bind(frag.level);
    this.#next = lower;
    if (standing <= standingAnew) return;
    this.#go(lower);
    this.#next = undefined;
    // It begins the next part when it has told of this one.
    setTimeout(() => frag.abortRequests());
  }

  #fail(level: number, atMs: number): void {
    const isTrial = atMs - this.#triedMs < trialMs;
    const times = isTrial ? (this.#failures.get(level)?.times ?? 0) + 1 : 1;
    const untilMs = atMs + Math.min(holdMs * holdGrowth ** (times - 1), longestHoldMs);
    if (isTrial) this.#failures.set(level, { times, untilMs });
  }

  /** The network was calm: one step up, or no bound any more. */
  #rise(atMs: number): void {
    const { levels } = this.#hls;
    const [level, next] = [this.#level, this.#level + 1];
    const details = levels[level]?.details;
    const calm = atMs - this.#calmSinceMs;
    if (!details || calm < sureCalmMs) return;
    this.#failures.delete(level);
    if (next >= levels.length) return this.#free();
    const isSure = this.#fastest >= this.#cost(next, details);
    if (calm < (isSure ? sureCalmMs : calmMs) || atMs < (this.#failures.get(next)?.untilMs ?? 0)) return;
    const isTooDear = this.#hls.bandwidthEstimate * upShare < (levels[next]?.maxBitrate ?? 0);
    if (!isTooDear && this.#inHand() >= ampleSeconds) this.#go(next);
  }
}
