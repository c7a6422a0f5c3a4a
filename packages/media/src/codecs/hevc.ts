import { BitReader } from "../bytes/bit-reader.ts";
import { ByteReader } from "../bytes/byte-reader.ts";
import { MalformedError } from "../malformed-error.ts";
import { maxDimension, type PictureSize, rawPayload } from "./nal-units.ts";

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
const maxSubLayers = 7;

/** Reads an hvcC. Throws `hevc/config` for another version, `bytes/short`. */
export function parseHevcConfig(bytes: Uint8Array): HevcConfig {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version > 1) throw new MalformedError("hevc/config", `hvcC of version ${version}`);
  const first = reader.u8();
  const compatibility = reader.u32();
  const constraints = reader.bytes(6);
  const level = reader.u8();
  reader.skip(8); // segmentation, parallelism, chroma, bit depths, frame rate
  const lengthSize = (reader.u8() & 3) + 1;
  const units = new Map<number, Uint8Array[]>();
  for (let count = reader.u8(); count > 0; count--) {
    const type = reader.u8() & 63;
    const array = units.get(type) ?? [];
    for (let left = reader.u16(); left > 0; left--) array.push(reader.bytes(reader.u16()));
    units.set(type, array);
  }
  return {
    profileSpace: first >> 6,
    tier: (first >> 5) & 1,
    profile: first & 31,
    compatibility,
    constraints,
    level,
    lengthSize,
    units,
  };
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

/** The size of the picture that the first SPS describes (HEVC 7.3.2.2.1). Throws `hevc/sps`, `bits/…`; undefined where there is no SPS. */
export function hevcPictureSize({ units }: HevcConfig): PictureSize | undefined {
  const [unit] = units.get(spsType) ?? [];
  if (!unit) return undefined;
  const reader = new BitReader(rawPayload(unit, 2));
  reader.skip(4);
  const subLayers = reader.bits(3);
  if (subLayers >= maxSubLayers) throw new MalformedError("hevc/sps", `${subLayers + 1} sub-layers`);
  reader.skip(1);
  skipProfileTierLevel(reader, subLayers);
  reader.ue();
  const chroma = reader.ue();
  if (chroma > 3) throw new MalformedError("hevc/sps", `chroma format ${chroma}`);
  if (chroma === 3) reader.skip(1);
  const [codedWidth, codedHeight] = [reader.ue(), reader.ue()];
  const [left, right, top, bottom] = reader.flag()
    ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()]
    : [0, 0, 0, 0];
  const width = codedWidth - (left + right) * (chroma === 1 || chroma === 2 ? 2 : 1);
  const height = codedHeight - (top + bottom) * (chroma === 1 ? 2 : 1);
  if (width < 1 || height < 1 || width > maxDimension || height > maxDimension) {
    throw new MalformedError("hevc/sps", `a picture of ${width} × ${height}`);
  }
  return { width, height };
}

/** HEVC 7.3.3. */
function skipProfileTierLevel(reader: BitReader, subLayers: number): void {
  reader.skip(96);
  const present = Array.from({ length: subLayers }, () => ({ profile: reader.flag(), level: reader.flag() }));
  if (subLayers > 0) reader.skip(2 * (8 - subLayers));
  for (const { profile, level } of present) reader.skip((profile ? 88 : 0) + (level ? 8 : 0));
}

function reversed(value: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) result = result * 2 + ((value >>> bit) & 1);
  return result;
}
