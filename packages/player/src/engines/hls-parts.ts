import Hls, { type FragLoadedData, type Fragment, type LevelDetails, type Part } from "hls.js";

/** What hls.js keeps to itself of what chooses the next segment to load. */
type Loader = {
  readonly loadingParts: boolean;
  getFragmentAtPosition(bufferEnd: number, end: number, details: LevelDetails): Fragment | null;
};

/** Times of one keyframe differ by less from quality to quality. */
const alikeSeconds = 0.05;
/** What each part costs besides its own bytes, for picture and sound: two heads, and two playlists with theirs. */
const besidesBits = 2 * 1_150 * 8;
/** Whoever has been loading without a pause for so long, and has not come nearer to the newest part, will not. */
const leastSeconds = 0.6;
const leastGain = 1.1;
/** That is seen at once where so little comes in a second. */
const hopelessGain = 0.5;
/** Of what was carried so much may be needed. */
const share = 0.9;
/** So many parts in a row that each came in so much of the time that they last: there is room for more. */
const quickParts = 10;
const quickShare = 0.2;

/** Makes hls.js (1.7.4) good for parts where the network is slow. */
export function carryParts(hls: Hls): void {
  keepWhole(hls);
  const pace = new Pace(hls);
  hls.on(Hls.Events.FRAG_LOADED, (_event, data) => pace.loaded(data));
}

/**
 * It goes from one quality to another with a segment that it has already, when its end and the next one's beginning differ by a rounding: a whole segment is fetched twice,
 * on a network that has just become slow. What ends where a segment begins is told to it as that.
 */
function keepWhole(hls: Hls): void {
  const { streamController: loader } = hls as unknown as { readonly streamController: Loader };
  const find = loader.getFragmentAtPosition.bind(loader);
  loader.getFragmentAtPosition = (bufferEnd, end, details) => {
    const starts = [...details.fragments, details.fragmentHint].map((fragment) => fragment?.start ?? Number.NaN);
    const start = starts.find((each) => each >= bufferEnd && each - bufferEnd < alikeSeconds);
    return find(loader.loadingParts && start !== undefined ? start : bufferEnd, end, details);
  };
}

/**
 * It measures parts alone, without what they cost besides, loads all parts of a segment before it chooses again, and never leaves the second lowest quality early. So who does not
 * come nearer to the newest part has a lower quality from here on, until parts come quickly again.
 */
class Pace {
  readonly #hls: Hls;
  #since: { readonly atMs: number; readonly seconds: number } | undefined;
  #level = -1;
  #quick = 0;

  constructor(hls: Hls) {
    this.#hls = hls;
  }

  loaded({ frag, part }: FragLoadedData): void {
    const details = this.#hls.levels[frag.level]?.details;
    if (!part || !details || frag.type !== "main" || !this.#hls.autoLevelEnabled) return;
    this.#noteQuick(part);
    if (frag.level < this.#level && this.#hls.autoLevelCapping < 0) this.#stay(frag.level);
    const { start, end } = part.stats.loading;
    if (frag.level !== this.#level || details.partEnd - part.end < details.partTarget * 1.5) this.#since = undefined;
    this.#level = frag.level;
    this.#since ??= { atMs: start, seconds: part.start };
    const passed = (end - this.#since.atMs) / 1_000;
    const gained = part.end - this.#since.seconds;
    if (gained < passed * (passed > leastSeconds ? leastGain : hopelessGain))
      this.#lower(frag, part, details, gained / passed);
  }

  /** What it measured before it went down is of another network: with that it would go up again in the middle of the segment, and load it a third time. */
  #stay(level: number): void {
    this.#hls.autoLevelCapping = level;
    this.#quick = 0;
  }

  #noteQuick({ stats: { loading }, duration }: Part): void {
    const isQuick = loading.end - loading.start < duration * 1_000 * quickShare;
    this.#quick = isQuick ? this.#quick + 1 : 0;
    if (this.#quick >= quickParts) this.#hls.autoLevelCapping = -1;
  }

  /** `pace`: seconds of the stream that came in a second. */
  #lower(frag: Fragment, part: Part, { partTarget, targetduration }: LevelDetails, pace: number): void {
    const { levels } = this.#hls;
    this.#since = undefined;
    const besides = besidesBits / partTarget;
    const cost = (level: number) => (levels[level]?.bitrate ?? 0) + besides;
    const carried = cost(frag.level) * pace;
    let lower = frag.level - 1;
    while (lower > 0 && cost(lower) > carried * share) lower--;
    if (lower < 0) return;
    this.#hls.autoLevelCapping = lower;
    const done = (part.index + 1) * partTarget;
    const isWorthIt = (done * cost(lower)) / carried < (targetduration - done) / pace;
    // It begins the next part when it has told of this one.
    if (isWorthIt) setTimeout(() => frag.abortRequests());
  }
}
