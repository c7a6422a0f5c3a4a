import { type FlvBody, flvBody, flvHeader, type Packet, writeFlvTag } from "@sluice/media";
import { type Format, opening } from "../../core/format.ts";
import type { Group } from "../../core/packet-log.ts";

/** How FLV's bytes travel: as they are (HTTP/1.0), as chunks of an HTTP/1.1 body (RFC 9112, 7.1), or as binary WebSocket frames (RFC 6455, 5.2). */
export type Framing = "plain" | "chunked" | "websocket";

/** Which kinds of media a viewer wants; header flags and tags follow it together. */
export type Wanted = { readonly audio: boolean; readonly video: boolean };

/**
 * FLV as browsers take it. mpegts.js reads timestamps as signed 32 bits, so a viewer who joins after 2³⁰ ms gets times that begin anew: `epochMs` is taken off,
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
    return frame(framing, size, (out, start) => {
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
  };
}

/** The part of a stream's time that a new viewer's timestamps leave out. */
export function epochOf(streamMs: number): number {
  return Math.floor(streamMs / 2 ** 30) * 2 ** 30;
}

/** Tag header and previous tag size (FLV 10.1, annex E.4.1). */
const tagOverhead = 15;
const nothing = new Uint8Array();

function frame(framing: Framing, size: number, write: (out: Uint8Array, at: number) => void): Uint8Array {
  const before = framing === "plain" ? nothing : framing === "chunked" ? chunkHead(size) : frameHead(size);
  const after = framing === "chunked" ? 2 : 0;
  const out = Buffer.allocUnsafeSlow(before.length + size + after);
  out.set(before);
  write(out, before.length);
  if (after) out.write("\r\n", before.length + size, "latin1");
  return out;
}

function chunkHead(size: number): Uint8Array {
  return Buffer.from(`${size.toString(16)}\r\n`, "latin1");
}

/** A final binary frame, unmasked as a server's are. */
function frameHead(size: number): Uint8Array {
  if (size < 126) return Uint8Array.of(0x82, size);
  if (size < 65_536) return Uint8Array.of(0x82, 126, size >> 8, size & 255);
  const head = Buffer.alloc(10);
  head.writeUInt16BE(0x827f, 0);
  head.writeUInt32BE(Math.floor(size / 2 ** 32), 2);
  head.writeUInt32BE(size % 2 ** 32, 6);
  return head;
}
