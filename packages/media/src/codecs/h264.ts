import { BitReader } from "../bytes/bit-reader.ts";
import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { MalformedError } from "../malformed-error.ts";
import { lenient } from "./lenient.ts";
import { hex, type LongLengths, longLengths, maxDimension, type PictureSize, rawPayload } from "./nal-units.ts";
import { frameRate, type PictureDescription, readPictureDescription } from "./vui.ts";

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

/** What the fields of high profiles say; 4:2:0 with 8 bits where there are none. */
type Chroma = {
  readonly format: number;
  readonly separatePlanes: boolean;
  readonly lumaDepth: number;
  readonly chromaDepth: number;
};

type Picture = { readonly size: PictureSize; readonly description: PictureDescription };
type Usability = { readonly description: PictureDescription; readonly rate?: number | undefined };

/** Profiles whose sequence parameter set has chroma fields (H.264 7.3.2.1.1). */
const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
/** Profiles whose avcC repeats them at its end. */
const highRecords = new Set([100, 110, 122, 144]);
const plainChroma: Chroma = { format: 1, separatePlanes: false, lumaDepth: 8, chromaDepth: 8 };
const maxRefFramesInCycle = 255;
const lengthSizeAt = 4;
const maxSps = 31;
const maxPps = 255;
const maxParameterSet = 0xffff;

/** Reads an avcC. What follows the parameter sets is not needed, and is garbage from some encoders. Throws `h264/config` for another version, `bytes/short`. */
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

/** An avcC with lengths of four bytes (ISO/IEC 14496-15, 5.3.3.1); its first SPS names profile and level. Throws `h264/config` for parameter sets that a record has no room for. */
export function buildH264Config(sps: readonly Uint8Array[], pps: readonly Uint8Array[]): Uint8Array {
  const [first] = sps;
  const tooLong = [...sps, ...pps].some(({ length }) => length > maxParameterSet);
  if (!first || first.length < 4 || sps.length > maxSps || pps.length > maxPps || tooLong) {
    throw new MalformedError("h264/config", `${sps.length} SPS and ${pps.length} PPS make no avcC`);
  }
  const [, profile = 0, compatibility = 0, level = 0] = first;
  const writer = new ByteWriter().u8(1).u8(profile).u8(compatibility).u8(level).u8(0xff);
  writer.u8(0xe0 | sps.length);
  for (const each of sps) writer.u16(each.length).bytes(each);
  writer.u8(pps.length);
  for (const each of pps) writer.u16(each.length).bytes(each);
  const chroma = highRecords.has(profile) ? lenient(() => chromaOf(first)) : undefined;
  if (chroma) {
    const { format, lumaDepth, chromaDepth } = chroma;
    writer.u8(0xfc | format).u8(0xf8 | (lumaDepth - 8));
    writer.u8(0xf8 | (chromaDepth - 8)).u8(0); // no extensions of the SPS
  }
  return writer.finish();
}

/** The same avcC for access units that `withLongLengths` has rewritten, and the size that their lengths had. Throws `bytes/short`. */
export function withLongLengthsH264(config: Uint8Array): LongLengths {
  return longLengths(config, lengthSizeAt);
}

/** RFC 6381, 3.3: `avc1.PPCCLL`. */
export function h264CodecString({ profile, compatibility, level }: H264Config): string {
  return `avc1.${hex(profile)}${hex(compatibility)}${hex(level)}`;
}

/** The picture's size, cropping applied, and its frame rate when the stream announces it (H.264 7.3.2.1.1, annex E). Throws `h264/sps`, `bits/…`. */
export function parseH264Sps(unit: Uint8Array): PictureSize {
  return readSps(unit).size;
}

/** How the picture of an avcC's first SPS is to be shown; empty where nothing is said of that. */
export function h264PictureDescription(config: Uint8Array): PictureDescription {
  const picture = lenient(() => {
    const [sps] = parseH264Config(config).sps;
    return sps && readSps(sps);
  });
  return picture?.description ?? {};
}

function readSps(unit: Uint8Array): Picture {
  const reader = new BitReader(rawPayload(unit, 1));
  const chroma = start(reader);
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
  const format = chroma.separatePlanes ? 0 : chroma.format;
  const unitX = format === 1 || format === 2 ? 2 : 1;
  const unitY = (format === 1 ? 2 : 1) * (framesOnly ? 1 : 2);
  const width = columns * 16 - (left + right) * unitX;
  const height = rows * 16 * (framesOnly ? 1 : 2) - (top + bottom) * unitY;
  if (width < 1 || height < 1 || width > maxDimension || height > maxDimension) {
    throw new MalformedError("h264/sps", `a picture of ${width} × ${height}`);
  }
  const { rate, description } = lenient(() => readUsability(reader)) ?? {};
  const size = rate === undefined ? { width, height } : { width, height, frameRate: rate };
  return { size, description: description ?? {} };
}

function parameterSets(reader: ByteReader, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => reader.bytes(reader.u16()));
}

function chromaOf(sps: Uint8Array): Chroma {
  return start(new BitReader(rawPayload(sps, 1)));
}

/** From the profile to the scaling lists. */
function start(reader: BitReader): Chroma {
  const profile = reader.bits(8);
  reader.skip(16);
  reader.ue();
  return highProfiles.has(profile) ? readChroma(reader) : plainChroma;
}

function readChroma(reader: BitReader): Chroma {
  const format = reader.ue();
  const separatePlanes = format === 3 && reader.flag();
  const [lumaDepth, chromaDepth] = [reader.ue() + 8, reader.ue() + 8];
  if (format > 3 || lumaDepth > 14 || chromaDepth > 14) {
    throw new MalformedError("h264/sps", `chroma format ${format} with ${lumaDepth} and ${chromaDepth} bits`);
  }
  reader.skip(1);
  if (reader.flag()) skipScalingLists(reader, format === 3 ? 12 : 8);
  return { format, separatePlanes, lumaDepth, chromaDepth };
}

function skipScalingLists(reader: BitReader, count: number): void {
  for (let list = 0; list < count; list++) {
    const present = reader.flag();
    if (present) skipScalingList(reader, list < 6 ? 16 : 64);
  }
}

/** H.264 7.3.2.1.1.1: a list ends early where the next scale is 0. */
function skipScalingList(reader: BitReader, size: number): void {
  let [last, next] = [8, 8];
  for (let index = 0; index < size && next !== 0; index++) {
    next = (last + reader.se() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function pictureOrder(reader: BitReader): void {
  const type = reader.ue();
  if (type > 2) throw new MalformedError("h264/sps", `picture order of type ${type}`);
  if (type === 0) reader.ue();
  if (type !== 1) return;
  reader.skip(1);
  reader.se();
  reader.se();
  const count = reader.ue();
  if (count > maxRefFramesInCycle) throw new MalformedError("h264/sps", `a cycle of ${count} reference frames`);
  for (let index = 0; index < count; index++) reader.se();
}

/** The VUI (annex E.1.1), which counts two ticks a frame. */
function readUsability(reader: BitReader): Usability | undefined {
  if (!reader.flag()) return undefined;
  const description = readPictureDescription(reader);
  if (!reader.flag()) return { description };
  const unitsInTick = reader.bits(32);
  return { description, rate: frameRate(reader.bits(32), unitsInTick, 2) };
}
