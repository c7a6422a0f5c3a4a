import { fitsTs, type Packet, type Track, TsMuxer } from "@sluice/media";
import type { Format } from "../../core/format.ts";
import type { Group } from "../../core/packet-log.ts";
import { isDefault } from "../../core/tracks.ts";
import { type Framing, framed } from "../../http/framing.ts";
import type { Wanted } from "../../http/live-body.ts";

/** Packets that are muxed one behind the other, and when their tables were last written. */
type Row = { readonly muxer: TsMuxer; tablesUs: number | undefined };

/** Whoever begins to read a recording in its middle waits so long for PAT and PMT at most, as broadcast's receivers expect (ETSI TR 101 290, 5.2.1). */
const tablesEveryUs = 500_000;
const nothing = new Uint8Array();

/**
 * MPEG-TS as receivers take it from HTTP. Its packets are counted, so each row of packets has a muxer of its own: all viewers who read the row get its counters without a gap. For a
 * viewer who skips, or who reads on into a row that another viewer began, they break once.
 */
export function tsFormat(framing: Framing, wanted: Wanted): Format {
  const rows = new WeakMap<object, Row>();
  /** As the newest group that a viewer began with has them: the stream says of packets only what they themselves are. */
  let tracks: readonly Track[] = [];
  const sends = ({ kind }: Track) => kind !== "data" && wanted[kind];
  const rowOf = (key: object): Row => {
    const row = rows.get(key) ?? { muxer: new TsMuxer(tracks), tablesUs: undefined };
    rows.set(key, row);
    return row;
  };
  /** Before a keyframe there are tables in the row itself; groups of sound begin anywhere. */
  const begin = (group: Group): Uint8Array => {
    const fitting = group.tracks.filter((track) => sends(track) && fitsTs(track));
    tracks = fitting.filter((track) => isShown(track, fitting));
    return tracks.some(({ kind }) => kind === "video") ? nothing : put(framing, new TsMuxer(tracks).tables());
  };
  return {
    key: `ts/${framing}/${wanted.audio ? "a" : ""}${wanted.video ? "v" : ""}`,
    start: begin,
    change: begin,
    encode: (packet, key) => {
      if (!sends(packet.track) || !isShown(packet.track, tracks)) return nothing;
      const row = rowOf(key);
      const bytes = row.muxer.packet(packet);
      if (bytes.length === 0 || !isDue(packet, row)) return put(framing, bytes);
      row.tablesUs = packet.dtsUs;
      return put(framing, row.muxer.tables(), bytes);
    },
  };
}

/** A receiver shows one picture: what is sent beside the first that has a form here would only be carried. */
function isShown(track: Track, tracks: readonly Track[]): boolean {
  return track.kind !== "video" || isDefault(tracks, track);
}

function isDue({ kind, track, keyframe, dtsUs }: Packet, { tablesUs }: Row): boolean {
  if (kind !== "frame") return false;
  return (track.kind === "video" && keyframe) || tablesUs === undefined || dtsUs - tablesUs >= tablesEveryUs;
}

function put(framing: Framing, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((length, part) => length + part.length, 0);
  if (size === 0) return nothing;
  return framed(framing, size, (out, start) => {
    let at = start;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
  });
}
