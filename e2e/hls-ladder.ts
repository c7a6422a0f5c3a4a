import type { Multivariant } from "./hls-playlist.ts";
import { withoutDirectives } from "./hls-validator.ts";

/** A segment as it was downloaded: where it lies on the presentation's own clock, in seconds. */
export type PlacedSegment = {
  readonly sequence: number;
  readonly discontinuity: number;
  readonly start: number;
  readonly duration: number;
};

/** What was seen of one media playlist. `peak`: bits per second of its dearest segment. */
export type Seen = { readonly peak: number; readonly placed: readonly PlacedSegment[]; readonly hasPicture: boolean };

/** A frame's time, rounded to a timescale. */
const sameSeconds = 0.002;
/** What players forgive, and what a network adds (RFC 8216bis, 4.4.6.2 and Apple's authoring rules: 10 %). */
const overrun = 1.1;

/** What has to hold among the variants of one presentation, so that players can go over from one to another at any segment. */
export function ladderProblems(playlist: Multivariant, masterUrl: string, seen: ReadonlyMap<string, Seen>): string[] {
  return [...alignmentProblems(seen), ...bandwidthProblems(playlist, masterUrl, seen)];
}

/** A number is the same segment in all: it begins at the same time, lasts as long, and as many discontinuities came before it. */
function alignmentProblems(seen: ReadonlyMap<string, Seen>): string[] {
  const pictures = [...seen].filter(([, { hasPicture }]) => hasPicture);
  const known = new Map<number, Named>();
  for (const [url, { placed }] of pictures) {
    for (const segment of placed) if (!known.has(segment.sequence)) known.set(segment.sequence, { ...segment, url });
  }
  return [...seen].flatMap(([url, { placed, hasPicture }]) =>
    placed.flatMap((segment) => {
      const other = known.get(segment.sequence);
      const words = other ? difference(segment, other, hasPicture) : undefined;
      return words === undefined ? [] : [`HLS-8: segment ${segment.sequence} ${words} in ${url} than in ${other?.url}`];
    }),
  );
}

type Named = PlacedSegment & { readonly url: string };

/** Sound's frames do not end where pictures do. */
function difference(one: PlacedSegment, other: PlacedSegment, hasPicture: boolean): string | undefined {
  if (one.discontinuity !== other.discontinuity) return "comes after another number of discontinuities";
  if (!hasPicture) return undefined;
  if (Math.abs(one.start - other.start) > sameSeconds) return `begins at another time (${one.start}, ${other.start})`;
  return Math.abs(one.duration - other.duration) > sameSeconds ? "has another length" : undefined;
}

/** A variant costs no more than it says, with the dearest sound that goes with it. */
function bandwidthProblems(
  { variants, renditions }: Multivariant,
  masterUrl: string,
  seen: ReadonlyMap<string, Seen>,
): string[] {
  const peakOf = (uri: string) => seen.get(new URL(uri, withoutDirectives(masterUrl)).href)?.peak ?? 0;
  return variants.flatMap(({ uri, attributes }) => {
    const group = attributes.get("AUDIO");
    const sounds = renditions.filter((each) => each.get("GROUP-ID") === group).flatMap((each) => each.get("URI") ?? []);
    const others = sounds.filter((sound) => sound !== uri);
    const measured = peakOf(uri) + Math.max(0, ...(sounds.includes(uri) ? [] : others.map(peakOf)));
    const announced = Number(attributes.get("BANDWIDTH"));
    return measured > announced * overrun
      ? [`HLS-8: BANDWIDTH ${announced} of ${uri}, but ${Math.round(measured)} bits a second at most`]
      : [];
  });
}
