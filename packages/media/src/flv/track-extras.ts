import { ByteWriter } from "../bytes/byte-writer.ts";
import type { Packet } from "../packet.ts";
import type { Track } from "../track.ts";
import { encodeChannelMap } from "./channel-map.ts";
import { encodeColorInfo } from "./color-info.ts";
import { audioFourCc, videoFourCc } from "./four-cc.ts";

const colourFrame = 0xd4;
const channelsFrame = 0x94;

/** What goes with a track's configuration although it is not in it, for who knows only FLV: how colours are meant, where channels belong. Belongs right behind the configuration. */
export function trackExtras(track: Track, dtsUs: number): readonly Packet[] {
  const data = extraOf(track);
  return data ? [{ kind: "extra", track, dtsUs, ptsUs: dtsUs, keyframe: false, data }] : [];
}

/** The body of an extra packet: as that of a message about the track alone, whatever its number. */
export function colourBody(fourCc: number, payload: Uint8Array): Uint8Array {
  return new ByteWriter(5 + payload.length).u8(colourFrame).u32(fourCc).bytes(payload).finish();
}

function extraOf(track: Track): Uint8Array | undefined {
  if (track.kind === "video" && track.colorInfo) {
    const fourCc = videoFourCc[track.codec];
    return fourCc === undefined ? undefined : colourBody(fourCc, encodeColorInfo(track.colorInfo));
  }
  if (track.kind !== "audio" || !track.channelMap) return undefined;
  const fourCc = audioFourCc[track.codec];
  if (fourCc === undefined) return undefined;
  return new ByteWriter(64).u8(channelsFrame).u32(fourCc).bytes(encodeChannelMap(track.channelMap)).finish();
}
