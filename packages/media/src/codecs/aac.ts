import { BitReader } from "../bytes/bit-reader.ts";
import { MalformedError } from "../malformed-error.ts";

/** AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
export type AacConfig = {
  /** 2 is AAC-LC, 5 SBR (HE-AAC), 29 PS (HE-AAC v2). */
  readonly objectType: number;
  /** Samples per second of what a decoder gives out: SBR doubles the coded rate. */
  readonly sampleRate: number;
  readonly channels: number;
};

const rates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
const explicitRate = 15;
const channelCounts = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8];
const Sbr = 5;
const Ps = 29;
const escapeType = 31;
const syncExtension = 0x2b7;

/** Reads an AudioSpecificConfig. Throws `aac/empty`, `aac/sample-rate`, `aac/channels`, `bits/short`. */
export function parseAacConfig(bytes: Uint8Array): AacConfig {
  if (bytes.length === 0) throw new MalformedError("aac/empty", "an empty AudioSpecificConfig");
  const reader = new BitReader(bytes);
  const signalled = objectTypeOf(reader);
  const codedRate = rateOf(reader);
  const channelConfig = reader.bits(4);
  if (signalled === Sbr || signalled === Ps) {
    const sampleRate = rateOf(reader);
    objectTypeOf(reader);
    return { objectType: signalled, sampleRate, channels: signalled === Ps ? 2 : channelsOf(reader, channelConfig) };
  }
  const channels = channelsOf(reader, channelConfig);
  return backwardSbr(reader, channelConfig) ?? { objectType: signalled, sampleRate: codedRate, channels };
}

/** RFC 6381, 3.3: `mp4a.40.N`. */
export function aacCodecString({ objectType }: AacConfig): string {
  return `mp4a.40.${objectType}`;
}

function objectTypeOf(reader: BitReader): number {
  const type = reader.bits(5);
  return type === escapeType ? 32 + reader.bits(6) : type;
}

function rateOf(reader: BitReader): number {
  const index = reader.bits(4);
  const rate = index === explicitRate ? reader.bits(24) : rates[index];
  if (rate === undefined || rate === 0) throw new MalformedError("aac/sample-rate", `sample rate index ${index}`);
  return rate;
}

/** Channel configuration 0 leaves the count to a program config element (4.4.1.1), which GASpecificConfig holds. */
function channelsOf(reader: BitReader, configuration: number): number {
  const count = channelCounts[configuration];
  if (configuration !== 0 && count) return count;
  if (configuration !== 0) throw new MalformedError("aac/channels", `channel configuration ${configuration}`);
  if (reader.left < 3)
    throw new MalformedError("aac/channels", "a channel configuration of 0 without a program config element");
  reader.skip(1);
  if (reader.flag()) reader.skip(14);
  reader.skip(1);
  return programChannels(reader);
}

function programChannels(reader: BitReader): number {
  reader.skip(10);
  const [front, side, back] = [reader.bits(4), reader.bits(4), reader.bits(4)];
  const lfe = reader.bits(2);
  reader.skip(7);
  for (const bits of [4, 4, 3]) if (reader.flag()) reader.skip(bits);
  let channels = lfe;
  for (let element = front + side + back; element > 0; element--) {
    channels += reader.flag() ? 2 : 1;
    reader.skip(4);
  }
  if (channels === 0) throw new MalformedError("aac/channels", "a program config element without channels");
  return channels;
}

/** Explicit signalling that old decoders do not see (1.6.5.3): behind the configuration, and only where no program config element came between. */
function backwardSbr(reader: BitReader, channelConfig: number): AacConfig | undefined {
  if (channelConfig === 0 || reader.left < 3 + 11 + 5) return undefined;
  reader.skip(3);
  if (reader.bits(11) !== syncExtension || objectTypeOf(reader) !== Sbr) return undefined;
  if (reader.left < 5 || !reader.flag()) return undefined;
  const sampleRate = rateOf(reader);
  const parametric = reader.left >= 12 && reader.bits(11) === 0x548 && reader.flag();
  return {
    objectType: parametric ? Ps : Sbr,
    sampleRate,
    channels: parametric ? 2 : (channelCounts[channelConfig] ?? 2),
  };
}
