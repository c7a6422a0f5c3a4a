import { type FlvBody, flvBody, flvHeader, type Packet, writeFlvTag } from "@sluice/media";
import { type Format, opening } from "../../core/format.ts";
import type { Group } from "../../core/packet-log.ts";
import { type Framing, framed } from "../../http/framing.ts";
import type { Wanted } from "../../http/live-body.ts";

/**
 * FLV as browsers take it; header flags and tags follow what is wanted together. mpegts.js reads timestamps as signed 32 bits, so a viewer who joins after 2³⁰ ms gets times that begin anew: `epochMs` is taken off,
 * and is part of the key because it changes the bytes.
 */
export function flvFormat(framing: Framing, wanted: Wanted, epochMs: number): Format {
  const sends = (packet: Packet) =>
    packet.track.kind === "audio" ? wanted.audio : packet.track.kind !== "video" || wanted.video;
  const tags = (packets: readonly Packet[], before: Uint8Array): Uint8Array => {
    const bodies: FlvBody[] = [];
    const times: number[] = [];
    let size = before.length;
    for (const packet of packets) {
      const body = sends(packet) ? flvBody(packet) : undefined;
      if (!body) continue;
      bodies.push(body);
      times.push(Math.max(0, Math.round(packet.dtsUs / 1000) - epochMs));
      size += body.head.length + body.data.length + tagOverhead;
    }
    if (size === 0) return nothing;
    return framed(framing, size, (out, start) => {
      out.set(before, start);
      let at = start + before.length;
      bodies.forEach(({ type, head, data }, index) => {
        at = writeFlvTag(out, at, type, times[index] ?? 0, head, data);
      });
    });
  };
  const configurations = (group: Group, before: Uint8Array) => tags(opening(group), before);
  return {
    key: `flv/${framing}/${wanted.audio ? "a" : ""}${wanted.video ? "v" : ""}/${epochMs}`,
    start: (group) =>
      configurations(
        group,
        flvHeader({
          audio: wanted.audio && group.tracks.some((each) => each.kind === "audio"),
          video: wanted.video && group.tracks.some((each) => each.kind === "video"),
        }),
      ),
    change: (group) => configurations(group, nothing),
    encode: (packet) => tags([packet], nothing),
    ...(wanted.video ? { sound: () => flvFormat(framing, { audio: wanted.audio, video: false }, epochMs) } : {}),
  };
}

/** The part of a stream's time that a new viewer's timestamps leave out. */
export function epochOf(streamMs: number): number {
  return Math.floor(streamMs / 2 ** 30) * 2 ** 30;
}

/** Tag header and previous tag size (FLV 10.1, annex E.4.1). */
const tagOverhead = 15;
const nothing = new Uint8Array();
