import type { MediaPlaylist, Part, Segment } from "./hls-playlist.ts";

/** Seconds by which written decimals may differ from what was measured. */
const rounding = 0.002;
/** Seconds within which two dates are the same: a frame. */
export const frame = 0.05;

/** What one media playlist shows to be wrong, whatever came before. */
export function problemsWithin(playlist: MediaPlaylist): string[] {
  return [
    ...versionProblems(playlist),
    ...durationProblems(playlist),
    ...dateProblems(playlist),
    ...mapProblems(playlist),
    ...duplicateProblems(playlist),
    ...controlProblems(playlist),
    ...partProblems(playlist),
    ...hintProblems(playlist),
  ];
}

/** The parts of a playlist with their place, the open segment's last. */
export function placedParts(playlist: MediaPlaylist): { msn: number; index: number; part: Part }[] {
  const open = { sequence: nextSequence(playlist), parts: playlist.openParts };
  return [...playlist.segments, open].flatMap(({ sequence, parts }) =>
    parts.map((part, index) => ({ msn: sequence, index, part })),
  );
}

/** The number of the segment that is not complete yet. */
export function nextSequence(playlist: MediaPlaylist): number {
  return playlist.mediaSequence + (playlist.skipped ?? 0) + playlist.segments.length;
}

export function total(list: readonly { readonly duration: number }[]): number {
  return list.reduce((sum, { duration }) => sum + duration, 0);
}

function versionProblems(playlist: MediaPlaylist): string[] {
  const needs: [number, boolean, string][] = [
    [3, playlist.segments.some(({ duration }) => !Number.isInteger(duration)), "decimals in EXTINF"],
    [6, playlist.segments.some(({ map }) => map !== undefined), "EXT-X-MAP"],
    [9, playlist.skipped !== undefined, "EXT-X-SKIP"],
    [9, playlist.control?.canSkipUntil !== undefined, "CAN-SKIP-UNTIL"],
  ];
  return needs.flatMap(([version, used, what]) =>
    used && playlist.version < version
      ? [`HLS-1: version ${playlist.version} with ${what}, which needs ${version}`]
      : [],
  );
}

function durationProblems({ targetDuration, segments, skipped }: MediaPlaylist): string[] {
  const problems = segments
    .filter(({ duration }) => Math.round(duration) > targetDuration)
    .map(
      ({ sequence, duration }) => `HLS-2: segment ${sequence} of ${duration} s with TARGETDURATION ${targetDuration}`,
    );
  if (targetDuration < 1) problems.push(`HLS-2: TARGETDURATION ${targetDuration}`);
  if (segments.length === 0 && !skipped) problems.push("HLS-15: no segment in the playlist");
  for (const { sequence, duration } of segments) {
    if (duration <= 0) problems.push(`HLS-2: segment ${sequence} lasts ${duration} s`);
  }
  return problems;
}

/** A date on the first segment and after every discontinuity; dates go on where the last segment ended. */
function dateProblems({ segments, skipped }: MediaPlaylist): string[] {
  const problems: string[] = [];
  let expected: number | undefined;
  for (const [index, segment] of segments.entries()) {
    const { sequence, dateMs, duration, discontinuity } = segment;
    const needed = (index === 0 && !skipped) || discontinuity;
    if (needed && dateMs === undefined) problems.push(`HLS-7: segment ${sequence} has no PROGRAM-DATE-TIME`);
    problems.push(...jumpProblems(segment, expected));
    expected = endOf(dateMs ?? expected, duration);
  }
  return problems;
}

/** When a segment ends, in milliseconds. */
export function endOf(startMs: number | undefined, duration: number): number | undefined {
  return startMs === undefined ? undefined : startMs + duration * 1_000;
}

function jumpProblems({ sequence, dateMs, discontinuity }: Segment, expected: number | undefined): string[] {
  if (dateMs === undefined || expected === undefined) return [];
  const apart = (dateMs - expected) / 1_000;
  if (apart < -frame) return [`HLS-7: the date of segment ${sequence} goes back by ${-apart} s`];
  return apart > frame && !discontinuity ? [`HLS-7: the date of segment ${sequence} jumps by ${apart} s`] : [];
}

function mapProblems({ segments, skipped }: MediaPlaylist): string[] {
  const problems: string[] = [];
  if (skipped !== undefined) return problems; // the map in force may be left out
  let before: Segment | undefined;
  for (const segment of segments) {
    const { sequence, map, mapHere, discontinuity } = segment;
    if (before && map !== before.map && !discontinuity) {
      problems.push(`HLS-6: another EXT-X-MAP at segment ${sequence} without a discontinuity`);
    }
    if (discontinuity && map !== undefined && !mapHere) {
      problems.push(`HLS-6: no EXT-X-MAP after the discontinuity at segment ${sequence}`);
    }
    before = segment;
  }
  if (segments.some(({ map }) => map === undefined) && segments.some(({ map }) => map !== undefined)) {
    problems.push("HLS-6: some segments have an EXT-X-MAP and some have none");
  }
  return problems;
}

function duplicateProblems(playlist: MediaPlaylist): string[] {
  const seen = new Set<string>();
  return [...playlist.segments, ...placedParts(playlist).map(({ part }) => part)].flatMap(({ uri }) => {
    const twice = seen.has(uri);
    seen.add(uri);
    return twice ? [`HLS-14: ${uri} is listed twice`] : [];
  });
}

function controlProblems({ control, partTarget, targetDuration, ended, segments }: MediaPlaylist): string[] {
  const problems: string[] = [];
  const { partHoldBack, holdBack, canSkipUntil, canBlockReload } = control ?? {};
  const least = (name: string, value: number | undefined, floor: number) => {
    if (value !== undefined && value < floor - rounding) problems.push(`LL-1: ${name} ${value} is less than ${floor}`);
  };
  least("HOLD-BACK", holdBack, 3 * targetDuration);
  if (canSkipUntil !== undefined && canSkipUntil < 6 * targetDuration - rounding) {
    problems.push(`LL-6: CAN-SKIP-UNTIL ${canSkipUntil} is less than ${6 * targetDuration}`);
  }
  if (partTarget === undefined) {
    if (segments.some(({ parts }) => parts.length > 0)) problems.push("LL-1: parts without EXT-X-PART-INF");
    return problems;
  }
  if (partTarget <= 0 || partTarget > targetDuration) problems.push(`LL-1: PART-TARGET ${partTarget}`);
  if (partHoldBack === undefined) problems.push("LL-1: parts without PART-HOLD-BACK");
  if (!canBlockReload && !ended) problems.push("LL-1: parts without CAN-BLOCK-RELOAD=YES");
  least("PART-HOLD-BACK", partHoldBack, 3 * partTarget);
  return problems;
}

function partProblems(playlist: MediaPlaylist): string[] {
  const { partTarget, segments, openParts } = playlist;
  if (partTarget === undefined) return [];
  const open = { sequence: nextSequence(playlist), parts: openParts };
  return [
    ...[...segments, open].flatMap(({ sequence, parts }) =>
      parts.flatMap((part, index) =>
        lengthProblems(part, partTarget, index === parts.length - 1, `${index} of segment ${sequence}`),
      ),
    ),
    ...sumProblems(segments),
    ...listedProblems(playlist),
  ];
}

function lengthProblems(part: Part, partTarget: number, isLast: boolean, name: string): string[] {
  const { duration, independent, gap } = part;
  if (duration > partTarget + rounding) return [`LL-2: part ${name} lasts ${duration} s, PART-TARGET is ${partTarget}`];
  const mayBeShort = independent || gap || isLast;
  return duration < 0.85 * partTarget - rounding && !mayBeShort
    ? [`LL-2: part ${name} lasts ${duration} s, less than 85 % of PART-TARGET ${partTarget}`]
    : [];
}

/** Parts make up their segment. */
function sumProblems(segments: readonly Segment[]): string[] {
  const withParts = segments.filter(({ parts }) => parts.length > 0);
  return withParts.flatMap(({ sequence, parts, duration }, index) => {
    const apart = total(parts) - duration;
    // The oldest parts may have gone already, one by one.
    const whole = index > 0 || apart > 0;
    return whole && Math.abs(apart) > rounding * (parts.length + 1)
      ? [`LL-2: the parts of segment ${sequence} last ${total(parts)} s, the segment ${duration} s`]
      : [];
  });
}

/** Parts are listed near the end, and only there. */
function listedProblems({ targetDuration, segments, openParts, ended }: MediaPlaylist): string[] {
  const problems: string[] = [];
  let toEnd = total(openParts);
  for (const { sequence, parts, duration } of segments.toReversed()) {
    if (toEnd > 3 * targetDuration + rounding && parts.length > 0) {
      problems.push(`LL-3: parts of segment ${sequence}, ${toEnd} s before the end, are still listed`);
    }
    toEnd += duration;
  }
  const last = segments.at(-1);
  if (last?.parts.length === 0 && !ended) {
    problems.push(`LL-3: the parts of segment ${last.sequence}, the newest, are not listed`);
  }
  return problems;
}

function hintProblems(playlist: MediaPlaylist): string[] {
  const problems: string[] = [];
  const types = playlist.hints.map(({ type }) => type);
  for (const type of new Set(types)) {
    if (type !== "PART" && type !== "MAP") problems.push(`LL-7: PRELOAD-HINT of TYPE=${type}`);
    if (types.indexOf(type) !== types.lastIndexOf(type)) problems.push(`LL-7: two PRELOAD-HINT of TYPE=${type}`);
  }
  if (playlist.ended && types.length > 0) problems.push("LL-7: PRELOAD-HINT after the end");
  if (playlist.partTarget !== undefined && !playlist.ended && !types.includes("PART")) {
    problems.push("LL-7: no PRELOAD-HINT of TYPE=PART");
  }
  const listed = new Set(placedParts(playlist).map(({ part }) => part.uri));
  for (const { uri } of playlist.hints) {
    if (listed.has(uri)) problems.push(`LL-7: ${uri} is hinted and listed already`);
  }
  return problems;
}
