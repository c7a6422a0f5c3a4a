import type { ByteReader } from "../bytes/byte-reader.ts";

/** Packet types that audio and video share (Enhanced RTMP v2). */
export const EnhancedType = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  codedFramesX: 3,
  videoMetadata: 4,
  multichannelConfig: 4,
  mpeg2TsSequenceStart: 5,
  audioMultitrack: 5,
  videoMultitrack: 6,
  modEx: 7,
} as const;

const MultitrackType = { oneTrack: 0, manyTracks: 1, manyTracksManyCodecs: 2 } as const;

/** A message carries at most so many tracks, and so many modifiers stand before it. */
const maxTracks = 16;
const maxModifiers = 16;

/** One track's part of a message. */
export type EnhancedPart = {
  readonly packetType: number;
  readonly fourCc: number;
  readonly trackId: number;
  readonly payload: ByteReader;
};

/** What stands before the parts: how much later the frame is shown, in nanoseconds. */
export type Modified = { readonly packetType: number; readonly nanoseconds: number };

/** Skips the ModEx blocks; of those only the nanosecond offset (type 0) is known (Enhanced RTMP v2, "ModEx"). */
export function readModifiers(reader: ByteReader, first: number): Modified | undefined {
  let packetType = first;
  let nanoseconds = 0;
  for (let count = 0; packetType === EnhancedType.modEx; count++) {
    if (count >= maxModifiers) return undefined;
    let size = reader.u8() + 1;
    if (size === 256) size = reader.u16() + 1;
    const data = reader.bytes(size);
    const next = reader.u8();
    if (next >> 4 === 0 && data.length >= 3)
      nanoseconds = ((data[0] ?? 0) << 16) | ((data[1] ?? 0) << 8) | (data[2] ?? 0);
    packetType = next & 15;
  }
  return { packetType, nanoseconds: Math.min(nanoseconds, 999_999) };
}

/**
 * The parts of a message whose packet type has been read; `multitrack` is the type that says there are several (Enhanced RTMP v2, "Multitrack"). `skip` is told of what is left out: a reserved kind of
 * message, a track that is in it twice, and what comes after too many.
 */
export function* readParts(
  reader: ByteReader,
  packetType: number,
  multitrack: number,
  skip: () => void,
): Generator<EnhancedPart, void> {
  if (packetType !== multitrack) {
    yield { packetType, fourCc: reader.u32(), trackId: 0, payload: reader };
    return;
  }
  const byte = reader.u8();
  const kind = byte >> 4;
  const inner = byte & 15;
  if (inner === multitrack || inner === EnhancedType.modEx || kind > MultitrackType.manyTracksManyCodecs) return skip();
  if (kind === MultitrackType.oneTrack) {
    yield { packetType: inner, fourCc: reader.u32(), trackId: reader.u8(), payload: reader };
    return;
  }
  yield* manyParts(reader, inner, kind === MultitrackType.manyTracks ? reader.u32() : undefined, skip);
}

/** `codec`: of all tracks, when they have the same one. */
function* manyParts(
  reader: ByteReader,
  packetType: number,
  codec: number | undefined,
  skip: () => void,
): Generator<EnhancedPart, void> {
  const seen: number[] = [];
  while (reader.left > 0) {
    if (seen.length >= maxTracks) return skip();
    const fourCc = codec ?? reader.u32();
    const trackId = reader.u8();
    const payload = reader.part(reader.u24());
    if (seen.includes(trackId)) skip();
    else yield { packetType, fourCc, trackId, payload };
    seen.push(trackId);
  }
}
