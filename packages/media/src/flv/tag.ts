import { ByteWriter } from "../bytes/byte-writer.ts";

/** FLV tag types (FLV 10.1, annex E.4.1); RTMP's message types for the same bodies have the same numbers. */
export const FlvTagType = { audio: 8, video: 9, script: 18 } as const;

/** A tag's header and the size that follows its body, in bytes. */
export const flvTagOverhead = 15;

/** The 9-byte file header and the zero PreviousTagSize that follows it (FLV 10.1, annex E.2). */
export function flvHeader(has: { audio: boolean; video: boolean }): Uint8Array {
  const flags = (has.audio ? 4 : 0) | (has.video ? 1 : 0);
  return new ByteWriter(13).utf8("FLV").u8(1).u8(flags).u32(9).u32(0).finish();
}

/** One tag and its PreviousTagSize. */
export function flvTag(type: number, timestampMs: number, head: Uint8Array, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(head.length + data.length + flvTagOverhead);
  writeFlvTag(out, 0, type, timestampMs, head, data);
  return out;
}

/** Writes one tag, its body being `head` and then `data`, into `out` at `at`; returns the position after its PreviousTagSize (annex E.4.1). Allocates nothing. */
export function writeFlvTag(
  out: Uint8Array,
  at: number,
  type: number,
  timestampMs: number,
  head: Uint8Array,
  data: Uint8Array,
): number {
  const length = head.length + data.length;
  out[at] = type;
  writeU24(out, at + 1, length);
  writeU24(out, at + 4, timestampMs);
  out[at + 7] = timestampMs >>> 24; // the top byte travels last
  writeU24(out, at + 8, 0); // stream id, always 0
  let to = at + 11;
  for (let index = 0; index < head.length; index++) out[to++] = head[index] ?? 0;
  out.set(data, to);
  to += data.length;
  out[to] = (length + 11) >>> 24;
  writeU24(out, to + 1, length + 11);
  return to + 4;
}

function writeU24(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 16;
  out[at + 1] = value >>> 8;
  out[at + 2] = value;
}
