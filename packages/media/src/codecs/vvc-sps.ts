import { BitReader } from "../bytes/bit-reader.ts";
import { MalformedError } from "../malformed-error.ts";
import { maxDimension, type PictureSize, rawPayload } from "./nal-units.ts";

const maxSublayers = 7;
const constraintFlags = 71;

/** The size of the pictures, conformance window applied (ISO/IEC 23090-3, 7.3.2.4). Throws `vvc/sps`, `bits/…`. */
export function parseVvcSps(unit: Uint8Array): PictureSize {
  const reader = new BitReader(rawPayload(unit, 2));
  reader.skip(8);
  const sublayers = reader.bits(3) + 1;
  if (sublayers > maxSublayers) throw new MalformedError("vvc/sps", `${sublayers} sublayers`);
  const chroma = reader.bits(2);
  reader.skip(2);
  if (reader.flag()) skipProfileTierLevel(reader, sublayers - 1);
  reader.skip(1);
  if (reader.flag()) reader.skip(1); // pictures may change their size
  const [codedWidth, codedHeight] = [reader.ue(), reader.ue()];
  const [left, right, top, bottom] = reader.flag()
    ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()]
    : [0, 0, 0, 0];
  const width = codedWidth - (left + right) * (chroma === 1 || chroma === 2 ? 2 : 1);
  const height = codedHeight - (top + bottom) * (chroma === 1 ? 2 : 1);
  if (width < 1 || height < 1 || width > maxDimension || height > maxDimension)
    throw new MalformedError("vvc/sps", `a picture of ${width} × ${height}`);
  return { width, height };
}

/** 7.3.3.1, with general_constraints_info (7.3.3.2). */
function skipProfileTierLevel(reader: BitReader, lowerLayers: number): void {
  reader.skip(18);
  if (reader.flag()) {
    reader.skip(constraintFlags);
    reader.skip(reader.bits(8));
  }
  align(reader);
  const levels = Array.from({ length: lowerLayers }, () => reader.flag());
  align(reader);
  for (const present of levels) reader.skip(present ? 8 : 0);
  reader.skip(32 * reader.bits(8)); // sub-profiles
}

/** To the next whole byte. */
function align(reader: BitReader): void {
  reader.skip(reader.left % 8);
}
