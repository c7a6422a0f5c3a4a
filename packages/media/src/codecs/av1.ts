import { BitReader } from "../bytes/bit-reader.ts";
import { ByteReader } from "../bytes/byte-reader.ts";
import { MalformedError } from "../malformed-error.ts";
import { ObuType, obus } from "./av1-obus.ts";
import { maxDimension, type PictureSize } from "./nal-units.ts";
import { frameRate } from "./vui.ts";

/** AV1CodecConfigurationRecord (AV1 in ISOBMFF, 2.3). */
export type Av1Config = {
  readonly profile: number;
  readonly level: number;
  readonly tier: number;
  readonly bitDepth: 8 | 10 | 12;
  /** The sequence header and what else must precede the first frame. */
  readonly obus: Uint8Array;
};

/** Reads an av1C. Throws `av1/config` for another version, `bytes/short`. */
export function parseAv1Config(bytes: Uint8Array): Av1Config {
  const reader = new ByteReader(bytes);
  const first = reader.u8();
  if (first !== 0x81) throw new MalformedError("av1/config", `av1C begins with 0x${first.toString(16)}`);
  const second = reader.u8();
  const third = reader.u8();
  reader.skip(1);
  const high = (third & 0x40) !== 0;
  const twelve = (third & 0x20) !== 0;
  const bitDepth = high ? (second >> 5 === 2 && twelve ? 12 : 10) : 8;
  return { profile: second >> 5, level: second & 31, tier: third >> 7, bitDepth, obus: reader.bytes() };
}

/** AV1 in ISOBMFF, 5: `av01.P.LLT.DD`. */
export function av1CodecString({ profile, level, tier, bitDepth }: Av1Config): string {
  return `av01.${profile}.${String(level).padStart(2, "0")}${tier === 1 ? "H" : "M"}.${String(bitDepth).padStart(2, "0")}`;
}

/** The largest frame that the sequence header announces, and its frame rate when that is constant (AV1 5.5.1). Throws `av1/sequence`, `bits/…`; undefined where there is no sequence header. */
export function av1PictureSize({ obus }: Pick<Av1Config, "obus">): PictureSize | undefined {
  const payload = findSequenceHeader(obus);
  if (!payload) return undefined;
  const reader = new BitReader(payload);
  reader.skip(4);
  const reduced = reader.flag();
  if (reduced) reader.skip(5);
  const rate = reduced ? undefined : readOperatingPoints(reader).rate;
  const [widthBits, heightBits] = [reader.bits(4) + 1, reader.bits(4) + 1];
  const width = reader.bits(widthBits) + 1;
  const height = reader.bits(heightBits) + 1;
  if (width > maxDimension || height > maxDimension)
    throw new MalformedError("av1/sequence", `a picture of ${width} × ${height}`);
  return rate === undefined ? { width, height } : { width, height, frameRate: rate };
}

function findSequenceHeader(units: Uint8Array): Uint8Array | undefined {
  for (const { type, payload } of obus(units)) if (type === ObuType.sequenceHeader) return payload;
  return undefined;
}

/** From the timing information to the operating points (AV1 5.5.1): the frame rate where it is constant, level and tier of the first point. */
export function readOperatingPoints(reader: BitReader): { rate: number | undefined; level: number; tier: number } {
  let decoderModel = 0;
  let rate: number | undefined;
  if (reader.flag()) {
    const unitsInTick = reader.bits(32);
    const timeScale = reader.bits(32);
    if (reader.flag()) rate = frameRate(timeScale, unitsInTick, uvlc(reader) + 1);
    if (reader.flag()) {
      decoderModel = reader.bits(5) + 1;
      reader.skip(42);
    }
  }
  const initialDelay = reader.flag();
  let first: { level: number; tier: number } | undefined;
  for (let left = reader.bits(5) + 1; left > 0; left--) {
    reader.skip(12);
    const level = reader.bits(5);
    const tier = level > 7 ? reader.bits(1) : 0;
    first ??= { level, tier };
    if (decoderModel > 0 && reader.flag()) reader.skip(decoderModel * 2 + 1);
    if (initialDelay && reader.flag()) reader.skip(4);
  }
  return { rate, level: 0, tier: 0, ...first };
}

/** AV1 4.10.3. */
function uvlc(reader: BitReader): number {
  let zeros = 0;
  while (!reader.flag()) zeros++;
  return zeros < 32 ? 2 ** zeros - 1 + reader.bits(zeros) : 2 ** 32 - 1;
}
