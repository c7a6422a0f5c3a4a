import { listed } from "../../segments/listed.ts";
import type { Presentation } from "../../segments/presentation.ts";
import type { Part, Rendition, Segment } from "../../segments/rendition.ts";
import { isGap } from "../../segments/rung-rendition.ts";

/** How a media playlist is asked for. */
export type PlaylistForm = {
  /** With parts, hints and blocking reload. */
  readonly lowLatency: boolean;
  /** A delta update: without the segments that the client has. */
  readonly skip: boolean;
  /** Where a player begins, in seconds from the end (negative). */
  readonly startSeconds?: number;
};

const partTargets = 3;
const skipTargets = 6;
const holdTargets = 3;
/** Those with parts: RFC 8216bis, 4.4.4.9. */
const listedPartTargets = 3;

/** Shaka Player (5.2) asks for nothing more after a playlist whose last segment is only a few frames long, as one is where a publisher is lost. */
const briefSeconds = 0.25;

/** How far segments that are equally long may differ. */
const regularUs = 50_000;

/** What a segment is listed with. Kept, because nothing of it changes any more: its date, as many of its parts as there have been, and its end, once it is closed. */
type Listing = { readonly date: string; parts: string; listed: number; closed?: string };

const listings = new WeakMap<Segment, Listing>();

/** One rendition's media playlist (RFC 8216bis, 4.4). The presentation has a target duration. */
export function mediaPlaylist(presentation: Presentation, rendition: Rendition, form: PlaylistForm): string {
  const segments = shown(listed(rendition, presentation), presentation, rendition, form);
  const [first] = segments;
  const target = presentation.targetSeconds ?? 1;
  const skipped = form.skip ? skippable(segments, rendition, target) : 0;
  const head = [
    "#EXTM3U",
    `#EXT-X-VERSION:${form.lowLatency ? 9 : 6}`,
    `#EXT-X-TARGETDURATION:${target}`,
    ...(form.lowLatency ? control(presentation, target) : [wholeControl(target)]),
    `#EXT-X-MEDIA-SEQUENCE:${first?.msn ?? 0}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuitySequence(first)}`,
    ...(presentation.independent ? ["#EXT-X-INDEPENDENT-SEGMENTS"] : []),
    ...(form.startSeconds === undefined ? [] : [`#EXT-X-START:TIME-OFFSET=${form.startSeconds}`]),
    ...dateRanges(presentation, segments),
    ...(skipped > 0 ? [`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`] : []),
  ];
  const body = segments
    .slice(skipped)
    .map((segment, index) => listing(presentation, rendition, segment, segments[skipped + index - 1], form, segments));
  return `${[...head, ...body.filter((text) => text !== ""), ...tail(presentation, rendition, form)].join("\n")}\n`;
}

/** Where whole segments are listed a brief one waits for the next. */
function shown(
  segments: readonly Segment[],
  { over }: Presentation,
  { timescale }: Rendition,
  { lowLatency }: Pick<PlaylistForm, "lowLatency">,
): readonly Segment[] {
  if (lowLatency || over) return segments;
  const last = segments.findLastIndex(({ closed }) => closed);
  const isBrief = last > 0 && (segments[last]?.duration ?? 0) < briefSeconds * timescale;
  return isBrief ? segments.slice(0, last) : segments;
}

/** Whether the plain view lists the segment. */
export function isShown(presentation: Presentation, rendition: Rendition, msn: number): boolean {
  const last = shown(rendition.segments, presentation, rendition, { lowLatency: false }).findLast(
    ({ closed }) => closed,
  );
  return last !== undefined && last.msn >= msn;
}

/** Advertising cues, as they came (RFC 8216bis, 4.4.5.1.1). A break's end carries the identifier of its beginning. */
function dateRanges(presentation: Presentation, [first]: readonly Segment[]): string[] {
  const { cues } = presentation;
  if (cues.length === 0 || !first) return [];
  const fromUs = first.boundary.atUs;
  return cues.flatMap(({ timeUs, cue }) => {
    if (!cue || timeUs < fromUs) return [];
    const { eventId, out, durationSeconds } = cue.splice;
    const name = out === undefined ? "SCTE35-CMD" : out ? "SCTE35-OUT" : "SCTE35-IN";
    const start = cues.find((each) => each.cue?.splice.eventId === eventId && each.cue.splice.out)?.timeUs ?? timeUs;
    const planned = durationSeconds === undefined ? "" : `,PLANNED-DURATION=${seconds(durationSeconds)}`;
    const actual = out === false ? `,DURATION=${seconds((timeUs - start) / 1_000_000)}` : "";
    const date = new Date((first.boundary.anchorUs + start) / 1000).toISOString();
    const hex = Buffer.from(cue.section).toString("hex").toUpperCase();
    return [`#EXT-X-DATERANGE:ID="splice-${eventId}",START-DATE="${date}"${planned}${actual},${name}=0x${hex}`];
  });
}

/** How many discontinuities there were before this segment's (RFC 8216bis, 4.4.3.3). */
export function discontinuitySequence(first: Segment | undefined): number {
  return first ? first.boundary.era - (first.boundary.discontinuous ? 1 : 0) : 0;
}

/** The name of a segment or part, from the playlist. */
export function mediaUri({ nonce }: Presentation, { key }: Rendition, msn: number, part?: number): string {
  return `${key}/${nonce}-${msn}${part === undefined ? "" : `.${part}`}.m4s`;
}

function control({ partTargetSeconds }: Presentation, target: number): string[] {
  const partHold = seconds(partTargetSeconds * partTargets);
  return [
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${partHold},HOLD-BACK=${target * holdTargets},CAN-SKIP-UNTIL=${target * skipTargets}`,
    `#EXT-X-PART-INF:PART-TARGET=${seconds(partTargetSeconds)}`,
  ];
}

/** Players that know it hear of a segment when it is there, and have it in hand up to a segment's length earlier; the others ask again and again. */
function wholeControl(target: number): string {
  return `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=${target * holdTargets}`;
}

/** How many segments are so old that who has them needs no second look. */
function skippable(segments: readonly Segment[], { timescale }: Rendition, target: number): number {
  const last = segments.at(-1);
  if (!last) return 0;
  const until = last.ticks + last.duration - target * skipTargets * timescale;
  const kept = segments.findIndex(({ ticks, duration, closed }) => !closed || ticks + duration > until);
  return Math.max(0, kept);
}

function listing(
  presentation: Presentation,
  rendition: Rendition,
  segment: Segment,
  before: Segment | undefined,
  form: PlaylistForm,
  segments: readonly Segment[],
): string {
  const text: string[] = [];
  const isFirst = before === undefined;
  if (segment.boundary.discontinuous) text.push("#EXT-X-DISCONTINUITY");
  const isPart = form.lowLatency && hasParts(presentation, rendition, segment, segments);
  if (!segment.closed && !isPart) return "";
  if (isFirst || segment.boundary.discontinuous || segment.init !== before.init) {
    text.push(`#EXT-X-MAP:URI="${rendition.key}/${presentation.nonce}-i${segment.init.number}.mp4"`);
  }
  if (!segment.closed && segment.parts.length === 0) return "";
  const kept = listingOf(segment, rendition);
  text.push(isPart ? withParts(presentation, rendition, segment, kept) : kept.date);
  if (segment.closed) text.push(closedLines(presentation, rendition, segment, kept));
  return text.join("\n");
}

function listingOf(segment: Segment, rendition: Rendition): Listing {
  let kept = listings.get(segment);
  if (!kept) {
    kept = { date: `#EXT-X-PROGRAM-DATE-TIME:${dateOf(segment, rendition)}`, parts: "", listed: 0 };
    listings.set(segment, kept);
  }
  return kept;
}

function withParts(presentation: Presentation, rendition: Rendition, segment: Segment, kept: Listing): string {
  for (const part of segment.parts.slice(kept.listed)) {
    kept.parts += `\n${partLine(presentation, rendition, segment, part)}`;
    kept.listed++;
  }
  return kept.date + kept.parts;
}

function closedLines(presentation: Presentation, rendition: Rendition, segment: Segment, kept: Listing): string {
  const gap = isGap(segment) ? "#EXT-X-GAP\n" : "";
  kept.closed ??= `${gap}#EXTINF:${seconds(segment.duration / rendition.timescale)},\n${mediaUri(presentation, rendition, segment.msn)}`;
  return kept.closed;
}

function hasParts(
  { targetSeconds = 1 }: Presentation,
  { timescale }: Rendition,
  { ticks, duration }: Segment,
  segments: readonly Segment[],
): boolean {
  const last = segments.at(-1);
  const end = last ? last.ticks + last.duration : 0;
  return ticks + duration > end - targetSeconds * listedPartTargets * timescale;
}

function partLine(presentation: Presentation, rendition: Rendition, segment: Segment, part: Part): string {
  const independent = part.independent ? ",INDEPENDENT=YES" : "";
  const uri = mediaUri(presentation, rendition, segment.msn, part.index);
  return `#EXT-X-PART:DURATION=${seconds(part.duration / rendition.timescale)},URI="${uri}"${independent}`;
}

function tail(presentation: Presentation, rendition: Rendition, { lowLatency }: PlaylistForm): string[] {
  if (presentation.over) return ["#EXT-X-ENDLIST"];
  if (!lowLatency) return [];
  const { msn, part } = nextPart(rendition);
  return [
    `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${mediaUri(presentation, rendition, msn, part)}"`,
    ...[...presentation.renditions.values(), ...presentation.rungs.renditions]
      .filter((other) => other !== rendition && other.segments.length > 0)
      .map(report),
  ];
}

/** The part that probably comes next: where segments are all as long, and this one is now, the first of another. */
function nextPart({ segments, timescale }: Rendition): { msn: number; part: number } {
  const [earlier, before, last] = segments.slice(-3);
  const newest = last ?? before ?? earlier;
  if (!newest) return { msn: 0, part: 0 };
  if (newest.closed) return { msn: newest.msn + 1, part: 0 };
  const next = { msn: newest.msn, part: newest.parts.length };
  if (!earlier || !before || !last) return next;
  const usualUs = before.boundary.atUs - earlier.boundary.atUs;
  const lastUs = last.boundary.atUs - before.boundary.atUs;
  const beyondUs = ((last.ticks + last.duration) / timescale) * 1_000_000 + 1 - last.boundary.atUs - lastUs;
  const isRegular = Math.abs(usualUs - lastUs) < regularUs && beyondUs >= 0 && beyondUs < regularUs;
  return isRegular ? { msn: last.msn + 1, part: 0 } : next;
}

/** How far a rendition is. Of a segment that has just begun the one before is told: hls.js (1.7) takes part 0 for none, and waits for a part that comes much later. */
function report({ key, segments }: Rendition): string {
  const [before, last] = segments.filter(({ parts }) => parts.length > 0).slice(-2);
  const newest = last && last.parts.length > 1 ? last : before;
  return `#EXT-X-RENDITION-REPORT:URI="${key}.m3u8",LAST-MSN=${newest?.msn ?? 0},LAST-PART=${(newest?.parts.length ?? 1) - 1}`;
}

/** When the segment's first frame was made, as far as the server can tell. */
export function dateOf({ boundary, ticks }: Segment, { timescale }: Rendition): string {
  return new Date((boundary.anchorUs + (ticks / timescale) * 1_000_000) / 1000).toISOString();
}

/** To 10 µs. */
export function seconds(value: number): string {
  return String(Math.round(value * 100_000) / 100_000);
}
