import { asDefault } from "@sluice/media";
import type { Format } from "./format.ts";
import type { Group } from "./packet-log.ts";

/**
 * The format for a viewer that wants another sound than the default one: it gets that as track 0, and the default one not at all. A viewer in a format that has all tracks chooses itself.
 */
export function withSound(format: Format, id: number): Format {
  if (id === 0) return format;
  const chosen = (group: Group): Group => ({
    ...group,
    tracks: group.tracks.flatMap((track) => (track.kind !== "audio" ? track : track.id === id ? asDefault(track) : [])),
  });
  const { sound, start, change, encode } = format;
  return {
    ...format,
    key: `${format.key}/sound ${id}`,
    start: (group) => start(chosen(group)),
    change: (group) => change(chosen(group)),
    encode: (packet, row) => {
      const { track } = packet;
      if (track.kind !== "audio") return encode(packet, row);
      return track.id === id ? encode({ ...packet, track: asDefault(track) }, row) : nothing;
    },
    ...(sound ? { sound: () => withSound(sound(), id) } : {}),
  };
}

const nothing = new Uint8Array();
