import { BitReader } from "../bytes/bit-reader.ts";
import { parseAacConfig, readObjectType, readRate } from "./aac.ts";

const Sbr = 5;
const Ps = 29;
const LowDelay = 23;
const EnhancedLowDelay = 39;
const Usac = 42;
const usacExplicitRate = 31;
/** By coreSbrFrameLengthIndex, as they come out (ISO/IEC 23003-3, table 70). */
const usacLengths = [768, 1024, 2048, 2048, 4096];

/**
 * Samples per frame by the configuration (ISO/IEC 14496-3, 4.4.1), counted at the rate that `parseAacConfig` gives. So 2048 and not 1024 where SBR is announced: that rate is twice the coded one, and the
 * frame lasts as long. SBR that is not announced counts at the coded rate. Throws like `parseAacConfig`; undefined for a length or a pair of rates that there is not.
 */
export function aacFrameSamples(config: Uint8Array): number | undefined {
  const { sampleRate } = parseAacConfig(config);
  const reader = new BitReader(config);
  const objectType = readObjectType(reader);
  const codedRate = readRate(reader);
  reader.skip(4);
  if (objectType === Usac) return usacFrameSamples(reader);
  const extended = objectType === Sbr || objectType === Ps;
  if (extended) readRate(reader);
  const coreType = extended ? readObjectType(reader) : objectType;
  const short = reader.flag();
  const coded = coreType === LowDelay || coreType === EnhancedLowDelay ? (short ? 480 : 512) : short ? 960 : 1024;
  const factor = sampleRate / codedRate; // SBR doubles the rate or leaves it
  return factor === 1 || factor === 2 ? coded * factor : undefined;
}

/** UsacConfig (ISO/IEC 23003-3, 5.2). */
function usacFrameSamples(reader: BitReader): number | undefined {
  if (reader.bits(5) === usacExplicitRate) reader.skip(24);
  return usacLengths[reader.bits(3)];
}
