import { BitReader } from "../bytes/bit-reader.ts";
import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";

/** What the keyframe of a VP8 or VP9 stream says of its picture. */
export type VpKeyframe = {
  readonly width: number;
  readonly height: number;
  /** The content of the vpcC that MP4 needs, for peers that send none. */
  readonly config: Uint8Array;
};

const vp8StartCode = 0x9d012a;
const vp9SyncCode = 0x498342;
const frameMarker = 2;
const Rgb = 7;
/** Chroma of both halved, of the width halved, of neither (VP Codec ISO Media File Format Binding, 2.2). */
const Chroma = { halved: 1, narrow: 2, full: 3 } as const;
const unspecified = 2;
const identity = 0;
/** The largest picture of each level (the same document, by VP9's levels). A level's other limits cannot be seen in a frame. */
const levels = [
  [10, 36_864],
  [11, 73_728],
  [20, 122_880],
  [21, 245_760],
  [30, 552_960],
  [31, 983_040],
  [40, 2_228_224],
  [50, 8_912_896],
] as const;
const highestLevel = 60;

/** The header of a VP8 keyframe (RFC 6386, 9.1); undefined for any other frame. Throws `bytes/short`. */
export function parseVp8Keyframe(frame: Uint8Array): VpKeyframe | undefined {
  const reader = new ByteReader(frame);
  const interFrame = (reader.u8() & 1) === 1;
  reader.skip(2);
  if (interFrame || reader.u24() !== vp8StartCode) return undefined;
  const [width, height] = [scaledSize(reader), scaledSize(reader)];
  return { width, height, config: vpConfig(0, width * height, 8, Chroma.halved, false, unspecified) };
}

/** The uncompressed header of a VP9 keyframe (VP9 6.2); undefined for any other frame. Throws `bits/short`. */
export function parseVp9Keyframe(frame: Uint8Array): VpKeyframe | undefined {
  const reader = new BitReader(frame);
  if (reader.bits(2) !== frameMarker) return undefined;
  const [low, high] = [reader.bits(1), reader.bits(1)];
  const profile = high * 2 + low;
  if (profile === 3) reader.skip(1);
  const [shownAgain, interFrame] = [reader.flag(), reader.flag()];
  if (shownAgain || interFrame) return undefined;
  reader.skip(2);
  if (reader.bits(24) !== vp9SyncCode) return undefined;
  const bitDepth = profile < 2 ? 8 : reader.flag() ? 12 : 10;
  const rgb = reader.bits(3) === Rgb;
  const fullRange = rgb || reader.flag();
  const chroma = readChroma(reader, profile, rgb);
  const [width, height] = [reader.bits(16) + 1, reader.bits(16) + 1];
  const matrix = rgb ? identity : unspecified;
  return { width, height, config: vpConfig(profile, width * height, bitDepth, chroma, fullRange, matrix) };
}

/** Fourteen bits, little-endian; the other two say how to scale what is shown. */
function scaledSize(reader: ByteReader): number {
  return (reader.u8() + reader.u8() * 256) & 0x3fff;
}

/** Profiles 1 and 3 are those that have other than 4:2:0. */
function readChroma(reader: BitReader, profile: number, rgb: boolean): number {
  if (profile % 2 === 0) return rgb ? Chroma.full : Chroma.halved;
  const [halfWidth, halfHeight] = rgb ? [false, false] : [reader.flag(), reader.flag()];
  reader.skip(1);
  return halfWidth ? (halfHeight ? Chroma.halved : Chroma.narrow) : Chroma.full;
}

/** VPCodecConfigurationRecord. */
function vpConfig(
  profile: number,
  pixels: number,
  bitDepth: number,
  chroma: number,
  fullRange: boolean,
  matrix: number,
): Uint8Array {
  const [level] = levels.find(([, most]) => pixels <= most) ?? [highestLevel];
  return new ByteWriter(8)
    .u8(profile)
    .u8(level)
    .u8((bitDepth << 4) | (chroma << 1) | Number(fullRange))
    .u8(unspecified) // colour primaries
    .u8(unspecified) // transfer
    .u8(matrix)
    .u16(0) // no data for the decoder
    .finish();
}
