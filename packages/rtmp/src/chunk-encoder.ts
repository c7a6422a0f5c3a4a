import type { Message } from "./message.ts";

/** The chunk size that we announce once and then use: most messages fit into one chunk. */
export const outgoingChunkSize: number = 65_536;

/** From here on the time does not fit into a chunk header's 24 bits (RTMP 1.0, 5.3.1.3). */
const extendedFrom = 0xffffff;

/** How many bytes a message takes as chunks. */
export function chunkedSize(bodyLength: number, timestampMs: number, chunkSize: number): number {
  const continuations = bodyLength === 0 ? 0 : Math.ceil(bodyLength / chunkSize) - 1;
  const extended = timestampMs >>> 0 >= extendedFrom ? 4 : 0;
  return 12 + extended + bodyLength + continuations * (1 + extended);
}

/**
 * Writes one message, its body being `head` and then `data`, into `out` at `at`; returns the position after it. The first chunk has a full header (type 0) and the others none (type 3),
 * so the bytes depend on nothing sent before; an extended timestamp is repeated in every chunk (RTMP 1.0, 5.3.1). `csid` is 2–63. Allocates nothing.
 */
export function writeMessage(
  out: Uint8Array,
  at: number,
  csid: number,
  type: number,
  streamId: number,
  timestampMs: number,
  head: Uint8Array,
  data: Uint8Array,
  chunkSize: number,
): number {
  const time = timestampMs >>> 0;
  const extended = time >= extendedFrom;
  const length = head.length + data.length;
  let to = writeHeader(out, at, csid, type, streamId, extended ? extendedFrom : time, length);
  if (extended) to = writeU32(out, to, time);
  for (let from = 0; from < length; ) {
    const end = Math.min(from + chunkSize, length);
    if (from > 0) {
      out[to++] = 0xc0 | csid;
      if (extended) to = writeU32(out, to, time);
    }
    to = writePart(out, to, head, data, from, end);
    from = end;
  }
  return to;
}

/** One message as chunks. */
export function encodeMessage(
  csid: number,
  { type, streamId, timestampMs, body }: Message,
  chunkSize: number,
): Uint8Array {
  const out = new Uint8Array(chunkedSize(body.length, timestampMs, chunkSize));
  writeMessage(out, 0, csid, type, streamId, timestampMs, none, body, chunkSize);
  return out;
}

const none = new Uint8Array();

function writeHeader(
  out: Uint8Array,
  at: number,
  csid: number,
  type: number,
  streamId: number,
  time: number,
  length: number,
): number {
  out[at] = csid;
  out[at + 1] = time >>> 16;
  out[at + 2] = time >>> 8;
  out[at + 3] = time;
  out[at + 4] = length >>> 16;
  out[at + 5] = length >>> 8;
  out[at + 6] = length;
  out[at + 7] = type;
  out[at + 8] = streamId; // little-endian, as nothing else is
  out[at + 9] = streamId >>> 8;
  out[at + 10] = streamId >>> 16;
  out[at + 11] = streamId >>> 24;
  return at + 12;
}

function writeU32(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
  return at + 4;
}

/** Copies the bytes `from` to `end` of head and data, taken as one. */
function writePart(out: Uint8Array, at: number, head: Uint8Array, data: Uint8Array, from: number, end: number): number {
  let to = at;
  for (let index = from; index < end && index < head.length; index++) out[to++] = head[index] ?? 0;
  const dataFrom = Math.max(0, from - head.length);
  const dataEnd = end - head.length;
  if (dataEnd <= dataFrom) return to;
  out.set(dataFrom === 0 && dataEnd === data.length ? data : data.subarray(dataFrom, dataEnd), to);
  return to + dataEnd - dataFrom;
}
