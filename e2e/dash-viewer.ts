import { CmafTrack } from "./cmaf-track.ts";
import { type DashOptions, DashValidator, representationsOf } from "./dash-validator.ts";
import type { FollowOptions } from "./hls-viewer.ts";
import { type Answer, get } from "./http-get.ts";
import { firstShown, type Init, readFragments, readInit, ticks } from "./mp4-boxes.ts";
import { addressOf, type Mpd, type Period, type Representation, type TimelineEntry } from "./mpd.ts";

export type DashReport = {
  readonly problems: readonly string[];
  readonly snapshots: number;
  readonly segments: number;
  /** Segments that came piece by piece while they were written. */
  readonly growing: number;
};

/** Follows a live stream as players do, downloads every segment once, and says everything that is wrong. */
export async function validateDash(
  url: string,
  { seconds, enough, ...options }: DashOptions & FollowOptions,
): Promise<DashReport> {
  const viewer = new Viewer(url, options);
  const until = performance.now() + seconds * 1_000;
  await viewer.run(() => performance.now() > until || enough?.aborted === true);
  const { snapshots, segments, growing } = viewer;
  return { problems: [...new Set(viewer.problems)], snapshots, segments, growing };
}

class Viewer {
  readonly problems: string[] = [];
  snapshots = 0;
  segments = 0;
  growing = 0;
  #url: string;
  readonly #validator: DashValidator;
  readonly #tracks = new Map<string, Followed>();
  readonly #pending = new Set<Promise<void>>();

  constructor(url: string, options: DashOptions) {
    this.#url = url;
    this.#validator = new DashValidator(options);
  }

  async run(hasEnough: () => boolean): Promise<void> {
    let mpd = await this.#load();
    if (!mpd) return;
    const base = new URL(mpd.base, this.#url).href;
    await Promise.all([this.#clock(mpd, base), this.#unavailable(mpd, base)]);
    while (mpd?.type === "dynamic" && !hasEnough()) {
      this.#follow(mpd, base);
      await new Promise((resolve) => setTimeout(resolve, 500));
      mpd = await this.#load();
    }
    await Promise.all(this.#pending);
    for (const period of this.#validator.latest?.periods ?? []) {
      for (const { representation, key } of representationsOf(period))
        this.problems.push(...(this.#tracks.get(key)?.bandwidthProblems(representation) ?? []));
    }
    const isGrowing = this.#validator.latest?.periods.some((period) =>
      representationsOf(period).some(({ representation }) => !representation.template.availabilityTimeComplete),
    );
    if (isGrowing && this.growing === 0) this.problems.push("DASH-3: no segment came while it was written");
  }

  async #load(): Promise<Mpd | undefined> {
    const answer = await get(this.#url);
    this.#url = answer.url; // players stay where they were sent
    if (answer.status !== 200) this.problems.push(`DASH-1: the manifest is answered ${answer.status}`);
    else this.snapshots += 1;
    if (answer.headers["access-control-allow-origin"] === undefined) {
      this.problems.push("DASH-1: no Access-Control-Allow-Origin");
    }
    this.problems.push(...this.#validator.observe({ ...answer, body: answer.text }));
    const mpd = answer.status === 200 ? this.#validator.latest : undefined;
    if (mpd?.location !== undefined) this.#url = new URL(mpd.location, this.#url).href;
    return mpd;
  }

  /** The clock that players are told to use is there, and right. */
  async #clock({ utcTimings }: Mpd, base: string): Promise<void> {
    for (const timing of utcTimings) {
      const { said, nowMs } = await readClock(timing, base);
      const apart = Date.parse(said) - nowMs;
      if (!(Math.abs(apart) < 1_000)) {
        this.problems.push(`DASH-1: UTCTiming ${timing.scheme} says ${said}, ${apart} ms beside the clock`);
      }
    }
  }

  /** What is not there yet, and what is not there any more (ISO/IEC 23009-1, annex A.3). */
  async #unavailable(mpd: Mpd, base: string): Promise<void> {
    const period = mpd.periods.at(-1);
    if (!period) return;
    for (const { representation, key } of representationsOf(period)) {
      const { media, timeline } = representation.template;
      const [first, last] = [timeline[0], timeline.at(-1)];
      if (!first || !last) continue;
      const shifted = ({ time, duration, number }: TimelineEntry, by: number) => ({
        time: Math.max(0, time + by * duration),
        duration,
        number: Math.max(0, number + by),
      });
      const cases = { "before it is there": shifted(last, 20), "long after": shifted(first, -500) };
      for (const [when, entry] of Object.entries(cases)) {
        const { status } = await get(new URL(addressOf(media, representation, entry), base).href);
        if (status !== 404 && status !== 410)
          this.problems.push(`DASH-6: a segment of ${key} ${when} is answered ${status}`);
      }
    }
  }

  #follow(mpd: Mpd, base: string): void {
    for (const [index, period] of mpd.periods.entries()) {
      for (const { representation, key } of representationsOf(period)) {
        const followed = this.#tracks.get(key) ?? new Followed(key, base);
        this.#tracks.set(key, followed);
        for (const work of followed.wanted(representation, period, index === mpd.periods.length - 1)) this.#track(work);
      }
    }
  }

  #track(work: Promise<Judged>): void {
    const done = work
      .then(({ problems, grew }) => {
        this.problems.push(...problems);
        this.segments += 1;
        if (grew) this.growing += 1;
      })
      .catch((error) => void this.problems.push(`DASH-4: ${error}`));
    this.#pending.add(done);
    void done.finally(() => this.#pending.delete(done));
  }
}

async function readClock(
  { scheme, value }: Mpd["utcTimings"][number],
  base: string,
): Promise<{ said: string; nowMs: number }> {
  const way = /^urn:mpeg:dash:utc:(http-iso|http-xsdate|http-head|direct):20(12|14)$/.exec(scheme)?.[1];
  if (way === undefined) return { said: "nothing known", nowMs: 0 };
  if (way === "direct") return { said: value, nowMs: Date.now() };
  const isHead = way === "http-head";
  const { status, headers, text, askedAtMs, atMs } = await get(
    new URL(value, base).href,
    isHead ? { method: "HEAD" } : {},
  );
  const said = status === 200 ? (isHead ? headers.date : text.trim()) : `${status}`;
  return { said: said ?? "nothing", nowMs: (askedAtMs + atMs) / 2 };
}

type Judged = { readonly problems: readonly string[]; readonly grew: boolean };

/** The segments of one representation. */
class Followed {
  readonly #key: string;
  readonly #base: string;
  readonly #seen = new Set<number>();
  readonly #cmaf = new CmafTrack();
  #peak = 0;
  #init: Promise<Init> | undefined;

  constructor(key: string, base: string) {
    this.#key = key;
    this.#base = base;
  }

  /** It costs no more than it says. */
  bandwidthProblems({ attributes }: Representation): string[] {
    const announced = Number(attributes.get("bandwidth"));
    return this.#peak > announced * overrun
      ? [`DASH-1: bandwidth ${announced} of ${this.#key}, but ${Math.round(this.#peak)} bits a second at most`]
      : [];
  }

  /** Asks for everything that is new. */
  wanted(representation: Representation, period: Period, isNewest: boolean): Promise<Judged>[] {
    const { timeline, availabilityTimeComplete } = representation.template;
    return timeline.flatMap((entry, index) => {
      if (this.#seen.has(entry.time)) return [];
      this.#seen.add(entry.time);
      const isOpen = isNewest && index === timeline.length - 1 && !availabilityTimeComplete;
      const isFirst = index === 0 && period.start > 0;
      return [this.#judge(representation, entry, isOpen, isFirst)];
    });
  }

  async #judge(
    representation: Representation,
    entry: TimelineEntry,
    isOpen: boolean,
    isFirst: boolean,
  ): Promise<Judged> {
    const { template, attributes, contentType } = representation;
    this.#init ??= this.#loadInit(representation);
    const init = await this.#init;
    const answer = await get(new URL(addressOf(template.media, representation, entry), this.#base).href);
    const problems = answerProblems(answer, representation);
    if (answer.status !== 200) return { problems: this.#named(problems, entry), grew: false };
    const read = readFragments(answer.bytes, init);
    const [track] = init.tracks;
    // Where pictures are shown in another order, the first that is shown counts (ISO/IEC 23009-1, section 5.3.9.6).
    const start = track && Math.round(firstShown(read.fragments, track) * track.timescale);
    if (start !== entry.time) problems.push(`DASH-2: it begins at ${start}, the timeline says ${entry.time}`);
    const timescale = track?.timescale;
    if (timescale !== template.timescale)
      problems.push(`DASH-2: timescale ${timescale}, the template says ${template.timescale}`);
    const segment = {
      sequence: entry.number,
      bytes: answer.bytes,
      init,
      duration: entry.duration / template.timescale,
    };
    const seconds = ticks(read.fragments) / template.timescale;
    if (seconds > cutShortSeconds) this.#peak = Math.max(this.#peak, (answer.bytes.length * 8) / seconds);
    const independent = attributes.has("startWithSAP") || contentType === "audio";
    const found = this.#cmaf.segment({ ...segment, discontinuity: isFirst, independent });
    // What an open segment will last was a guess.
    problems.push(...found.filter((problem) => !(isOpen && problem.includes("is announced with"))));
    if (!template.availabilityTimeComplete) {
      const isCutShort = ticks(read.fragments) < cutShortSeconds * template.timescale;
      if (read.fragments.length < 2 && !isCutShort)
        problems.push(`DASH-3: ${read.fragments.length} moof in a segment of chunks`);
      if (read.fragments.some(({ producer }) => !producer)) problems.push("DASH-3: a chunk without prft");
    }
    return { problems: this.#named(problems, entry), grew: isOpen && grewFor(answer) > 0.4 * segment.duration };
  }

  async #loadInit(representation: Representation): Promise<Init> {
    const answer = await get(
      new URL(addressOf(representation.template.initialization, representation), this.#base).href,
    );
    if (answer.status !== 200) throw new Error(`the init segment of ${this.#key} is answered ${answer.status}`);
    const init = readInit(answer.bytes);
    const { codecs } = representation;
    const entry = init.tracks[0]?.codec ?? "";
    if (codecs.split(".")[0]?.toLowerCase() !== entry.toLowerCase()) {
      throw new Error(`${this.#key} is ${codecs}, its init segment ${entry}`);
    }
    if (!init.brands.some((brand) => /^cmf[c2]$/.test(brand))) throw new Error(`brands ${init.brands} of ${this.#key}`);
    return init;
  }

  #named(problems: readonly string[], entry: TimelineEntry): string[] {
    return problems.map((problem) => `${problem} (${this.#key} at ${entry.time})`);
  }
}

/** What players forgive. */
const overrun = 1.1;

/** A segment that is shorter may have a single chunk: its publisher was lost. */
const cutShortSeconds = 0.5;

function answerProblems({ status, headers }: Answer, { mimeType }: Representation): string[] {
  if (status !== 200) return [`DASH-2: a segment that is listed is answered ${status} ${headers.error ?? ""}`];
  const problems: string[] = [];
  if (headers["content-type"] !== mimeType)
    problems.push(`DASH-4: Content-Type ${headers["content-type"]}, not ${mimeType}`);
  if (headers["access-control-allow-origin"] === undefined) problems.push("DASH-2: no Access-Control-Allow-Origin");
  return problems;
}

/** Seconds between the first and the last piece of an answer. */
function grewFor({ pieces }: Answer): number {
  return ((pieces.at(-1)?.atMs ?? 0) - (pieces[0]?.atMs ?? 0)) / 1_000;
}
