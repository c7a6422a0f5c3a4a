import { listed } from "../../segments/listed.ts";
import type { Presentation } from "../../segments/presentation.ts";
import type { Rendition, Segment } from "../../segments/rendition.ts";
import { dateOf, discontinuitySequence, seconds } from "./media-playlist.ts";

/** The rendition whose keyframes are shown while a player winds: the smallest one that is being made. */
export function windingRendition({ rungs, leader }: Presentation): Rendition | undefined {
  const smallest = rungs.planned.findLast(({ isFed, isFresh }) => isFed && isFresh)?.rendition;
  return smallest ?? (leader?.kind === "video" && leader.segments.length > 0 ? leader : undefined);
}

/** Bits per second of the dearest keyframe, shown as long as its segment. */
export function keyframePeak({ segments, timescale }: Rendition): number {
  const rates = segments
    .filter(({ closed, duration }) => closed && duration > 0)
    .map(({ firstBytes = 0, duration }) => (firstBytes * 8 * timescale) / duration);
  return Math.max(0, ...rates);
}

/** A rendition's keyframes alone, one of each segment (RFC 8216bis, 4.4.3.6), each as a file of its own: players need not fetch what follows it. */
export function keyframePlaylist(presentation: Presentation, rendition: Rendition): string {
  const segments = listed(rendition, presentation).filter(({ closed }) => closed);
  const [first] = segments;
  return `${[
    "#EXTM3U",
    "#EXT-X-VERSION:6",
    `#EXT-X-TARGETDURATION:${presentation.targetSeconds ?? 1}`,
    `#EXT-X-MEDIA-SEQUENCE:${first?.msn ?? 0}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuitySequence(first)}`,
    "#EXT-X-I-FRAMES-ONLY",
    ...segments.flatMap((segment, index) => listing(presentation, rendition, segment, segments[index - 1])),
    ...(presentation.over ? ["#EXT-X-ENDLIST"] : []),
  ].join("\n")}\n`;
}

function listing(
  { nonce }: Presentation,
  rendition: Rendition,
  segment: Segment,
  before: Segment | undefined,
): string[] {
  const { boundary, init, msn, duration, independent, torn } = segment;
  const { key, timescale } = rendition;
  const isNew = !before || boundary.discontinuous || init !== before.init;
  return [
    ...(boundary.discontinuous ? ["#EXT-X-DISCONTINUITY"] : []),
    ...(isNew ? [`#EXT-X-MAP:URI="${key}/${nonce}-i${init.number}.mp4"`] : []),
    ...(!before || boundary.discontinuous ? [`#EXT-X-PROGRAM-DATE-TIME:${dateOf(segment, rendition)}`] : []),
    ...(independent && !torn ? [] : ["#EXT-X-GAP"]),
    `#EXTINF:${seconds(duration / timescale)},`,
    `${key}/${nonce}-${msn}.k.m4s`,
  ];
}
