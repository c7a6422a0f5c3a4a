import type { Track } from "@sluice/media";

/** The tracks with this one in the place of the one that it is a new configuration of, or added: pictures before sound, each by number. */
export function withTrack(tracks: readonly Track[], track: Track): readonly Track[] {
  const others = tracks.filter((each) => each.kind !== track.kind || each.id !== track.id);
  return [...others, track].sort((a, b) => (a.kind === b.kind ? a.id - b.id : a.kind === "video" ? -1 : 1));
}
