import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { pictureDescription } from "../codecs/colour.ts";
import { withoutVpBoxHeader } from "../codecs/vpx.ts";
import { completeVvcConfig } from "../codecs/vvc.ts";
import type { ColorInfo, VideoTrack } from "../track.ts";
import { box, fullBox } from "./box.ts";

const dotsPerInch = 72;
const compressorName = 32;
const hevcHeader = 22;
const hevcParameterSets = new Set([32, 33, 34]);
const complete = 0x80;
const chromaticityStep = 0.00002;
/** In candelas per square metre. */
const luminanceStep = 0.0001;

/** VisualSampleEntry with the codec's own box (ISO/IEC 14496-12, 12.1.3); undefined for a codec that has none. */
export function videoEntry(track: VideoTrack): Uint8Array | undefined {
  switch (track.codec) {
    case "h264":
      return entry("avc1", track, box("avcC", track.config), ...shown(track)); // ISO/IEC 14496-15, 5.4.2.1
    case "hevc":
      return entry("hvc1", track, box("hvcC", completeArrays(track.config)), ...shown(track)); // ISO/IEC 14496-15, 8.4.1
    case "vvc": // ISO/IEC 14496-15, 11.3.1 and 11.2.4.1
      return entry("vvc1", track, fullBox("vvcC", 0, 0, completeVvcConfig(track.config)), ...shown(track));
    case "av1":
      return entry("av01", track, box("av1C", track.config), ...shown(track)); // AV1 in ISOBMFF, 2.2
    case "vp8":
      return entry("vp08", track, fullBox("vpcC", 1, 0, withoutVpBoxHeader(track.config)), ...shown(track));
    case "vp9":
      return entry("vp09", track, fullBox("vpcC", 1, 0, withoutVpBoxHeader(track.config)), ...shown(track)); // VP Codec ISO Media File Format Binding, 2
    default:
      return undefined;
  }
}

function entry(type: string, { width = 0, height = 0 }: VideoTrack, ...boxes: readonly Uint8Array[]): Uint8Array {
  const fields = new ByteWriter(78)
    .bytes(new Uint8Array(6)) // reserved
    .u16(1) // data reference
    .bytes(new Uint8Array(16)) // predefined, reserved
    .u16(width)
    .u16(height)
    .u32(dotsPerInch << 16)
    .u32(dotsPerInch << 16)
    .u32(0) // reserved
    .u16(1) // frames per sample
    .bytes(new Uint8Array(compressorName))
    .u16(24) // depth: colour without alpha
    .u16(0xffff) // predefined
    .finish();
  return box(type, fields, ...boxes);
}

/** colr, pasp, mdcv and clli (ISO/IEC 14496-12, 12.1.5, 12.1.4, 12.1.7 and 12.1.6), for those who do not read parameter sets. AV1 and VP9 have their colours in their own boxes: here is what was said beside them. */
function shown(track: VideoTrack): Uint8Array[] {
  const { colour, pixelAspect } = pictureDescription(track);
  const { light, mastering } = track.colorInfo ?? {};
  const boxes: Uint8Array[] = [];
  if (colour) {
    const { primaries, transfer, matrix, fullRange } = colour;
    const fields = new ByteWriter(11).utf8("nclx").u16(primaries).u16(transfer).u16(matrix);
    boxes.push(box("colr", fields.u8(fullRange ? 0x80 : 0).finish()));
  }
  if (pixelAspect) boxes.push(box("pasp", new ByteWriter(8).u32(pixelAspect[0]).u32(pixelAspect[1]).finish()));
  if (mastering) boxes.push(masteringBox(mastering));
  if (light) boxes.push(box("clli", lightFields(light)));
  return boxes;
}

function masteringBox({ red, green, blue, white, ...light }: NonNullable<ColorInfo["mastering"]>): Uint8Array {
  const writer = new ByteWriter(24);
  for (const { x, y } of [green, blue, red, white])
    writer.u16(Math.round(x / chromaticityStep)).u16(Math.round(y / chromaticityStep));
  const { maxLuminance, minLuminance } = light;
  writer.u32(Math.round(maxLuminance / luminanceStep)).u32(Math.round(minLuminance / luminanceStep));
  return box("mdcv", writer.finish());
}

function lightFields({ maxContent, maxFrameAverage }: NonNullable<ColorInfo["light"]>): Uint8Array {
  return new ByteWriter(4).u16(Math.round(maxContent)).u16(Math.round(maxFrameAverage)).finish();
}

/** `hvc1` demands that the arrays of parameter sets say they are complete, which the hvcC of FFmpeg and others does not (ISO/IEC 14496-15, 8.4.1.1.1). */
function completeArrays(config: Uint8Array): Uint8Array {
  const result = config.slice();
  result[0] = 1; // early encoders wrote version 0
  const reader = new ByteReader(config);
  reader.skip(hevcHeader);
  for (let arrays = reader.u8(); arrays > 0; arrays--) {
    const type = reader.peek();
    if (hevcParameterSets.has(type & 63)) result[reader.at] = type | complete;
    reader.skip(1);
    for (let units = reader.u16(); units > 0; units--) reader.skip(reader.u16());
  }
  return result;
}
