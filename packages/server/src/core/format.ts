import { type Packet, trackExtras, type VideoCodec } from "@sluice/media";
import type { Group } from "./packet-log.ts";

/** How packets become one protocol's bytes. Viewers whose formats have the same key share the bytes, so they may depend on nothing else. */
export type Format = {
  readonly key: string;
  /** What a viewer gets before its first group: file header, metadata, decoder configurations. */
  start(group: Group): Uint8Array;
  /** What a viewer gets who jumps to a group whose decoder configurations it has not seen. */
  change(group: Group): Uint8Array;
  /**
   * The packet's bytes; empty when it has no form here. Each packet is asked for once. Packets with the same `row` come in the order of the stream, without a gap: what a format counts from packet to packet
   * it counts by row, since viewers stand at different places and the packets between them may be asked for later.
   */
  encode(packet: Packet, row: object): Uint8Array;
  /** Whether the viewer is known to take pictures of this codec. Where that is not known, those of the source's codec and H.264 are sent. */
  readonly takes?: (codec: VideoCodec) => boolean;
  /** The same without the picture. Viewers whose format has none are not moved between qualities. */
  sound?(): Format;
};

const nothing = new Uint8Array();

/**
 * What says how a group decodes: metadata, then a configuration for each track, and what goes with it, at the group's own time. The metadata is at time 0: FFmpeg takes any at another time for a
 * subtitle track, and players that ask FFmpeg then wait ten seconds for subtitles.
 */
export function opening({ tracks, metadata, dtsUs }: Group): Packet[] {
  const packets: Packet[] = metadata ? [{ ...metadata, dtsUs: 0, ptsUs: 0 }] : [];
  for (const track of tracks) {
    packets.push({ kind: "config", track, dtsUs, ptsUs: dtsUs, keyframe: false, data: nothing });
    packets.push(...trackExtras(track, dtsUs));
  }
  return packets;
}
