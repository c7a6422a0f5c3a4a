import { ByteReader } from "../bytes/byte-reader.ts";
import { MalformedError } from "../malformed-error.ts";
import { lenient } from "./lenient.ts";
import type { LongLengths, PictureSize } from "./nal-units.ts";
import { parseVvcSps } from "./vvc-sps.ts";

/** VvcDecoderConfigurationRecord (ISO/IEC 14496-15, 11.2.4.2). */
export type VvcConfig = {
  readonly lengthSize: number;
  /** What the record says of the stream as a whole; absent where it leaves that to the parameter sets. */
  readonly stream?: VvcStream;
  /** The arrays of parameter sets by NAL unit type (14 VPS, 15 SPS, 16 PPS …). */
  readonly units: ReadonlyMap<number, readonly Uint8Array[]>;
};

/** The part of the record that its `ptl_present_flag` announces. */
export type VvcStream = {
  readonly profile: number;
  readonly tier: number;
  readonly level: number;
  /** Two flags, frames only and several layers, then general_constraint_info: whole bytes. */
  readonly constraints: Uint8Array;
  /** chroma_format_idc: 0 is no colour, 1 is 4:2:0, 2 is 4:2:2, 3 is 4:4:4. */
  readonly chroma: number;
  readonly bitDepth: number;
  /** Of the largest picture, nothing cropped. */
  readonly width: number;
  readonly height: number;
  /** On average; absent where it is not said. */
  readonly frameRate?: number;
};

/** The NAL unit types of the parameter sets that a decoder cannot be without (ISO/IEC 23090-3, table 5). */
export const vvcParameterSets: readonly number[] = [15, 16];

const spsType = 15;
/** Of operating points and of the decoding capability: the record has at most one each, without a count. */
const single: ReadonlySet<number> = new Set([12, 13]);
/** Capabilities, VPS, SPS and PPS: what `vvc1` has nowhere but here. */
const outOfBand: ReadonlySet<number> = new Set([13, 14, 15, 16]);
const complete = 0x80;
const longLength = 0x06;
/** As for HEVC: 16 VPS, 16 SPS and 64 PPS are all that the standard allows; the rest is for SEI and adaptation. */
const maxUnits = 256;
const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Reads the record of a vvcC. Throws `vvc/config` for too many units, `bytes/short`. */
export function parseVvcConfig(bytes: Uint8Array): VvcConfig {
  const reader = new ByteReader(bytes);
  const first = reader.u8();
  const stream = (first & 1) !== 0 ? readStream(reader) : undefined;
  const units = new Map<number, Uint8Array[]>();
  for (const { type, unit } of arrays(reader)) {
    const array = units.get(type);
    if (array) array.push(unit);
    else units.set(type, [unit]);
  }
  return { lengthSize: ((first >> 1) & 3) + 1, units, ...(stream && { stream }) };
}

/** The same record for access units that `withLongLengths` has rewritten, and the size that their lengths had. Throws `bytes/short`. */
export function withLongLengthsVvc(config: Uint8Array): LongLengths {
  const [first] = config;
  if (first === undefined) throw new MalformedError("bytes/short", "an empty configuration record");
  return { config: config.with(0, first | longLength), lengthSize: ((first >> 1) & 3) + 1 };
}

/** The record as `vvc1` demands it, whose arrays of parameter sets say that they are complete (ISO/IEC 14496-15, 11.3.1.2). Throws like `parseVvcConfig`. */
export function completeVvcConfig(config: Uint8Array): Uint8Array {
  const result = config.slice();
  const reader = new ByteReader(config);
  if ((reader.u8() & 1) !== 0) readStream(reader);
  for (const { at, type } of arrays(reader)) if (outOfBand.has(type)) result[at] = type | complete;
  return result;
}

/** ISO/IEC 14496-15, annex E.6: `vvc1.` profile, tier and level, then the constraints without trailing zeros in base 32 (RFC 4648), if there are any. */
export function vvcCodecString({ profile, tier, level, constraints }: VvcStream): string {
  const last = constraints.findLastIndex((byte) => byte !== 0);
  const flags = last < 0 ? "" : `.C${inBase32(constraints.subarray(0, last + 1))}`;
  return `vvc1.${profile}.${tier === 1 ? "H" : "L"}${level}${flags}`;
}

/** The picture that the first SPS describes, cropping applied; where it cannot be read, what the record says. */
export function vvcPictureSize({ stream, units }: VvcConfig): PictureSize | undefined {
  const [unit] = units.get(spsType) ?? [];
  const seen = lenient(() => unit && parseVvcSps(unit));
  const announced = stream && stream.width > 0 && stream.height > 0 ? stream : undefined;
  const { width, height } = seen ?? announced ?? {};
  if (width === undefined || height === undefined) return undefined;
  return stream?.frameRate === undefined ? { width, height } : { width, height, frameRate: stream.frameRate };
}

function readStream(reader: ByteReader): VvcStream {
  const layers = reader.u16();
  const depth = reader.u8();
  const constraintBytes = reader.u8() & 63;
  const profile = reader.u8();
  const level = reader.u8();
  const constraints = reader.bytes(Math.max(1, constraintBytes)); // GPAC may write 0, and one byte all the same
  skipSublayers(reader, (layers >> 4) & 7);
  reader.skip(4 * reader.u8()); // sub-profiles
  const [width, height, rate] = [reader.u16(), reader.u16(), reader.u16()];
  return {
    profile: profile >> 1,
    tier: profile & 1,
    level,
    constraints,
    chroma: layers & 3,
    bitDepth: (depth >> 5) + 8,
    width,
    height,
    ...(rate > 0 && { frameRate: Math.round((rate / 256) * 1000) / 1000 }),
  };
}

/** The levels of all sublayers but the highest, where they are said. FFmpeg has their flags at the wrong end of the byte, so they are counted. */
function skipSublayers(reader: ByteReader, sublayers: number): void {
  if (sublayers < 2) return;
  for (let flags = reader.u8(); flags > 0; flags >>= 1) reader.skip(flags & 1);
}

/** Each NAL unit, with where the array that it is in begins. */
function* arrays(reader: ByteReader): Generator<{ at: number; type: number; unit: Uint8Array }, void, undefined> {
  let total = 0;
  for (let left = reader.u8(); left > 0; left--) {
    const { at } = reader;
    const type = reader.u8() & 31;
    const count = single.has(type) ? 1 : reader.u16();
    total += count;
    if (total > maxUnits) throw new MalformedError("vvc/config", `more than ${maxUnits} parameter sets`);
    for (let each = 0; each < count; each++) yield { at, type, unit: reader.bytes(reader.u16()) };
  }
}

/** Without padding at its end. */
function inBase32(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += base32[(held >> (bits - 5)) & 31];
    held &= 0xff;
  }
  return bits === 0 ? text : text + base32[(held << (5 - bits)) & 31];
}
