import { EnhancedType } from "./enhanced-header.ts";

/** What stands before the payload of an enhanced message, as far as audio and video have it alike. */
export type EnhancedHead = {
  readonly packetType: number;
  readonly fourCc: number;
  /** Tracks other than 0 are wrapped, each alone in its message. */
  readonly trackId: number;
  /** How much later than its milliseconds say the frame is shown; 0 to 999,999. */
  readonly nanoseconds: number;
};

const exVideo = 0x80;
const exAudio = 0x90;
/** One packet type and a FourCC. */
const shortest = 5;
const modifierSize = 5;
const wrapSize = 2;
const compositionSize = 3;
/** Of three bytes; of the kind TimestampOffsetNano, which is 0. */
const offsetLength = 2;

/** ExVideoTagHeader, and the composition time where there is one (Enhanced RTMP v2, "Enhanced Video"). */
export function videoHead(frameType: number, head: EnhancedHead, compositionMs?: number): Uint8Array {
  const size = sizeOf(head) + (compositionMs === undefined ? 0 : compositionSize);
  const bytes = new Uint8Array(size);
  const at = write(bytes, exVideo | (frameType << 4), EnhancedType.videoMultitrack, head);
  if (compositionMs !== undefined) u24(bytes, at, compositionMs);
  return bytes;
}

/** ExAudioTagHeader ("Enhanced Audio"). */
export function audioHead(head: EnhancedHead): Uint8Array {
  const bytes = new Uint8Array(sizeOf(head));
  write(bytes, exAudio, EnhancedType.audioMultitrack, head);
  return bytes;
}

function sizeOf({ trackId, nanoseconds }: EnhancedHead): number {
  return shortest + (nanoseconds > 0 ? modifierSize : 0) + (trackId > 0 ? wrapSize : 0);
}

/** ModEx, Multitrack, FourCC and track, in this order. Returns where the body begins. */
function write(bytes: Uint8Array, first: number, multitrack: number, head: EnhancedHead): number {
  const { packetType, fourCc, trackId, nanoseconds } = head;
  const isWrapped = trackId > 0;
  const outer = isWrapped ? multitrack : packetType;
  let at = 0;
  if (nanoseconds > 0) {
    bytes[0] = first | EnhancedType.modEx;
    bytes[1] = offsetLength;
    u24(bytes, 2, nanoseconds);
    bytes[5] = outer;
    at = 6;
  } else bytes[at++] = first | outer;
  if (isWrapped) bytes[at++] = packetType; // OneTrack is 0
  bytes[at++] = fourCc >>> 24;
  u24(bytes, at, fourCc);
  at += 3;
  if (isWrapped) bytes[at++] = trackId;
  return at;
}

function u24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value;
}
