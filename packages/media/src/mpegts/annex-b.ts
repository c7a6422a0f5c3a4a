import { ByteWriter } from "../bytes/byte-writer.ts";
import { parseH264Config } from "../codecs/h264.ts";
import { parseHevcConfig } from "../codecs/hevc.ts";
import { nalUnits } from "../codecs/nal-units.ts";

/** How a video track's access units become a byte stream. */
export type ByteStreamForm = {
  readonly lengthSize: number;
  /** What stands in the configuration and must stand before every keyframe, in its order. */
  readonly parameterSets: readonly Uint8Array[];
  /** The kinds of NAL unit without which a keyframe cannot be decoded. */
  readonly required: readonly number[];
  /** An access unit delimiter that promises nothing of the picture. */
  readonly delimiter: Uint8Array;
  typeOf(unit: Uint8Array): number;
};

const startCode = 1;
const startCodeLength = 4;

/** H.264's (ISO/IEC 14496-10, annex B). Throws as `parseH264Config` does. */
export function h264Form(config: Uint8Array): ByteStreamForm {
  const { lengthSize, sps, pps } = parseH264Config(config);
  return {
    lengthSize,
    parameterSets: [...sps, ...pps],
    required: [7, 8],
    delimiter: Uint8Array.of(9, 0xf0),
    typeOf: ([first = 0]) => first & 31,
  };
}

/** HEVC's (ISO/IEC 23008-2, annex B): VPS, SPS, PPS, and SEI that the configuration has. Throws as `parseHevcConfig` does. */
export function hevcForm(config: Uint8Array): ByteStreamForm {
  const { lengthSize, units } = parseHevcConfig(config);
  return {
    lengthSize,
    parameterSets: [32, 33, 34, 39].flatMap((type) => units.get(type) ?? []),
    required: [32, 33, 34],
    delimiter: Uint8Array.of(0x46, 1, 0x50),
    typeOf: ([first = 0]) => (first >> 1) & 63,
  };
}

/** The access unit with start codes, a delimiter first (ISO/IEC 13818-1, 2.14.1), and what a keyframe needs before it. Empty when it has no NAL unit. */
export function byteStream(form: ByteStreamForm, data: Uint8Array, keyframe: boolean): Uint8Array {
  const units = withDelimiter(form, [...(keyframe ? completed(form, data) : nalUnits(data, form.lengthSize))]);
  const writer = new ByteWriter(units.reduce((length, unit) => length + startCodeLength + unit.length, 0));
  for (const unit of units) writer.u32(startCode).bytes(unit);
  return writer.finish();
}

function withDelimiter({ delimiter, typeOf }: ByteStreamForm, units: readonly Uint8Array[]): readonly Uint8Array[] {
  const [first] = units;
  return !first || typeOf(first) === typeOf(delimiter) ? units : [delimiter, ...units];
}

/** All parameter sets of the configuration unless the keyframe brings every kind itself; what is in both comes once. */
function completed(
  { lengthSize, parameterSets, required, delimiter, typeOf }: ByteStreamForm,
  data: Uint8Array,
): Uint8Array[] {
  const units = [...nalUnits(data, lengthSize)];
  const types = new Set(units.map(typeOf));
  if (units.length === 0 || required.every((type) => types.has(type))) return units;
  const own = units.filter((unit) => !parameterSets.some((set) => sameBytes(set, unit)));
  const [first] = own;
  const begin = first && typeOf(first) === typeOf(delimiter) ? 1 : 0;
  return [...own.slice(0, begin), ...parameterSets, ...own.slice(begin)];
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
