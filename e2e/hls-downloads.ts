import { CmafTrack, partProblems } from "./cmaf-track.ts";
import type { PlacedSegment, Seen } from "./hls-ladder.ts";
import type { MediaPlaylist, Part, Segment } from "./hls-playlist.ts";
import { endOf, placedParts, total } from "./hls-rules.ts";
import { type Answer, get } from "./http-get.ts";
import { type Init, readInit } from "./mp4-boxes.ts";
import { TsTrack } from "./ts-segment.ts";

/** Downloads everything that one media playlist lists, once, and judges it. */
export class Downloads {
  readonly problems: string[] = [];
  readonly #base: string;
  readonly #answers = new Map<string, Promise<Answer>>();
  readonly #inits = new Map<string, Promise<Init>>();
  readonly #pending = new Set<Promise<void>>();
  readonly #segments = new Set<number>();
  readonly #parts = new Map<string, { msn: number; index: number }>();
  readonly #hinted = new Set<string>();
  readonly #cmaf = new CmafTrack();
  readonly #ts = new TsTrack();
  /** Seconds of UTC that lie between a segment's date and its media time, by segment. */
  readonly #distances: { readonly sequence: number; readonly discontinuity: number; readonly seconds: number }[] = [];
  readonly #placed: PlacedSegment[] = [];
  #newest: MediaPlaylist | undefined;
  #hasPicture = false;
  #bits: { bits: number; seconds: number }[] = [];

  constructor(base: string) {
    this.#base = base;
  }

  get counts(): { segments: number; parts: number } {
    return { segments: this.#segments.size, parts: this.#parts.size };
  }

  get distances() {
    return this.#distances;
  }

  /** Bits per second of the dearest segment, and where all of them lie. */
  get seen(): Seen {
    const peak = Math.max(0, ...this.#bits.map(({ bits, seconds }) => bits / seconds));
    return { peak, placed: this.#placed, hasPicture: this.#hasPicture };
  }

  /** Asks for what a playlist names and was not asked for yet. */
  follow(playlist: MediaPlaylist): void {
    const hint = playlist.hints.find(({ type }) => type === "PART");
    if (hint) {
      this.#hinted.add(hint.uri);
      void this.#answer(hint.uri);
    }
    const maps = mapsOf(playlist);
    for (const { msn, index, part } of placedParts(playlist)) {
      if (this.#parts.has(part.uri)) continue;
      this.#parts.set(part.uri, { msn, index });
      this.#track(this.#judgePart(part, maps.get(msn)));
    }
    let date: number | undefined;
    let discontinuity = playlist.discontinuitySequence;
    for (const segment of playlist.segments) {
      const start = segment.dateMs ?? date;
      date = endOf(start, segment.duration);
      if (segment.discontinuity) discontinuity += 1;
      if (this.#segments.has(segment.sequence)) continue;
      this.#segments.add(segment.sequence);
      const independent = playlist.independentSegments || segment.parts[0]?.independent === true;
      this.#track(this.#judgeSegment(segment, { start, discontinuity, independent }));
    }
    this.#keepsRemoved(playlist);
    this.#newest = playlist;
  }

  async settle(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #track(work: Promise<void>): void {
    const guarded = work.catch((error) => void this.#say(`HLS-11: ${error}`, ""));
    this.#pending.add(guarded);
    void guarded.finally(() => this.#pending.delete(guarded));
  }

  #say(problem: string, uri: string): void {
    this.problems.push(`${problem} (${uri} of ${this.#base})`);
  }

  #answer(uri: string): Promise<Answer> {
    let answer = this.#answers.get(uri);
    if (!answer) {
      answer = get(new URL(uri, this.#base).href);
      this.#answers.set(uri, answer);
    }
    return answer;
  }

  #init(uri: string): Promise<Init> {
    let init = this.#inits.get(uri);
    if (!init) {
      init = this.#answer(uri).then((answer) => {
        for (const problem of mediaProblems(answer, false)) this.#say(problem, uri);
        const read = readInit(answer.bytes);
        if (!read.brands.some((brand) => /^cmf[c2]$/.test(brand))) this.#say(`DASH-4: brands ${read.brands}`, uri);
        return read;
      });
      this.#inits.set(uri, init);
    }
    return init;
  }

  async #judgePart(part: Part, map: string | undefined): Promise<void> {
    const answer = await this.#answer(part.uri);
    const hinted = this.#hinted.has(part.uri) ? "LL-7: hinted: " : "";
    for (const problem of mediaProblems(answer, false)) this.#say(`${hinted}${problem}`, part.uri);
    if (answer.status !== 200 || map === undefined) return;
    for (const problem of partProblems(answer.bytes, await this.#init(map), part)) this.#say(problem, part.uri);
  }

  async #judgeSegment(segment: Segment, { start, discontinuity, independent }: Place): Promise<void> {
    const { sequence, uri, duration, map } = segment;
    const answer = await this.#answer(uri);
    for (const problem of mediaProblems(answer, true)) this.#say(problem, uri);
    if (answer.status !== 200) return;
    this.#bits.push({ bits: answer.bytes.length * 8, seconds: duration });
    if (map === undefined) {
      for (const problem of this.#ts.segment({ ...segment, bytes: answer.bytes, independent })) this.#say(problem, uri);
      return;
    }
    const init = await this.#init(map);
    const given = { sequence, bytes: answer.bytes, init, duration, discontinuity: segment.discontinuity, independent };
    for (const problem of this.#cmaf.segment(given)) this.#say(problem, uri);
    const extent = this.#cmaf.extents.get(sequence);
    this.#hasPicture = init.tracks[0]?.handler === "vide";
    if (extent) this.#placed.push({ sequence, discontinuity, start: extent.shown, duration });
    if (extent && start !== undefined) {
      this.#distances.push({ sequence, discontinuity, seconds: start / 1_000 - extent.shown });
    }
    await this.#partsAreSegment(sequence, answer.bytes, uri, duration);
    if (this.#segments.size % 8 === 1) await this.#plainHttp(uri, answer);
  }

  /** The parts of a segment behind each other are the segment. */
  async #partsAreSegment(sequence: number, bytes: Uint8Array, uri: string, duration: number): Promise<void> {
    const listed = this.#newest?.segments.find((each) => each.sequence === sequence)?.parts ?? [];
    if (listed.length === 0 || Math.abs(total(listed) - duration) > 0.05) return;
    const parts = await Promise.all(listed.map((part) => this.#answer(part.uri)));
    const joined = Buffer.concat(parts.map((part) => part.bytes));
    if (!joined.equals(bytes))
      this.#say(`LL-2: the parts have ${joined.length} bytes, the segment ${bytes.length}`, uri);
  }

  /** HEAD and ranges (RFC 9110, sections 9.3.2 and 14). */
  async #plainHttp(uri: string, { bytes, headers }: Answer): Promise<void> {
    const url = new URL(uri, this.#base).href;
    const [head, first, beyond, same] = await Promise.all([
      get(url, { method: "HEAD" }),
      get(url, { headers: { range: "bytes=10-109" } }),
      get(url, { headers: { range: "bytes=999999999-" } }),
      get(url, { headers: { "if-none-match": headers.etag ?? "" } }),
    ]);
    if (head.status !== 200 || Number(head.headers["content-length"]) !== bytes.length) {
      this.#say(`HLS-13: HEAD is answered ${head.status} with ${head.headers["content-length"]} bytes`, uri);
    }
    const range = `bytes 10-109/${bytes.length}`;
    const cut = Buffer.from(bytes.subarray(10, 110));
    if (first.status !== 206 || first.headers["content-range"] !== range || !cut.equals(first.bytes)) {
      this.#say(`HLS-14: a range is answered ${first.status} ${first.headers["content-range"]}`, uri);
    }
    if (beyond.status !== 416) this.#say(`HLS-14: a range beyond the end is answered ${beyond.status}`, uri);
    if (same.status !== 304) this.#say(`HLS-13: If-None-Match with its own ETag is answered ${same.status}`, uri);
  }

  /** What is not listed any more can still be had for a while. */
  #keepsRemoved(playlist: MediaPlaylist): void {
    const before = this.#newest;
    if (!before) return;
    const gone = before.segments.filter(({ sequence }) => sequence < playlist.mediaSequence);
    const listed = new Set(placedParts(playlist).map(({ part }) => part.uri));
    const goneParts = placedParts(before).filter(({ part }) => !listed.has(part.uri));
    const later = (uri: string, seconds: number, rule: string) => {
      const check = async () => {
        const { status } = await get(new URL(uri, this.#base).href, { method: "HEAD" });
        if (status !== 200) this.#say(`${rule}: ${status} ${seconds} s after it was taken off the list`, uri);
      };
      setTimeout(() => this.#track(check()), seconds * 1_000).unref();
    };
    for (const { uri, duration } of gone) later(uri, duration, "HLS-4");
    for (const { part } of goneParts.slice(0, 1)) later(part.uri, 2.9 * playlist.targetDuration, "LL-3");
  }
}

type Place = { readonly start: number | undefined; readonly discontinuity: number; readonly independent: boolean };

/** The init segment of each segment, the open one too. */
function mapsOf({ segments, openMap }: MediaPlaylist): Map<number, string> {
  const maps = new Map(segments.flatMap(({ sequence, map }) => (map === undefined ? [] : [[sequence, map] as const])));
  const last = segments.at(-1);
  const open = openMap ?? last?.map;
  if (last && open !== undefined) maps.set(last.sequence + 1, open);
  return maps;
}

const mediaTypes = /^(video\/mp2t|video\/mp4|audio\/mp4|video\/iso\.segment|audio\/aac)$/;

function mediaProblems({ status, headers }: Answer, isSegment: boolean): string[] {
  if (status !== 200) return [`HLS-4: it is listed, and answered ${status}`];
  const problems: string[] = [];
  const type = headers["content-type"] ?? "none";
  if (!mediaTypes.test(type)) problems.push(`HLS-13: Content-Type ${type}`);
  const cache = headers["cache-control"] ?? "none";
  const [, seconds] = /max-age=(\d+)/.exec(cache) ?? [];
  if (!(Number(seconds) >= 60) || !cache.includes("immutable")) problems.push(`HLS-13: Cache-Control ${cache}`);
  if (isSegment && !headers.etag) problems.push("HLS-13: no ETag");
  if (headers["access-control-allow-origin"] === undefined) problems.push("HLS-13: no Access-Control-Allow-Origin");
  if (headers["content-encoding"] !== undefined) problems.push("HLS-13: media is packed");
  return problems;
}
