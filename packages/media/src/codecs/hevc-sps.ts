import { BitReader } from "../bytes/bit-reader.ts";
import { MalformedError } from "../malformed-error.ts";
import { lenient } from "./lenient.ts";
import { maxDimension, type PictureSize, rawPayload } from "./nal-units.ts";
import { frameRate, type PictureDescription, readPictureDescription } from "./vui.ts";

type Picture = { readonly size: PictureSize; readonly description: PictureDescription };
type Usability = { readonly description: PictureDescription; readonly rate?: number | undefined };

const maxSubLayers = 7;
const maxShortTermSets = 64;
const maxPicturesInSet = 16;
const maxLongTermPictures = 32;

/** The picture's size, conformance window applied, and its frame rate when the stream announces it (HEVC 7.3.2.2.1, annex E.2.1). Throws `hevc/sps`, `bits/…`. */
export function parseHevcSps(unit: Uint8Array): PictureSize {
  return readSps(unit).size;
}

/** How the picture is to be shown; empty where nothing is said of that. Throws like `parseHevcSps`. */
export function describeHevcSps(unit: Uint8Array): PictureDescription {
  return readSps(unit).description;
}

function readSps(unit: Uint8Array): Picture {
  const reader = new BitReader(rawPayload(unit, 2));
  reader.skip(4);
  const subLayers = reader.bits(3) + 1;
  if (subLayers > maxSubLayers) throw new MalformedError("hevc/sps", `${subLayers} sub-layers`);
  reader.skip(1);
  skipProfileTierLevel(reader, subLayers - 1);
  reader.ue();
  const chroma = reader.ue();
  if (chroma > 3) throw new MalformedError("hevc/sps", `chroma format ${chroma}`);
  const separatePlanes = chroma === 3 && reader.flag();
  const [codedWidth, codedHeight] = [reader.ue(), reader.ue()];
  const [left, right, top, bottom] = reader.flag()
    ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()]
    : [0, 0, 0, 0];
  const format = separatePlanes ? 0 : chroma;
  const width = codedWidth - (left + right) * (format === 1 || format === 2 ? 2 : 1);
  const height = codedHeight - (top + bottom) * (format === 1 ? 2 : 1);
  if (width < 1 || height < 1 || width > maxDimension || height > maxDimension) {
    throw new MalformedError("hevc/sps", `a picture of ${width} × ${height}`);
  }
  const usability = lenient(() => {
    skipCodingTools(reader, subLayers);
    return readUsability(reader);
  });
  const { rate, description } = usability ?? {};
  const size = rate === undefined ? { width, height } : { width, height, frameRate: rate };
  return { size, description: description ?? {} };
}

/** HEVC 7.3.3. */
function skipProfileTierLevel(reader: BitReader, lowerLayers: number): void {
  reader.skip(96);
  const present = Array.from({ length: lowerLayers }, () => ({ profile: reader.flag(), level: reader.flag() }));
  if (lowerLayers > 0) reader.skip(2 * (8 - lowerLayers));
  for (const { profile, level } of present) reader.skip((profile ? 88 : 0) + (level ? 8 : 0));
}

/** From the bit depths to the VUI. */
function skipCodingTools(reader: BitReader, subLayers: number): void {
  skipCodes(reader, 2);
  const orderBits = reader.ue() + 4;
  skipCodes(reader, 3 * (reader.flag() ? subLayers : 1));
  skipCodes(reader, 6);
  if (reader.flag() && reader.flag()) skipScalingLists(reader);
  reader.skip(2);
  if (reader.flag()) {
    reader.skip(8);
    skipCodes(reader, 2);
    reader.skip(1);
  }
  skipShortTermSets(reader);
  if (reader.flag()) reader.skip(bounded(reader.ue(), maxLongTermPictures) * (orderBits + 1));
  reader.skip(2);
}

/** HEVC 7.3.4. */
function skipScalingLists(reader: BitReader): void {
  for (let size = 0; size < 4; size++) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      const coded = reader.flag();
      skipCodes(reader, coded ? Math.min(64, 16 << (2 * size)) + (size > 1 ? 1 : 0) : 1);
    }
  }
}

/** HEVC 7.3.7. A set that is predicted has a flag or two for every picture of the set before it, and one more. */
function skipShortTermSets(reader: BitReader): void {
  const sets = bounded(reader.ue(), maxShortTermSets);
  let pictures = 0;
  for (let index = 0; index < sets; index++) {
    const predicted = index > 0 && reader.flag();
    pictures = predicted ? predictedPictures(reader, pictures) : listedPictures(reader);
  }
}

function predictedPictures(reader: BitReader, before: number): number {
  reader.skip(1);
  reader.ue();
  let pictures = 0;
  for (let index = 0; index <= before; index++) if (reader.flag() || reader.flag()) pictures++;
  return bounded(pictures, maxPicturesInSet);
}

function listedPictures(reader: BitReader): number {
  const pictures = bounded(reader.ue() + reader.ue(), maxPicturesInSet);
  for (let index = 0; index < pictures; index++) {
    reader.ue();
    reader.skip(1);
  }
  return pictures;
}

/** The VUI (annex E.2.1), whose tick is a picture: half a frame where fields are coded apart. */
function readUsability(reader: BitReader): Usability | undefined {
  if (!reader.flag()) return undefined;
  const description = readPictureDescription(reader);
  reader.skip(1);
  const fields = reader.flag();
  reader.skip(1);
  if (reader.flag()) skipCodes(reader, 4);
  if (!reader.flag()) return { description };
  const unitsInTick = reader.bits(32);
  return { description, rate: frameRate(reader.bits(32), unitsInTick, fields ? 2 : 1) };
}

function skipCodes(reader: BitReader, count: number): void {
  for (let index = 0; index < count; index++) reader.ue();
}

function bounded(count: number, limit: number): number {
  if (count > limit) throw new MalformedError("hevc/sps", `${count} where ${limit} are allowed`);
  return count;
}
