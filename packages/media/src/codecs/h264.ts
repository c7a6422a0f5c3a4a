import { BitReader } from "../bytes/bit-reader.ts";
import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { MalformedError } from "../malformed-error.ts";
import { hex, maxDimension, type PictureSize, rawPayload } from "./nal-units.ts";

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1). */
export type H264Config = {
  readonly profile: number;
  readonly compatibility: number;
  readonly level: number;
  /** Bytes of a NAL unit's length: 1, 2 or 4 by the standard; 3 is seen. */
  readonly lengthSize: number;
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
};

/** Profiles whose sequence parameter set has chroma fields (H.264 7.3.2.1.1). */
const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const extendedAspect = 255;
const maxRefFramesInCycle = 255;

/** Reads an avcC. What follows the parameter sets is not needed. Throws `h264/config` for another version, `bytes/short`. */
export function parseH264Config(bytes: Uint8Array): H264Config {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== 1) throw new MalformedError("h264/config", `avcC of version ${version}`);
  const [profile, compatibility, level] = [reader.u8(), reader.u8(), reader.u8()];
  const lengthSize = (reader.u8() & 3) + 1;
  const sps = parameterSets(reader, reader.u8() & 31);
  const pps = parameterSets(reader, reader.left > 0 ? reader.u8() : 0);
  return { profile, compatibility, level, lengthSize, sps, pps };
}

/** An avcC from one or more parameter sets of each kind; the first SPS names profile and level. */
export function buildH264Config(sps: readonly Uint8Array[], pps: readonly Uint8Array[]): Uint8Array {
  const [, profile = 0, compatibility = 0, level = 0] = sps[0] ?? [];
  const writer = new ByteWriter(64).u8(1).u8(profile).u8(compatibility).u8(level).u8(0xff);
  writer.u8(0xe0 | sps.length);
  for (const each of sps) writer.u16(each.length).bytes(each);
  writer.u8(pps.length);
  for (const each of pps) writer.u16(each.length).bytes(each);
  return writer.finish();
}

/** RFC 6381, 3.3: `avc1.PPCCLL`. */
export function h264CodecString({ profile, compatibility, level }: H264Config): string {
  return `avc1.${hex(profile)}${hex(compatibility)}${hex(level)}`;
}

/** The picture's size, cropping applied, and its frame rate when the stream announces it (H.264 7.3.2.1.1, annex E). Throws `h264/sps`, `bits/…`. */
export function parseH264Sps(unit: Uint8Array): PictureSize {
  const reader = new BitReader(rawPayload(unit, 1));
  const profile = reader.bits(8);
  reader.skip(16);
  reader.ue();
  const chroma = highProfiles.has(profile) ? chromaFormat(reader) : 1;
  reader.ue();
  pictureOrder(reader);
  reader.ue();
  reader.skip(1);
  const [columns, rows] = [reader.ue() + 1, reader.ue() + 1];
  const framesOnly = reader.flag();
  if (!framesOnly) reader.skip(1);
  reader.skip(1);
  const [left, right, top, bottom] = reader.flag()
    ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()]
    : [0, 0, 0, 0];
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const unitY = (chroma === 1 ? 2 : 1) * (framesOnly ? 1 : 2);
  const width = columns * 16 - (left + right) * unitX;
  const height = rows * 16 * (framesOnly ? 1 : 2) - (top + bottom) * unitY;
  if (width < 1 || height < 1 || width > maxDimension || height > maxDimension) {
    throw new MalformedError("h264/sps", `a picture of ${width} × ${height}`);
  }
  const frameRate = reader.left > 0 && reader.flag() ? timing(reader) : undefined;
  return frameRate === undefined ? { width, height } : { width, height, frameRate };
}

function parameterSets(reader: ByteReader, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => reader.bytes(reader.u16()));
}

function chromaFormat(reader: BitReader): number {
  const format = reader.ue();
  if (format > 3) throw new MalformedError("h264/sps", `chroma format ${format}`);
  const separate = format === 3 && reader.flag();
  reader.ue();
  reader.ue();
  reader.skip(1);
  if (reader.flag()) skipScalingLists(reader, format === 3 ? 12 : 8);
  return separate ? 0 : format;
}

function skipScalingLists(reader: BitReader, count: number): void {
  for (let list = 0; list < count; list++) {
    const present = reader.flag();
    if (present) skipScalingList(reader, list < 6 ? 16 : 64);
  }
}

function skipScalingList(reader: BitReader, size: number): void {
  let [last, next] = [8, 8];
  for (let index = 0; index < size && next !== 0; index++) {
    next = (last + reader.se() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function pictureOrder(reader: BitReader): void {
  const type = reader.ue();
  if (type === 0) reader.ue();
  if (type !== 1) return;
  reader.skip(1);
  reader.se();
  reader.se();
  const count = reader.ue();
  if (count > maxRefFramesInCycle) throw new MalformedError("h264/sps", `a cycle of ${count} reference frames`);
  for (let index = 0; index < count; index++) reader.se();
}

/** The timing fields of the VUI (annex E.1.1); it may end early, which then says nothing. */
function timing(reader: BitReader): number | undefined {
  try {
    if (reader.flag() && reader.bits(8) === extendedAspect) reader.skip(32);
    if (reader.flag()) reader.skip(1);
    if (reader.flag()) {
      reader.skip(4);
      if (reader.flag()) reader.skip(24);
    }
    if (reader.flag()) {
      reader.ue();
      reader.ue();
    }
    if (!reader.flag()) return undefined;
    const [ticks, scale] = [reader.bits(32), reader.bits(32)];
    const rate = scale / (2 * ticks);
    return Number.isFinite(rate) && rate > 0 && rate <= 1000 ? Math.round(rate * 1000) / 1000 : undefined;
  } catch {
    return undefined;
  }
}
