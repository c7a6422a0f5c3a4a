import type { Snapshot } from "./hls-validator.ts";
import { addressOf, type Mpd, type Period, type Representation, readMpd, type TimelineEntry } from "./mpd.ts";

export type DashOptions = {
  /** The publisher may go away for a while: no new segment then is no mistake. */
  readonly mayPause?: boolean;
};

/** Judges manifests of a live stream as they are loaded: each by itself, and each by what was said before. What is wrong is said in words that begin with the rule's name. */
export class DashValidator {
  readonly #options: DashOptions;
  readonly #periods = new Map<string, Period>();
  readonly #tracks = new Map<string, Track>();
  #before: { mpd: Mpd; body: string } | undefined;

  constructor(options: DashOptions = {}) {
    this.#options = options;
  }

  observe(snapshot: Snapshot): string[] {
    if (snapshot.status !== 200) return [];
    let mpd: Mpd;
    try {
      mpd = readMpd(snapshot.body);
    } catch (error) {
      return [`DASH-1: ${String(error)}`];
    }
    const problems = [...headerProblems(snapshot), ...periodProblems(mpd.periods)];
    // What was live is a recording when it is over.
    const isOver = mpd.type === "static" && this.#before !== undefined;
    problems.push(...(isOver ? overProblems(mpd) : dynamicProblems(mpd)));
    if (this.#before) problems.push(...constantProblems(this.#before, mpd, snapshot.body));
    for (const period of mpd.periods) {
      problems.push(...this.#knownPeriod(period));
      for (const { representation, key } of representationsOf(period)) {
        problems.push(
          ...representationProblems(representation),
          ...this.#timeline(key, representation, period, mpd, snapshot),
        );
      }
    }
    problems.push(...this.#forgotten(mpd));
    this.#before = { mpd, body: snapshot.body };
    return problems;
  }

  get latest(): Mpd | undefined {
    return this.#before?.mpd;
  }

  /** A period stays what it was: what it carries, and when it began. */
  #knownPeriod(period: Period): string[] {
    const problems: string[] = [];
    const known = this.#periods.get(period.id);
    this.#periods.set(period.id, period);
    if (!known) return problems;
    if (known.start !== period.start)
      problems.push(`DASH-5: period ${period.id} begins at ${period.start}, before at ${known.start}`);
    if (known.duration !== undefined && known.duration !== period.duration) {
      problems.push(`DASH-5: the duration of period ${period.id} changed from ${known.duration} to ${period.duration}`);
    }
    const [before, now] = [known, period].map(
      (each) => new Map(representationsOf(each).map(({ key, representation }) => [key, identity(representation)])),
    );
    for (const [key, is] of now ?? []) {
      const was = before?.get(key);
      if (was === undefined) problems.push(`DASH-5: ${key} is new in a period that was there`);
      else if (was !== is) problems.push(`DASH-5: ${key} changed within its period from ${was} to ${is}`);
    }
    for (const key of before?.keys() ?? []) if (!now?.has(key)) problems.push(`DASH-5: ${key} is gone from its period`);
    return problems;
  }

  #timeline(key: string, representation: Representation, period: Period, mpd: Mpd, snapshot: Snapshot): string[] {
    const track = this.#tracks.get(key) ?? new Track(key);
    this.#tracks.set(key, track);
    const isNewest = period === mpd.periods.at(-1);
    const problems = track.observe(representation.template.timeline, representation, isNewest);
    if (isNewest && mpd.type === "dynamic" && !this.#options.mayPause)
      problems.push(...edgeProblems(key, representation, period, mpd, snapshot));
    return problems;
  }

  /** A period goes when its segments have gone, and the oldest first. */
  #forgotten(mpd: Mpd): string[] {
    const before = this.#before?.mpd.periods ?? [];
    const ids = new Set(mpd.periods.map(({ id }) => id));
    const kept = before.findIndex(({ id }) => ids.has(id));
    if (before.length > 0 && kept < 0) return ["DASH-5: all periods are others than before"];
    return before
      .slice(Math.max(kept, 0))
      .flatMap(({ id }) => (ids.has(id) ? [] : [`DASH-5: period ${id} is gone before older ones`]));
  }
}

/** All representations of a period, each with a key that is its own. */
export function representationsOf(period: Period): { key: string; representation: Representation }[] {
  return period.sets.flatMap(({ representations }) =>
    representations.map((representation) => ({ key: `${period.id}/${representation.id}`, representation })),
  );
}

function identity({ codecs, mimeType, template, attributes }: Representation): string {
  const { timescale, media, initialization, presentationTimeOffset } = template;
  const shape = ["width", "height", "audioSamplingRate"].map((name) => attributes.get(name));
  return JSON.stringify([codecs, mimeType, timescale, media, initialization, presentationTimeOffset, ...shape]);
}

function headerProblems({ headers }: Snapshot): string[] {
  const problems: string[] = [];
  const type = headers["content-type"] ?? "none";
  if (!/^application\/dash\+xml\s*(;.*)?$/i.test(type)) problems.push(`DASH-1: Content-Type ${type}`);
  const cache = headers["cache-control"] ?? "none";
  const [, seconds] = /max-age=(\d+)/.exec(cache) ?? [];
  if (!/no-cache|no-store/.test(cache) && !(Number(seconds) <= 1)) problems.push(`DASH-1: Cache-Control ${cache}`);
  return problems;
}

function dynamicProblems(mpd: Mpd): string[] {
  const problems: string[] = [];
  const need = (good: boolean, words: string) => {
    if (!good) problems.push(`DASH-1: ${words}`);
  };
  need(mpd.type === "dynamic", `type is ${mpd.type}`);
  need(!Number.isNaN(mpd.availabilityStartMs), "no availabilityStartTime");
  need(!Number.isNaN(mpd.publishMs), "no publishTime");
  need(mpd.minimumUpdatePeriod !== undefined, "no minimumUpdatePeriod");
  need(mpd.utcTimings.length > 0, "no UTCTiming");
  need(mpd.timeShiftBufferDepth !== undefined, "no timeShiftBufferDepth");
  need(mpd.attributes.has("profiles"), "no profiles");
  need(mpd.attributes.has("minBufferTime"), "no minBufferTime");
  const hasDelay = mpd.suggestedPresentationDelay !== undefined || mpd.latencyTargetMs !== undefined;
  need(hasDelay, "no suggestedPresentationDelay and no ServiceDescription");
  return problems;
}

function periodProblems(periods: readonly Period[]): string[] {
  const problems = periods.flatMap((period, index) => [
    ...setProblems(period),
    ...borderProblems(period, periods[index + 1]),
  ]);
  if (periods.length === 0) problems.push("DASH-1: no Period");
  if (new Set(periods.map(({ id }) => id)).size !== periods.length) problems.push("DASH-5: two periods with one id");
  return problems;
}

function borderProblems({ id, start, duration }: Period, next: Period | undefined): string[] {
  if (!next) return [];
  if (next.start <= start) return [`DASH-5: period ${next.id} begins at ${next.start}, not after ${start}`];
  const end = start + (duration ?? next.start - start);
  return Math.abs(end - next.start) > 0.001
    ? [`DASH-5: period ${id} ends at ${end}, the next begins at ${next.start}`]
    : [];
}

function setProblems({ id, sets }: Period): string[] {
  const problems: string[] = [];
  if (id === "") problems.push("DASH-5: a period without id");
  if (sets.length === 0) problems.push(`DASH-1: period ${id} is empty`);
  for (const { attributes, representations } of sets) {
    if (attributes.get("segmentAlignment") !== "true")
      problems.push("DASH-4: an AdaptationSet without segmentAlignment");
    const kinds = new Set(representations.map(({ contentType }) => contentType));
    if (new Set(representations.map(({ template }) => JSON.stringify(template.timeline))).size > 1)
      problems.push("DASH-4: representations of one AdaptationSet are not aligned");
    if (kinds.size !== 1) problems.push(`DASH-4: an AdaptationSet of ${[...kinds].join(" and ") || "nothing"}`);
  }
  return problems;
}

function representationProblems(representation: Representation): string[] {
  const { id, attributes, codecs, mimeType, contentType } = representation;
  const needed = contentType === "video" ? ["width", "height", "frameRate"] : ["audioSamplingRate"];
  const isKind = /^(video|audio)\/mp4$/.test(mimeType) && mimeType.startsWith(contentType);
  const isOneCodec = codecs !== "" && !codecs.includes(",");
  const faults: [boolean, string, string][] = [
    [!(Number(attributes.get("bandwidth")) > 0), "DASH-1", "has no bandwidth"],
    [!isOneCodec, "DASH-4", `has the codecs "${codecs}"`],
    [!isKind, "DASH-4", `is ${mimeType}`],
    [!/^[12]$/.test(attributes.get("startWithSAP") ?? "1"), "DASH-4", "has a startWithSAP that is not 1 or 2"],
    ...needed.map((name): [boolean, string, string] => [!attributes.has(name), "DASH-1", `has no ${name}`]),
  ];
  return [
    ...faults.flatMap(([is, rule, words]) => (is ? [`${rule}: representation ${id} ${words}`] : [])),
    ...templateProblems(representation),
  ];
}

function templateProblems({ id, template }: Representation): string[] {
  const {
    media,
    initialization,
    availabilityTimeOffset: offset,
    availabilityTimeComplete,
    timeline,
    timescale,
  } = template;
  const shortest = Math.min(...timeline.slice(0, -1).map(({ duration }) => duration / timescale));
  const faults: [boolean, string, string][] = [
    [!/\$(Number|Time)(%0\dd)?\$/.test(media), "DASH-2", `has the template ${media}`],
    [initialization === "", "DASH-2", "has no init segment"],
    [offset > 0 && availabilityTimeComplete, "DASH-3", "has an availabilityTimeOffset and is complete"],
    [!(offset > 0 || availabilityTimeComplete), "DASH-3", "is not complete and has no availabilityTimeOffset"],
    [offset >= shortest, "DASH-3", `has an availabilityTimeOffset of ${offset}, segments of ${shortest} s`],
  ];
  return faults.flatMap(([is, rule, words]) => (is ? [`${rule}: representation ${id} ${words}`] : []));
}

function overProblems({ attributes }: Mpd): string[] {
  const problems: string[] = [];
  if (!attributes.has("mediaPresentationDuration")) problems.push("DASH-1: static without mediaPresentationDuration");
  if (attributes.has("minimumUpdatePeriod")) problems.push("DASH-1: static with minimumUpdatePeriod");
  return problems;
}

function constantProblems(before: { mpd: Mpd; body: string }, now: Mpd, body: string): string[] {
  const problems: string[] = [];
  const was = before.mpd;
  if (was.availabilityStartMs !== now.availabilityStartMs) problems.push("DASH-1: availabilityStartTime changed");
  if (now.publishMs < was.publishMs) problems.push("DASH-1: publishTime goes back");
  if (now.publishMs === was.publishMs && withoutBase(body) !== withoutBase(before.body))
    problems.push("DASH-1: another manifest with the same publishTime");
  if (now.type === "dynamic" && was.type === "static") problems.push("DASH-1: live again after the end");
  if (now.type === "dynamic" && was.timeShiftBufferDepth !== now.timeShiftBufferDepth)
    problems.push("DASH-2: timeShiftBufferDepth changed");
  return problems;
}

/** Where things are may be told to each viewer in their own way. */
function withoutBase(body: string): string {
  return body.replace(/<(BaseURL|Location)>[^<]*<\/\1>/g, "");
}

/** How near the newest segment is to now. */
function edgeProblems(
  key: string,
  { template }: Representation,
  { start }: Period,
  mpd: Mpd,
  { atMs }: Snapshot,
): string[] {
  const last = template.timeline.at(-1);
  if (!last) return [`DASH-2: ${key} has no segment`];
  const edge = (time: number) =>
    mpd.availabilityStartMs / 1_000 + start + (time - template.presentationTimeOffset) / template.timescale;
  const length = last.duration / template.timescale;
  const offset = Number.isFinite(template.availabilityTimeOffset) ? template.availabilityTimeOffset : 0;
  const now = atMs / 1_000;
  const early = edge(last.time + last.duration) - offset - now;
  const problems: string[] = [];
  if (early > clockSeconds) problems.push(`DASH-6: ${key} names a segment that is there in ${early.toFixed(3)} s`);
  const late = now - edge(last.time + last.duration);
  const most = 2 * length + (mpd.minimumUpdatePeriod ?? 0) + clockSeconds;
  if (late > most) problems.push(`DASH-2: the newest segment of ${key} ended ${late.toFixed(3)} s ago`);
  return problems;
}

/** Seconds that the clock of the media may be beside that of the machine. */
const clockSeconds = 3;

/** The timeline of one representation through time. */
class Track {
  readonly #key: string;
  readonly #entries = new Map<number, TimelineEntry>();
  #newest = -1;
  #first = -1;

  constructor(key: string) {
    this.#key = key;
  }

  observe(timeline: readonly TimelineEntry[], representation: Representation, mayGrow: boolean): string[] {
    const problems = joinProblems(timeline);
    for (const [index, entry] of timeline.entries()) {
      // The duration of a segment that is still being written is not known yet.
      const isOpen = mayGrow && index === timeline.length - 1 && !representation.template.availabilityTimeComplete;
      problems.push(...this.#known(entry, representation, isOpen));
    }
    const [first, last] = [timeline[0]?.time ?? this.#first, timeline.at(-1)?.time ?? this.#newest];
    if (first < this.#first) problems.push(`the timeline begins at ${first} again`);
    if (last < this.#newest) problems.push(`the segment at ${this.#newest} is gone again`);
    this.#first = first;
    this.#newest = Math.max(this.#newest, last);
    return problems.map((problem) => `DASH-2: ${this.#key}: ${problem}`);
  }

  #known(entry: TimelineEntry, representation: Representation, isOpen: boolean): string[] {
    const known = this.#entries.get(entry.time);
    if (!isOpen) this.#entries.set(entry.time, entry);
    if (known) {
      const problems =
        known.duration === entry.duration
          ? []
          : [`the segment at ${entry.time} lasted ${known.duration}, now ${entry.duration}`];
      const address = (each: TimelineEntry) => addressOf(representation.template.media, representation, each);
      return address(known) === address(entry)
        ? problems
        : [...problems, `the segment at ${entry.time} is now ${address(entry)}`];
    }
    const overlapped = entry.time < this.#newest;
    return overlapped ? [`a segment at ${entry.time} was put in before ${this.#newest}`] : [];
  }
}

/** Each segment begins where the one before ends. */
function joinProblems(timeline: readonly TimelineEntry[]): string[] {
  return timeline.flatMap(({ time, duration }, index) => {
    const problems = duration > 0 ? [] : [`the segment at ${time} lasts ${duration}`];
    const before = timeline[index - 1];
    const end = before ? before.time + before.duration : time;
    if (time < end) problems.push(`the segment at ${time} overlaps the one before, which ends at ${end}`);
    if (time > end) problems.push(`a gap from ${end} to ${time}`);
    return problems;
  });
}
