import { BitReader } from "../bytes/bit-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { readOperatingPoints } from "./av1.ts";
import { ObuType, obus } from "./av1-obus.ts";
import type { Colour } from "./vui.ts";

type Samples = {
  readonly colour: Colour;
  readonly highBitDepth: boolean;
  readonly twelveBit: boolean;
  readonly monochrome: boolean;
  readonly subsampling: readonly [x: number, y: number];
  readonly position: number;
};

/** CP_BT_709, TC_SRGB and MC_IDENTITY: RGB (AV1 6.4.2). */
const rgb = { primaries: 1, transfer: 13, matrix: 0 };
/** CP_, TC_ and MC_UNSPECIFIED. */
const unspecified = 2;

/** What the sequence header among some OBUs says of colours; undefined where there is none. Throws like `buildAv1Config`. */
export function av1Colour(units: Uint8Array): Colour | undefined {
  for (const { type, payload } of obus(units))
    if (type === ObuType.sequenceHeader) return readSequence(payload).samples.colour;
  return undefined;
}

/** The av1C of a stream that brings its configuration only in its frames (AV1 in ISOBMFF, 2.3): from the sequence header of a keyframe, undefined where it has none. Throws `bits/…`, `av1/size`, `bytes/short`. */
export function buildAv1Config(frame: Uint8Array): Uint8Array | undefined {
  for (const { type, whole, payload } of obus(frame))
    if (type === ObuType.sequenceHeader) return record(whole, payload);
  return undefined;
}

function record(header: Uint8Array, payload: Uint8Array): Uint8Array {
  const { profile, level, tier, samples } = readSequence(payload);
  const { highBitDepth, twelveBit, monochrome, subsampling, position } = samples;
  const flags = [tier === 1, highBitDepth, twelveBit, monochrome, subsampling[0] === 1, subsampling[1] === 1];
  return new ByteWriter(4 + header.length)
    .u8(0x81)
    .u8((profile << 5) | level)
    .u8(flags.reduce((bits, flag) => (bits << 1) | (flag ? 1 : 0), 0) * 4 + position)
    .u8(0) // no initial presentation delay
    .bytes(header)
    .finish();
}

/** AV1 5.5.1. */
function readSequence(payload: Uint8Array): { profile: number; level: number; tier: number; samples: Samples } {
  const reader = new BitReader(payload);
  const profile = reader.bits(3);
  reader.skip(1);
  const reduced = reader.flag();
  const { level, tier } = reduced ? { level: reader.bits(5), tier: 0 } : readOperatingPoints(reader);
  skipSize(reader, reduced);
  skipTools(reader, reduced);
  return { profile, level, tier, samples: readSamples(reader, profile) };
}

/** AV1 5.5.1, from the frame size to the frame ids. */
function skipSize(reader: BitReader, reduced: boolean): void {
  const bits = reader.bits(4) + reader.bits(4) + 2;
  reader.skip(bits);
  if (!reduced && reader.flag()) reader.skip(7);
}

/** From the superblocks to the restoration filter. */
function skipTools(reader: BitReader, reduced: boolean): void {
  reader.skip(3);
  if (!reduced) {
    reader.skip(4);
    const hasOrder = reader.flag();
    if (hasOrder) reader.skip(2);
    const chosenPerFrame = reader.flag();
    const screenContent = chosenPerFrame || reader.flag();
    if (screenContent && !reader.flag()) reader.skip(1);
    if (hasOrder) reader.skip(3);
  }
  reader.skip(3);
}

/** AV1 5.5.2. */
function readSamples(reader: BitReader, profile: number): Samples {
  const highBitDepth = reader.flag();
  const twelveBit = profile === 2 && highBitDepth && reader.flag();
  const monochrome = profile !== 1 && reader.flag();
  const [primaries, transfer, matrix] = readPoints(reader);
  const depth = { highBitDepth, twelveBit, monochrome };
  if (!monochrome && primaries === rgb.primaries && transfer === rgb.transfer && matrix === rgb.matrix)
    return { ...depth, colour: { ...rgb, fullRange: true }, subsampling: [0, 0], position: 0 };
  const colour = { primaries, transfer, matrix, fullRange: reader.flag() };
  if (monochrome) return { ...depth, colour, subsampling: [1, 1], position: 0 };
  const subsampling = readSubsampling(reader, profile, twelveBit);
  const position = subsampling[0] === 1 && subsampling[1] === 1 ? reader.bits(2) : 0;
  return { ...depth, colour, subsampling, position };
}

function readPoints(reader: BitReader): readonly [primaries: number, transfer: number, matrix: number] {
  return reader.flag() ? [reader.bits(8), reader.bits(8), reader.bits(8)] : [unspecified, unspecified, unspecified];
}

function readSubsampling(reader: BitReader, profile: number, twelveBit: boolean): readonly [number, number] {
  if (profile === 0) return [1, 1];
  if (profile === 1) return [0, 0];
  if (!twelveBit) return [1, 0];
  const x = reader.bits(1);
  return [x, x === 1 ? reader.bits(1) : 0];
}
