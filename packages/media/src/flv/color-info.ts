import { type Amf, type AmfObject, emptyObject, isAmfObject } from "../amf/amf.ts";
import { decodeAmf0, encodeAmf0 } from "../amf/amf0.ts";
import type { Chromaticity, ColorInfo } from "../track.ts";

const name = "colorInfo";
const maxCodePoint = 255;
const maxBitDepth = 16;
const maxLight = 10_000;

/** What a metadata frame says of colours; `value` is undefined where it takes back what was said before. Undefined for a frame that speaks of something else. Throws what `decodeAmf0` throws. */
export function parseColorInfo(payload: Uint8Array): { readonly value: ColorInfo | undefined } | undefined {
  const values = decodeAmf0(payload, { lenient: true });
  for (let at = 0; at + 1 < values.length; at += 2)
    if (values[at] === name) return { value: colorInfo(values[at + 1]) };
  return undefined;
}

/** The payload of a metadata frame. */
export function encodeColorInfo({ light, mastering, ...config }: ColorInfo): Uint8Array {
  const info = emptyObject();
  const { bitDepth, primaries, transfer, matrix } = config;
  const colorConfig = object({
    bitDepth,
    colorPrimaries: primaries,
    transferCharacteristics: transfer,
    matrixCoefficients: matrix,
  });
  if (Object.keys(colorConfig).length > 0) info.colorConfig = colorConfig;
  if (light) info.hdrCll = object({ maxFall: light.maxFrameAverage, maxCLL: light.maxContent });
  if (mastering) {
    const { red, green, blue, white, maxLuminance, minLuminance } = mastering;
    info.hdrMdcv = object({
      redX: red.x,
      redY: red.y,
      greenX: green.x,
      greenY: green.y,
      blueX: blue.x,
      blueY: blue.y,
      whitePointX: white.x,
      whitePointY: white.y,
      maxLuminance,
      minLuminance,
    });
  }
  return encodeAmf0(name, info);
}

function object(fields: Readonly<Record<string, number | undefined>>): AmfObject {
  const result = emptyObject();
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) result[key] = value;
  return result;
}

/** Numbers that cannot be are as good as absent. */
function colorInfo(value: Amf): ColorInfo | undefined {
  const config = fields(value, "colorConfig");
  const bitDepth = whole(config("bitDepth"), maxBitDepth);
  const primaries = whole(config("colorPrimaries"), maxCodePoint);
  const transfer = whole(config("transferCharacteristics"), maxCodePoint);
  const matrix = whole(config("matrixCoefficients"), maxCodePoint);
  const light = lightOf(value);
  const mastering = masteringOf(value);
  const info: ColorInfo = {
    ...(bitDepth !== undefined && { bitDepth }),
    ...(primaries !== undefined && { primaries }),
    ...(transfer !== undefined && { transfer }),
    ...(matrix !== undefined && { matrix }),
    ...(light && { light }),
    ...(mastering && { mastering }),
  };
  return Object.keys(info).length > 0 ? info : undefined;
}

function lightOf(value: Amf): ColorInfo["light"] {
  const field = fields(value, "hdrCll");
  const maxContent = within(field("maxCLL"), maxLight);
  const maxFrameAverage = within(field("maxFall"), maxLight);
  if (maxContent === undefined && maxFrameAverage === undefined) return undefined;
  return { maxContent: maxContent ?? 0, maxFrameAverage: maxFrameAverage ?? 0 }; // 0 is unknown
}

function masteringOf(value: Amf): ColorInfo["mastering"] {
  const field = fields(value, "hdrMdcv");
  const [red, green] = [place(field("redX"), field("redY")), place(field("greenX"), field("greenY"))];
  const [blue, white] = [place(field("blueX"), field("blueY")), place(field("whitePointX"), field("whitePointY"))];
  const maxLuminance = within(field("maxLuminance"), maxLight);
  const minLuminance = within(field("minLuminance"), maxLight);
  const isWhole = red && green && blue && white && maxLuminance !== undefined && minLuminance !== undefined;
  return isWhole ? { red, green, blue, white, maxLuminance, minLuminance } : undefined;
}

function place(x: Amf, y: Amf): Chromaticity | undefined {
  const [across, up] = [within(x, 1), within(y, 1)];
  return across === undefined || up === undefined ? undefined : { x: across, y: up };
}

/** How to ask an object in the value for its fields. */
function fields(value: Amf, key: string): (field: string) => Amf {
  const part = isAmfObject(value) ? value[key] : undefined;
  return (field) => (isAmfObject(part) ? part[field] : undefined);
}

function within(value: Amf, most: number): number | undefined {
  return typeof value === "number" && value >= 0 && value <= most ? value : undefined;
}

function whole(value: Amf, most: number): number | undefined {
  const number = within(value, most);
  return number !== undefined && Number.isInteger(number) ? number : undefined;
}
