import { type MediaPlaylist, type Multivariant, type Part, readPlaylist, type Segment } from "./hls-playlist.ts";
import { endOf, frame, nextSequence, placedParts, problemsWithin, total } from "./hls-rules.ts";
import { multivariantProblems } from "./hls-variants.ts";

/** One answer to a request for a playlist. */
export type Snapshot = {
  /** When the answer was there, in milliseconds of UTC. */
  readonly atMs: number;
  /** When it was asked for; the same moment if left out. */
  readonly askedAtMs?: number;
  readonly url: string;
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type HlsOptions = {
  /** The publisher may go away for a while: no new segment then is no mistake. */
  readonly mayPause?: boolean;
};

/** Judges playlists as they are polled: each by itself, and each by what was said before. What is wrong is said in words that begin with the rule's name. */
export class HlsValidator {
  readonly #options: HlsOptions;
  readonly #followed = new Map<string, Followed>();
  #renditions: readonly string[] = [];

  constructor(options: HlsOptions = {}) {
    this.#options = options;
  }

  observe(snapshot: Snapshot): string[] {
    if (snapshot.status !== 200) return [];
    const { playlist, problems } = readPlaylist(snapshot.body);
    problems.push(...headerProblems(snapshot));
    if (playlist.kind === "multivariant") {
      this.#renditions = addresses(playlist, snapshot.url);
      return named(snapshot, [...problems, ...multivariantProblems(playlist)]);
    }
    const key = withoutDirectives(snapshot.url);
    const followed = this.#followed.get(key) ?? new Followed(this.#options);
    this.#followed.set(key, followed);
    problems.push(...problemsWithin(playlist), ...followed.observe(playlist, snapshot));
    problems.push(...this.#besideOthers(key, playlist), ...this.#reports(key, playlist, snapshot));
    return named(snapshot, problems);
  }

  /** A playlist as it was last seen, delta updates filled up. */
  latest(url: string): MediaPlaylist | undefined {
    return this.#followed.get(withoutDirectives(url))?.newest;
  }

  /** What has to be the same in all playlists of a presentation. */
  #besideOthers(key: string, playlist: MediaPlaylist): string[] {
    const problems: string[] = [];
    for (const [other, { newest }] of this.#followed) {
      if (other === key || newest === undefined) continue;
      if (newest.targetDuration !== playlist.targetDuration) {
        problems.push(`HLS-8: TARGETDURATION ${playlist.targetDuration}, but ${newest.targetDuration} in ${other}`);
      }
      if (newest.constants !== playlist.constants) {
        problems.push(`LL-1: SERVER-CONTROL or PART-INF differ from ${other}`);
      }
    }
    return problems;
  }

  /** What a playlist says of the others is how far they are. */
  #reports(key: string, playlist: MediaPlaylist, { url, askedAtMs, atMs }: Snapshot): string[] {
    if (playlist.partTarget === undefined || playlist.ended) return [];
    const reported = new Map(playlist.reports.map((report) => [resolve(report.uri, url), report]));
    const others = this.#renditions.filter((rendition) => rendition !== key);
    return others.flatMap((rendition) => {
      const report = reported.get(rendition);
      if (!report) return [`LL-8: no RENDITION-REPORT for ${rendition}`];
      const place = position(report.lastMsn, report.lastPart ?? 0);
      const known = this.#followed.get(rendition)?.positionAt(askedAtMs ?? atMs) ?? place;
      return isBehind(place, known)
        ? [`LL-8: RENDITION-REPORT for ${rendition} is behind: ${report.lastMsn}.${report.lastPart}`]
        : [];
    });
  }
}

/** A report may be one part old: it was written when the last part of its own playlist came. */
function isBehind(place: number, known: number): boolean {
  const nextSegment = position(Math.floor(place / 10_000) + 1, 0);
  return known > place + 1 && known !== nextSegment;
}

/** The addresses of all media playlists that a multivariant playlist names. */
export function addresses(playlist: Multivariant, base: string): string[] {
  const uris = [
    ...playlist.variants.map(({ uri }) => uri),
    ...playlist.renditions.flatMap((rendition) => rendition.get("URI") ?? []),
  ];
  return [...new Set(uris.map((uri) => resolve(uri, base)))];
}

function resolve(uri: string, base: string): string {
  return new URL(uri, withoutDirectives(base)).href;
}

/** The address of a playlist, whatever was asked of it. */
export function withoutDirectives(url: string): string {
  const plain = new URL(url);
  for (const name of [...plain.searchParams.keys()]) if (name.startsWith("_HLS_")) plain.searchParams.delete(name);
  return plain.href;
}

/** Parts in one row: those of a segment are fewer than ten thousand. */
function position(msn: number, part: number): number {
  return msn * 10_000 + part;
}

function named({ url }: Snapshot, problems: readonly string[]): string[] {
  return problems.map((problem) => `${problem} (${withoutDirectives(url)})`);
}

function headerProblems({ headers }: Snapshot): string[] {
  const problems: string[] = [];
  const type = headers["content-type"] ?? "none";
  if (!/^(application\/vnd\.apple\.mpegurl|audio\/mpegurl)\s*(;.*)?$/i.test(type)) {
    problems.push(`HLS-13: Content-Type ${type} of a playlist`);
  }
  const cache = headers["cache-control"] ?? "none";
  const [, seconds] = /max-age=(\d+)/.exec(cache) ?? [];
  if (!/no-cache|no-store/.test(cache) && !(Number(seconds) <= 1)) {
    problems.push(`HLS-13: Cache-Control ${cache} of a playlist`);
  }
  return problems;
}

/** Milliseconds that a date may be beside the clock: a machine with much to do reads its first frames late. */
const clockMs = 3_000;

type Known = { segment: Segment; dateMs: number | undefined };

/** One media playlist through time. */
class Followed {
  newest: MediaPlaylist | undefined;
  readonly #options: HlsOptions;
  readonly #segments = new Map<number, Known>();
  readonly #parts = new Map<number, Part[]>();
  readonly #owners = new Map<string, string>();
  readonly #positions: { atMs: number; at: number }[] = [];
  #hint: { after: number; uri: string } | undefined;
  #firstAtMs = 0;
  #newestAtMs = 0;
  #segmentAtMs = 0;
  #sequenceAtFirst = 0;

  constructor(options: HlsOptions) {
    this.#options = options;
  }

  /** The newest part that had been seen at a moment. */
  positionAt(atMs: number): number | undefined {
    return this.#positions.findLast((each) => each.atMs <= atMs)?.at;
  }

  observe(given: MediaPlaylist, snapshot: Snapshot): string[] {
    const problems: string[] = [];
    const playlist = this.#whole(given, problems);
    const before = this.newest;
    if (before?.ended && (!playlist.ended || nextSequence(before) !== nextSequence(playlist))) {
      problems.push("HLS-9: the playlist changes after EXT-X-ENDLIST");
    }
    problems.push(...this.#known(playlist));
    if (before) problems.push(...constantProblems(before, playlist));
    const asked = snapshot.askedAtMs ?? snapshot.atMs;
    const older = before !== undefined && isFurther(before, playlist);
    // An answer that was on its way when a newer one came is no step back.
    if (older && asked <= this.#newestAtMs) return problems;
    if (before) problems.push(...sequenceProblems(before, playlist, this.#segments));
    else this.#begin(playlist, snapshot);
    problems.push(...this.#hintKept(playlist), ...this.#pace(playlist, snapshot));
    this.#remember(playlist, snapshot);
    return problems;
  }

  /** A delta update with what it leaves out put back from what is known. */
  #whole(playlist: MediaPlaylist, problems: string[]): MediaPlaylist {
    const { skipped, mediaSequence, targetDuration } = playlist;
    if (skipped === undefined) return playlist;
    const until =
      (this.newest?.control?.canSkipUntil ?? playlist.control?.canSkipUntil ?? 0) || Number.POSITIVE_INFINITY;
    const kept: Segment[] = [];
    for (let sequence = mediaSequence; sequence < mediaSequence + skipped; sequence++) {
      const known = this.#segments.get(sequence);
      if (!known) problems.push(`LL-6: segment ${sequence} is left out but was never listed`);
      else kept.push({ ...known.segment, parts: [] });
    }
    if (skipped === 0) problems.push("LL-6: nothing is left out by EXT-X-SKIP");
    if (total(playlist.segments) + total(playlist.openParts) < Math.min(until, 6 * targetDuration) - targetDuration) {
      problems.push("LL-6: segments within CAN-SKIP-UNTIL of the end are left out");
    }
    const { skipped: _, ...rest } = playlist;
    const map = kept.at(-1)?.map;
    const listed = playlist.segments.map((segment) => (map === undefined ? segment : { map, ...segment }));
    return { ...rest, segments: [...kept, ...listed] };
  }

  #begin(playlist: MediaPlaylist, { atMs }: Snapshot): void {
    this.#firstAtMs = atMs;
    this.#segmentAtMs = atMs;
    this.#sequenceAtFirst = playlist.mediaSequence;
  }

  /** What was listed once stays as it was. */
  #known(playlist: MediaPlaylist): string[] {
    const problems: string[] = [];
    let expected: number | undefined;
    for (const segment of playlist.segments) {
      const start = segment.dateMs ?? expected;
      expected = endOf(start, segment.duration);
      const known = this.#segments.get(segment.sequence);
      const dateMs = known?.dateMs ?? start;
      this.#segments.set(segment.sequence, { segment, dateMs });
      problems.push(...this.#owned(segment.uri, `segment ${segment.sequence}`));
      if (!known) continue;
      problems.push(...changes(known.segment, segment));
      if (dateMs !== undefined && start !== undefined && Math.abs(start - dateMs) > frame * 1_000) {
        problems.push(`HLS-7: the date of segment ${segment.sequence} changed by ${start - dateMs} ms`);
      }
    }
    const open = { sequence: nextSequence(playlist), parts: playlist.openParts };
    for (const { sequence, parts } of [...playlist.segments, open]) problems.push(...this.#knownParts(sequence, parts));
    return problems;
  }

  /** Parts stay as they were too; they go from the front, and come at the back. */
  #knownParts(sequence: number, parts: readonly Part[]): string[] {
    const known = this.#parts.get(sequence) ?? [];
    const [first] = parts;
    if (!first) return [];
    const skipped = Math.max(
      0,
      known.findIndex(({ uri }) => uri === first.uri),
    );
    const same = parts.every((part, index) => {
      const was = known[skipped + index];
      return (
        was === undefined ||
        (was.uri === part.uri && was.duration === part.duration && was.independent === part.independent)
      );
    });
    if (skipped + parts.length > known.length) this.#parts.set(sequence, [...known.slice(0, skipped), ...parts]);
    const problems = parts.flatMap(({ uri }, index) =>
      this.#owned(uri, `part ${skipped + index} of segment ${sequence}`),
    );
    return same ? problems : [...problems, `LL-2: the parts of segment ${sequence} changed`];
  }

  /** One address is one thing for ever. */
  #owned(uri: string, owner: string): string[] {
    const before = this.#owners.get(uri);
    this.#owners.set(uri, before ?? owner);
    return before === undefined || before === owner ? [] : [`HLS-14: ${uri} was ${before} and is now ${owner}`];
  }

  /** The part that was hinted is the one that comes next. */
  #hintKept(playlist: MediaPlaylist): string[] {
    const hint = this.#hint;
    if (!hint) return [];
    const next = placedParts(playlist).find(({ msn, index }) => position(msn, index) > hint.after);
    if (!next || next.part.uri === hint.uri) return [];
    return [`LL-7: ${hint.uri} was hinted, but ${next.part.uri} came`];
  }

  /** New segments come in time, and enough of the old ones stay. */
  #pace(playlist: MediaPlaylist, { atMs, askedAtMs }: Snapshot): string[] {
    const problems: string[] = [];
    const before = this.newest;
    const target = playlist.targetDuration;
    const grown = before !== undefined && nextSequence(playlist) > nextSequence(before);
    const waitedMs = (askedAtMs ?? atMs) - this.#segmentAtMs;
    const live = !playlist.ended && this.#options.mayPause !== true;
    if (before && live && !grown && waitedMs > 1_500 * target) {
      problems.push(`HLS-5: no new segment for ${waitedMs / 1_000} s, TARGETDURATION is ${target}`);
    }
    const old = playlist.mediaSequence > this.#sequenceAtFirst || atMs - this.#firstAtMs > 5_000 * target;
    if (old && !playlist.ended && total(playlist.segments) < 3 * target - 0.1) {
      problems.push(`HLS-4: ${total(playlist.segments)} s are listed, less than 3 × ${target}`);
    }
    const last = this.#segments.get(nextSequence(playlist) - 1);
    if (grown && live && last?.dateMs !== undefined) {
      const ageMs = atMs - last.dateMs - last.segment.duration * 1_000;
      if (ageMs < -clockMs || ageMs > 1_000 * target + clockMs) {
        problems.push(`HLS-7: segment ${last.segment.sequence} came ${ageMs} ms after its end by PROGRAM-DATE-TIME`);
      }
    }
    return problems;
  }

  #remember(playlist: MediaPlaylist, { atMs }: Snapshot): void {
    if (!this.newest || nextSequence(playlist) > nextSequence(this.newest)) this.#segmentAtMs = atMs;
    if (!this.newest || isFurther(playlist, this.newest)) this.#newestAtMs = atMs;
    this.newest = playlist;
    this.#positions.push({ atMs, at: placeOf(playlist) });
    if (this.#positions.length > 100) this.#positions.shift();
    const hint = playlist.hints.find(({ type }) => type === "PART");
    this.#hint = hint && { after: placeOf(playlist), uri: hint.uri };
  }
}

/** A segment may be whole only after its last part. */
function isFurther(one: MediaPlaylist, other: MediaPlaylist): boolean {
  return placeOf(one) > placeOf(other) || nextSequence(one) > nextSequence(other);
}

/** How far a playlist reaches. */
function placeOf(playlist: MediaPlaylist): number {
  const next = nextSequence(playlist);
  if (playlist.openParts.length > 0) return position(next, playlist.openParts.length - 1);
  return position(next - 1, Math.max(0, (playlist.segments.at(-1)?.parts.length ?? 0) - 1));
}

function changes(was: Segment, is: Segment): string[] {
  const problems: string[] = [];
  const say = (rule: string, what: string, old: unknown, now: unknown) => {
    if (old !== now) problems.push(`${rule}: ${what} of segment ${is.sequence} changed from ${old} to ${now}`);
  };
  say("HLS-3", "the address", was.uri, is.uri);
  say("HLS-3", "the duration", was.duration, is.duration);
  say("HLS-6", "the discontinuity", was.discontinuity, is.discontinuity);
  say("HLS-6", "the EXT-X-MAP", was.map, is.map);
  return problems;
}

function constantProblems(before: MediaPlaylist, now: MediaPlaylist): string[] {
  const problems: string[] = [];
  if (before.targetDuration !== now.targetDuration) {
    problems.push(`HLS-2: TARGETDURATION changed from ${before.targetDuration} to ${now.targetDuration}`);
  }
  if (before.constants !== now.constants && !now.ended) problems.push("LL-1: SERVER-CONTROL or PART-INF changed");
  if (before.version !== now.version)
    problems.push(`HLS-1: the version changed from ${before.version} to ${now.version}`);
  if (before.type !== now.type && before.type !== undefined) problems.push("HLS-9: PLAYLIST-TYPE changed");
  if (now.type !== undefined && now.mediaSequence !== before.mediaSequence) {
    problems.push(`HLS-9: a segment of an ${now.type} playlist was removed`);
  }
  return problems;
}

/** What was removed is counted, and nothing goes back. */
function sequenceProblems(
  before: MediaPlaylist,
  now: MediaPlaylist,
  segments: ReadonlyMap<number, { readonly segment: Segment }>,
): string[] {
  const problems: string[] = [];
  const removed = now.mediaSequence - before.mediaSequence;
  if (removed < 0)
    problems.push(`HLS-3: MEDIA-SEQUENCE goes back from ${before.mediaSequence} to ${now.mediaSequence}`);
  if (nextSequence(now) < nextSequence(before))
    problems.push(`HLS-3: segment ${nextSequence(before) - 1} is gone again`);
  if (now.mediaSequence > nextSequence(before)) {
    problems.push(`HLS-3: MEDIA-SEQUENCE jumps from ${before.mediaSequence} to ${now.mediaSequence}`);
    return problems;
  }
  let discontinuities = 0;
  for (let sequence = before.mediaSequence; sequence < now.mediaSequence; sequence++) {
    if (segments.get(sequence)?.segment.discontinuity) discontinuities += 1;
  }
  const counted = now.discontinuitySequence - before.discontinuitySequence;
  if (counted !== discontinuities && removed >= 0) {
    problems.push(`HLS-3: DISCONTINUITY-SEQUENCE went up by ${counted}, ${discontinuities} were removed`);
  }
  return problems;
}
