import type { Track } from "@sluice/media";

/** Whether it is the track of its kind that viewers get who ask for nothing: the one with the lowest number. */
export function isDefault(tracks: readonly Track[], { kind, id }: Track): boolean {
  for (const track of tracks) if (track.kind === kind) return track.id === id;
  return true;
}
