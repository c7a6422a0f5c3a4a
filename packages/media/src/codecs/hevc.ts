import { ByteReader } from "../bytes/byte-reader.ts";
import { MalformedError } from "../malformed-error.ts";
import { describeHevcSps, parseHevcSps } from "./hevc-sps.ts";
import { lenient } from "./lenient.ts";
import { type LongLengths, longLengths, type PictureSize } from "./nal-units.ts";
import type { PictureDescription } from "./vui.ts";

/** HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1). */
export type HevcConfig = {
  readonly profileSpace: number;
  readonly tier: number;
  readonly profile: number;
  readonly compatibility: number;
  /** Six bytes of constraint flags. */
  readonly constraints: Uint8Array;
  readonly level: number;
  readonly lengthSize: number;
  /** The arrays of parameter sets by NAL unit type (32 VPS, 33 SPS, 34 PPS …). */
  readonly units: ReadonlyMap<number, readonly Uint8Array[]>;
};

const spsType = 33;
const lengthSizeAt = 21;
/** A record could hold millions of empty units. 16 VPS, 16 SPS and 64 PPS are all that the standard allows; the rest is for SEI. */
const maxUnits = 256;

/** Reads an hvcC. Throws `hevc/config` for another version or too many units, `bytes/short`. */
export function parseHevcConfig(bytes: Uint8Array): HevcConfig {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version > 1) throw new MalformedError("hevc/config", `hvcC of version ${version}`); // 0 is what early encoders wrote
  const first = reader.u8();
  const compatibility = reader.u32();
  const constraints = reader.bytes(6);
  const level = reader.u8();
  reader.skip(8); // segmentation, parallelism, chroma, bit depths, frame rate
  const lengthSize = (reader.u8() & 3) + 1;
  return {
    profileSpace: first >> 6,
    tier: (first >> 5) & 1,
    profile: first & 31,
    compatibility,
    constraints,
    level,
    lengthSize,
    units: readUnits(reader),
  };
}

/** The same hvcC for access units that `withLongLengths` has rewritten, and the size that their lengths had. Throws `bytes/short`. */
export function withLongLengthsHevc(config: Uint8Array): LongLengths {
  return longLengths(config, lengthSizeAt);
}

/** ISO/IEC 14496-15, annex E.3: `hvc1.` profile, reversed compatibility flags, tier and level, constraint bytes without trailing zeros. */
export function hevcCodecString({
  profileSpace,
  tier,
  profile,
  compatibility,
  constraints,
  level,
}: HevcConfig): string {
  const space = ["", "A", "B", "C"][profileSpace] ?? "";
  const last = constraints.findLastIndex((byte) => byte !== 0);
  const flags = Array.from(constraints.subarray(0, last + 1), (byte) => `.${byte.toString(16).toUpperCase()}`).join("");
  return `hvc1.${space}${profile}.${reversed(compatibility).toString(16).toUpperCase()}.${tier === 1 ? "H" : "L"}${level}${flags}`;
}

/** The picture that the first SPS describes. Throws `hevc/sps`, `bits/…`; undefined where there is no SPS. */
export function hevcPictureSize({ units }: HevcConfig): PictureSize | undefined {
  const [unit] = units.get(spsType) ?? [];
  return unit && parseHevcSps(unit);
}

/** How the picture of an hvcC's first SPS is to be shown; empty where nothing is said of that. */
export function hevcPictureDescription(config: Uint8Array): PictureDescription {
  const description = lenient(() => {
    const [unit] = parseHevcConfig(config).units.get(spsType) ?? [];
    return unit && describeHevcSps(unit);
  });
  return description ?? {};
}

function readUnits(reader: ByteReader): Map<number, Uint8Array[]> {
  const units = new Map<number, Uint8Array[]>();
  let total = 0;
  for (let arrays = reader.u8(); arrays > 0; arrays--) {
    const type = reader.u8() & 63;
    const array = units.get(type) ?? [];
    const count = reader.u16();
    total += count;
    if (total > maxUnits) throw new MalformedError("hevc/config", `more than ${maxUnits} parameter sets`);
    for (let left = count; left > 0; left--) array.push(reader.bytes(reader.u16()));
    units.set(type, array);
  }
  return units;
}

function reversed(value: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) result = result * 2 + ((value >>> bit) & 1);
  return result;
}
