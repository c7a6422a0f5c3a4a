import { BitReader } from "../bytes/bit-reader.ts";
import { MalformedError } from "../malformed-error.ts";
import { lenient } from "./lenient.ts";

/** AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
export type AacConfig = {
  /** 2 is AAC-LC, 5 SBR (HE-AAC), 29 PS (HE-AAC v2), 42 USAC (xHE-AAC). */
  readonly objectType: number;
  /** Samples per second of what a decoder gives out: where SBR is announced it is SBR's rate, twice the coded one. SBR that is not announced cannot be seen here. */
  readonly sampleRate: number;
  /** Absent where only the codec's own part of the configuration knows. */
  readonly channels?: number;
};

/** A program config element (4.4.1.1): its channels, and the bits from there to its comment. */
type Program = { readonly channels: number; readonly rest: number };

const rates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
const explicitRate = 15;
/** By channel configuration (ISO/IEC 23001-8, table 8); 0 is a program config element, the rest is reserved. */
const channelCounts = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8];
const Sbr = 5;
const Ps = 29;
const Bsac = 22;
const escapeType = 31;
const sbrExtension = 0x2b7;
const psExtension = 0x548;
/** Main, LC, SSR, LTP: what SBR is added to behind their backs. */
const lastPlainType = 4;
/** Object types whose own part is a GASpecificConfig (1.6.2.1), which may hold a program config element. */
const generalTypes = new Set([1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23]);

/** Reads an AudioSpecificConfig. Throws `aac/empty`, `aac/sample-rate`, `aac/channels`, `bits/short`. */
export function parseAacConfig(bytes: Uint8Array): AacConfig {
  if (bytes.length === 0) throw new MalformedError("aac/empty", "an empty AudioSpecificConfig");
  const reader = new BitReader(bytes);
  const objectType = readObjectType(reader);
  const codedRate = readRate(reader);
  const configuration = reader.bits(4);
  if (objectType !== Sbr && objectType !== Ps) return plain(reader, objectType, codedRate, configuration);
  const sampleRate = readRate(reader);
  const coreType = readObjectType(reader);
  if (coreType === Bsac) reader.skip(4);
  const channels = configuration === 0 ? programOf(reader, coreType)?.channels : channelsOf(configuration);
  return described(objectType, sampleRate, channels);
}

/** RFC 6381, 3.3: `mp4a.40.N`, by the object type. */
export function aacCodecString(objectType: number): string {
  return `mp4a.40.${objectType}`;
}

function plain(reader: BitReader, objectType: number, codedRate: number, configuration: number): AacConfig {
  const program = configuration === 0 ? programOf(reader, objectType) : undefined;
  const channels = configuration === 0 ? program?.channels : channelsOf(configuration);
  const extension = objectType <= lastPlainType ? lenient(() => extensionOf(reader, program)) : undefined;
  return described(extension?.objectType ?? objectType, extension?.sampleRate ?? codedRate, channels);
}

/** Parametric stereo makes two channels of the one that is coded. */
function described(objectType: number, sampleRate: number, coded: number | undefined): AacConfig {
  const channels = objectType === Ps ? 2 : coded;
  return channels === undefined ? { objectType, sampleRate } : { objectType, sampleRate, channels };
}

/** ISO/IEC 14496-3, 1.6.2.1, GetAudioObjectType. */
export function readObjectType(reader: BitReader): number {
  const type = reader.bits(5);
  return type === escapeType ? 32 + reader.bits(6) : type;
}

/** A sample rate by its index, or written out. Throws `aac/sample-rate`, `bits/short`. */
export function readRate(reader: BitReader): number {
  const index = reader.bits(4);
  const rate = index === explicitRate ? reader.bits(24) : rates[index];
  if (rate === undefined || rate === 0) throw new MalformedError("aac/sample-rate", `sample rate index ${index}`);
  return rate;
}

function channelsOf(configuration: number): number {
  const count = channelCounts[configuration];
  if (!count) throw new MalformedError("aac/channels", `channel configuration ${configuration}`);
  return count;
}

/** Channel configuration 0 leaves the count to the program config element in GASpecificConfig (4.4.1). */
function programOf(reader: BitReader, objectType: number): Program | undefined {
  if (!generalTypes.has(objectType)) return undefined;
  skipGeneral(reader);
  reader.skip(10);
  const [front, side, back] = [reader.bits(4), reader.bits(4), reader.bits(4)];
  const [lowFrequency, data, coupling] = [reader.bits(2), reader.bits(3), reader.bits(4)];
  for (const bits of [4, 4, 3]) if (reader.flag()) reader.skip(bits);
  let channels = lowFrequency;
  for (let element = front + side + back; element > 0; element--) {
    channels += reader.flag() ? 2 : 1;
    reader.skip(4);
  }
  if (channels === 0) throw new MalformedError("aac/channels", "a program config element without channels");
  return { channels, rest: (lowFrequency + data) * 4 + coupling * 5 };
}

/** Frame length, core coder delay and extension flag. */
function skipGeneral(reader: BitReader): void {
  reader.skip(1);
  if (reader.flag()) reader.skip(14);
  reader.skip(1);
}

/** SBR and PS as they are signalled to those who look behind the configuration (1.6.5.3). */
function extensionOf(
  reader: BitReader,
  program: Program | undefined,
): { objectType: number; sampleRate: number } | undefined {
  if (program) {
    reader.skip(program.rest);
    reader.skip(reader.left % 8);
    reader.skip(8 * reader.bits(8));
  } else skipGeneral(reader);
  if (reader.bits(11) !== sbrExtension || readObjectType(reader) !== Sbr || !reader.flag()) return undefined;
  const sampleRate = readRate(reader);
  const parametric = reader.left >= 12 && reader.bits(11) === psExtension && reader.flag();
  return { objectType: parametric ? Ps : Sbr, sampleRate };
}
