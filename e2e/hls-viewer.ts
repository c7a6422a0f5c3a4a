import { Downloads } from "./hls-downloads.ts";
import { ladderProblems } from "./hls-ladder.ts";
import { type MediaPlaylist, readPlaylist, type Segment } from "./hls-playlist.ts";
import { nextSequence, total } from "./hls-rules.ts";
import { addresses, type HlsOptions, HlsValidator } from "./hls-validator.ts";
import { type Answer, get } from "./http-get.ts";

export type HlsReport = {
  readonly problems: readonly string[];
  readonly snapshots: number;
  readonly segments: number;
  readonly parts: number;
};

/** For how long a stream is followed: so many seconds, or until somebody has seen enough. */
export type FollowOptions = { readonly seconds: number; readonly enough?: AbortSignal };

/** Follows a live stream as players do, in every way that there is at once, and says everything that is wrong. */
export async function validateHls(
  masterUrl: string,
  { seconds, enough, ...options }: HlsOptions & FollowOptions,
): Promise<HlsReport> {
  const validator = new HlsValidator(options);
  const master = await get(masterUrl);
  if (master.status !== 200)
    return { problems: [`HLS-15: ${masterUrl}: ${master.status}`], snapshots: 0, segments: 0, parts: 0 };
  const problems = [...validator.observe({ ...master, body: master.text }), ...corsProblems(master)];
  const { playlist } = readPlaylist(master.text);
  const urls = playlist.kind === "multivariant" ? addresses(playlist, masterUrl) : [masterUrl];
  const until = performance.now() + seconds * 1_000;
  const isOver = () => performance.now() > until || enough?.aborted === true;
  const followers = urls.map((url) => new Follower(url, validator, options));
  await Promise.all(followers.map((follower) => follower.run(isOver)));
  for (const follower of followers) problems.push(...follower.problems, ...follower.downloads.problems);
  problems.push(...lineUpProblems(followers));
  const sum = (count: (follower: Follower) => number) => followers.reduce((all, each) => all + count(each), 0);
  if (playlist.kind === "multivariant" && !options.mayPause) {
    const seen = new Map(followers.map(({ url, downloads }) => [url, downloads.seen]));
    problems.push(...ladderProblems(playlist, masterUrl, seen));
  }
  return {
    problems: summary(problems),
    snapshots: sum(({ snapshots }) => snapshots),
    segments: sum(({ downloads }) => downloads.counts.segments),
    parts: sum(({ downloads }) => downloads.counts.parts),
  };
}

/** Each problem once, with how often it was seen. */
function summary(problems: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const problem of problems) counts.set(problem, (counts.get(problem) ?? 0) + 1);
  return [...counts].map(([problem, count]) => (count > 1 ? `${problem} × ${count}` : problem));
}

/** Seconds between the dates of two renditions for the same moment: a frame of picture and one of sound. */
const lineUpTolerance = 0.06;

/** In all renditions, a date is the same moment of the presentation. */
function lineUpProblems(followers: readonly Follower[]): string[] {
  const distances = new Map<number, { seconds: number; url: string }>();
  const problems: string[] = [];
  for (const { url, downloads } of followers) {
    for (const { sequence, discontinuity, seconds } of downloads.distances) {
      const known = distances.get(discontinuity) ?? { seconds, url };
      distances.set(discontinuity, known);
      const apart = seconds - known.seconds;
      if (Math.abs(apart) > lineUpTolerance) {
        problems.push(
          `HLS-7: segment ${sequence} of ${url} is ${apart.toFixed(3)} s apart from ${known.url} by its date`,
        );
      }
    }
  }
  return problems;
}

/** One media playlist, polled and reloaded in every way at once. */
class Follower {
  readonly url: string;
  readonly problems: string[] = [];
  readonly downloads: Downloads;
  readonly #validator: HlsValidator;
  readonly #options: HlsOptions;
  snapshots = 0;
  #over = false;

  constructor(url: string, validator: HlsValidator, options: HlsOptions) {
    this.url = url;
    this.#validator = validator;
    this.#options = options;
    this.downloads = new Downloads(url);
  }

  async run(hasEnough: () => boolean): Promise<void> {
    const isOver = () => this.#over || hasEnough();
    const playlist = await this.#load();
    if (!playlist) return;
    const ways = [this.#poll(isOver), this.#packed()];
    if (playlist.control?.canBlockReload && !playlist.ended) {
      ways.push(this.#reload(isOver, true), this.#reload(isOver, false), this.#wrongDirectives(playlist));
    }
    if (playlist.control?.canSkipUntil !== undefined) ways.push(this.#skipping(isOver));
    await Promise.all(ways);
    await this.downloads.settle();
  }

  get #latest(): MediaPlaylist | undefined {
    return this.#validator.latest(this.url);
  }

  /** Loads the playlist once, with directives or without, and judges it. */
  async #load(directives: Readonly<Record<string, string | number>> = {}): Promise<MediaPlaylist | undefined> {
    const answer = await this.#ask(directives);
    const { status, text } = answer;
    const name = Object.entries(directives)
      .map(([key, value]) => ` ${key}=${value}`)
      .join("");
    if (status !== 200) {
      this.#missing(status, name);
      return undefined;
    }
    this.snapshots += 1;
    this.problems.push(...this.#validator.observe({ ...answer, body: text }), ...corsProblems(answer));
    const latest = this.#latest;
    if (latest) this.downloads.follow(latest);
    if (latest?.ended) this.#over = true;
    const { playlist } = readPlaylist(text);
    return playlist.kind === "media" ? playlist : undefined;
  }

  #missing(status: number, name: string): void {
    const isGone = status === 404 || status === 410;
    if (isGone) this.#over = true;
    // A reload that waited too long is told to come again (RFC 8216bis, section 6.2.5.2).
    const isLate = status === 503 && name !== "";
    if ((isGone || isLate) && this.#options.mayPause) return;
    this.problems.push(`HLS-5: the playlist is answered ${status}${name} (${this.url})`);
  }

  #ask(directives: Readonly<Record<string, string | number>>, headers = {}): Promise<Answer> {
    const url = new URL(this.url);
    for (const [name, value] of Object.entries(directives)) url.searchParams.set(name, String(value));
    return get(url.href, { headers });
  }

  async #poll(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await pause(500);
      await this.#load();
    }
  }

  /** Asks for the next part, or for the next segment, and gets it when it is there (RFC 8216bis, section 6.2.5.2). */
  async #reload(isOver: () => boolean, byPart: boolean): Promise<void> {
    for (let latest = this.#latest; latest && !isOver(); latest = this.#latest) {
      const msn = nextSequence(latest);
      const part = byPart ? latest.openParts.length : undefined;
      const from = performance.now();
      const got = await this.#load(part === undefined ? { _HLS_msn: msn } : { _HLS_msn: msn, _HLS_part: part });
      if (!got && !this.#options.mayPause) return;
      if (!got) await pause(500);
      if (!got) continue;
      const tookMs = performance.now() - from;
      this.#judgeReload(got, tookMs, msn, part);
      if (tookMs < 5) await pause(20); // what was known was old
    }
  }

  #judgeReload(got: MediaPlaylist, tookMs: number, msn: number, part: number | undefined): void {
    const next = nextSequence(got);
    const has = next > msn || (part !== undefined && next === msn && got.openParts.length > part);
    if (!has && !got.ended) this.#say(`LL-4: _HLS_msn=${msn}, part ${part} is answered without it`);
    const limitMs = 3_000 * got.targetDuration + 1_000;
    if (tookMs > limitMs) {
      this.#say(`LL-4: _HLS_msn=${msn}, part ${part} is answered after ${Math.round(tookMs)} ms`);
    }
  }

  /** What cannot be asked (RFC 8216bis, section 6.2.5.2), and a part behind the last of its segment. */
  async #wrongDirectives(playlist: MediaPlaylist): Promise<void> {
    const open = nextSequence(playlist);
    const wrong: Record<string, string | number>[] = [
      { _HLS_part: 0 },
      { _HLS_msn: open + 10 },
      { _HLS_msn: "abc" },
      { _HLS_msn: -1 },
      { _HLS_msn: "99999999999999999999" },
      { _HLS_msn: open + 1, _HLS_part: 1_000 },
      { _HLS_msn: open, _HLS_part: "x" },
      { _HLS_msn: open, _HLS_part: -1 },
    ];
    for (const directives of wrong) {
      const from = performance.now();
      const { status, text } = await this.#ask(directives);
      if (status === 200 && has(text, Number(directives._HLS_msn))) continue; // it has come meanwhile
      const query = new URLSearchParams(Object.entries(directives).map(([key, value]) => [key, String(value)]));
      if (status !== 400) this.#say(`LL-5: ${query} is answered ${status}`);
      if (performance.now() - from > 3_000) this.#say(`LL-5: ${query} is answered late`);
    }
    const last = this.#latest?.segments.at(-1);
    if (!last || last.parts.length === 0) return;
    const got = await this.#load({ _HLS_msn: last.sequence, _HLS_part: last.parts.length });
    if (!got || got.ended) return;
    const reaches = nextSequence(got) > last.sequence + 1 || got.openParts.length > 0;
    if (!reaches) this.#say("LL-4: a part behind the last of its segment is answered without the first of the next");
  }

  /** A delta update is the playlist without what it leaves out (RFC 8216bis, section 6.2.5.1). */
  async #skipping(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await pause(1_300);
      const [delta, whole] = await Promise.all([this.#load({ _HLS_skip: "YES" }), this.#load()]);
      if (!delta || !whole) continue;
      const isSameMoment =
        nextSequence(delta) === nextSequence(whole) && delta.openParts.length === whole.openParts.length;
      if (isSameMoment) for (const problem of deltaProblems(delta, whole)) this.#say(problem);
    }
  }

  /** A playlist is packed for who takes it, and only then. */
  async #packed(): Promise<void> {
    const [packed, loose] = await Promise.all([this.#ask({}), this.#ask({}, { "accept-encoding": "identity" })]);
    if (packed.headers["content-encoding"] !== "gzip") this.#say("HLS-13: the playlist is not packed with gzip");
    if (loose.headers["content-encoding"] !== undefined) this.#say("HLS-13: the playlist is packed unasked");
    const head = await get(this.url, { method: "HEAD" });
    if (head.status !== 200 || head.bytes.length > 0)
      this.#say(`HLS-13: HEAD of the playlist is answered ${head.status}`);
  }

  #say(problem: string): void {
    this.problems.push(`${problem} (${this.url})`);
  }
}

/** Whether a playlist has a whole segment of this number. */
function has(text: string, msn: number): boolean {
  const { playlist } = readPlaylist(text);
  return playlist.kind === "media" && nextSequence(playlist) > msn;
}

function deltaProblems(delta: MediaPlaylist, whole: MediaPlaylist): string[] {
  const { skipped = 0 } = delta;
  const problems: string[] = [];
  const kept = whole.segments.slice(skipped);
  if (content(delta, delta.segments) !== content(whole, kept)) {
    problems.push("LL-6: a delta update with what was known is not the playlist");
  }
  const old = total(whole.segments) + total(whole.openParts) - (whole.control?.canSkipUntil ?? 0);
  if (skipped === 0 && old > (whole.segments[0]?.duration ?? 0)) {
    problems.push("LL-6: nothing is left out of a delta update");
  }
  return problems;
}

/** What has to be the same in a playlist and a delta update; where nothing changes, a map may be left out. */
function content(
  { mediaSequence, discontinuitySequence, openParts }: MediaPlaylist,
  segments: readonly Segment[],
): string {
  const plain = segments.map(({ sequence, uri, duration, discontinuity, gap, parts }) => [
    sequence,
    uri,
    duration,
    discontinuity,
    gap,
    parts,
  ]);
  return JSON.stringify([mediaSequence, discontinuitySequence, openParts, plain]);
}

function corsProblems({ headers, url }: Answer): string[] {
  return headers["access-control-allow-origin"] === undefined
    ? [`HLS-13: no Access-Control-Allow-Origin (${url})`]
    : [];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
