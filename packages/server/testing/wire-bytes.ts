import { type Amf, encodeAmf0 } from "@sluice/media";

/** Bytes as the tests write them down: hexadecimal, spaced as the fields are. */
export function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

/** Message bodies that decoders accept: H.264 64 × 64 and AAC-LC 44.1 kHz stereo. */
export const bodies = {
  /** Decoder configuration, key frame, inter frame and end of sequence of H.264. */
  VSH: bytes("17 00 000000 0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8"),
  VI: bytes("17 01 000000 00000016 6588840bfffffc3d147c9c9c9d75d75d75d75d75d75e"),
  VP: bytes("27 01 000000 00000006 419a202fc230"),
  VEOS: bytes("17 02 000000"),
  /** Decoder configuration and a silent frame of AAC. */
  ASH: bytes("af 00 1210"),
  AF: bytes("af 01 211004608c1c"),
} as const;

/** One message in chunks as plain clients send it: a full header (type 0), then type 3; extended times are repeated. */
export function chunked(
  csid: number,
  type: number,
  streamId: number,
  timestampMs: number,
  body: Uint8Array,
  chunkSize = 128,
): Buffer {
  const extended = timestampMs >= 0xffffff ? u32(timestampMs) : [];
  const header = [csid, ...u24(Math.min(timestampMs, 0xffffff)), ...u24(body.length), type, ...u32(streamId).reverse()];
  const parts: Uint8Array[] = [Uint8Array.from([...header, ...extended]), body.subarray(0, chunkSize)];
  for (let at = chunkSize; at < body.length; at += chunkSize) {
    parts.push(Uint8Array.from([0xc0 | csid, ...extended]), body.subarray(at, at + chunkSize));
  }
  return Buffer.concat(parts);
}

/** A command in chunks of 128 bytes: name, transaction, object, arguments. */
export function command(streamId: number, ...values: Amf[]): Buffer {
  return chunked(3, 20, streamId, 0, encodeAmf0(...values));
}

function u24(value: number): number[] {
  return [(value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function u32(value: number): number[] {
  return [value >>> 24, ...u24(value)];
}

/** One FLV tag and the size behind it. */
export function flvTagBytes(type: number, timestampMs: number, body: Uint8Array): Buffer {
  const time = [...u24(timestampMs), (timestampMs >>> 24) & 255];
  return Buffer.concat([
    Uint8Array.from([type, ...u24(body.length), ...time, 0, 0, 0]),
    body,
    Buffer.from(u32(body.length + 11)),
  ]);
}
