import type { Presentation } from "./presentation.ts";
import type { Rendition, Segment } from "./rendition.ts";

/** RFC 8216bis, 6.2.2: a live playlist is at least three target durations long; one more is for who is late. */
export const leastTargets = 4;

/** The rendition's segments that a playlist lists: those that end within the window, or are needed for three target durations. */
export function listed(
  { segments, timescale }: Rendition,
  { settings, targetSeconds = 0, over }: Presentation,
): readonly Segment[] {
  const newest = segments.at(-1);
  if (!newest) return [];
  if (over) return segments.filter(({ shed }) => !shed); // the stream's past has gone with it
  const seconds = Math.max(settings.windowSeconds, targetSeconds * leastTargets);
  const from = newest.ticks + newest.duration - seconds * timescale;
  const first = segments.findIndex(({ ticks, duration }) => ticks + duration > from);
  return first <= 0 ? segments : segments.slice(first);
}
