import type { Track } from "@sluice/media";

/** The tracks with this one in the place of the one that it is a new configuration of, or added: pictures before sound, each by number. */
export function withTrack(tracks: readonly Track[], track: Track): readonly Track[] {
  const others = tracks.filter((each) => each.kind !== track.kind || each.id !== track.id);
  return [...others, track].sort((a, b) => (a.kind === b.kind ? a.id - b.id : a.kind === "video" ? -1 : 1));
}

/** Whether it is the track of its kind that viewers get who ask for nothing: the one with the lowest number. */
export function isDefault(tracks: readonly Track[], { kind, id }: Track): boolean {
  for (const track of tracks) if (track.kind === kind) return track.id === id;
  return true;
}
