import { ByteReader } from "../bytes/byte-reader.ts";
import { MalformedError } from "../malformed-error.ts";

const baseRates = [44_100, 48_000, 32_000];
/** By MPEG version: 2.5, reserved, 2, 1. */
const divisors = [4, 0, 2, 1];
const mono = 3;
const version1 = 3;
const layer3 = 1;
const layer1 = 3;

/** What a frame's header says (ISO/IEC 11172-3, 2.4.2.3). Throws `mp3/header`, `bytes/short`. */
export function parseMp3Header(frame: Uint8Array): { sampleRate: number; channels: number } {
  const header = new ByteReader(frame).u32();
  const divisor = divisors[(header >>> 19) & 3] ?? 0;
  const rate = baseRates[(header >>> 10) & 3];
  if (header >>> 21 !== 0x7ff || divisor === 0 || rate === undefined || ((header >>> 17) & 3) === 0) {
    throw new MalformedError("mp3/header", "this is no MPEG audio frame");
  }
  return { sampleRate: rate / divisor, channels: ((header >>> 6) & 3) === mono ? 1 : 2 };
}

/** Samples per frame, by version and layer (ISO/IEC 11172-3, 2.4.2.1; 13818-3, 2.4.2.3). Throws `mp3/header`, `bytes/short`. */
export function mp3FrameSamples(frame: Uint8Array): number {
  parseMp3Header(frame);
  const second = frame[1] ?? 0;
  const layer = (second >> 1) & 3;
  if (layer === layer1) return 384;
  return layer === layer3 && ((second >> 3) & 3) !== version1 ? 576 : 1152;
}
