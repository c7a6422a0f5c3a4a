import { BitReader } from "../bytes/bit-reader.ts";
import { MalformedError } from "../malformed-error.ts";

const rates = [48_000, 44_100, 32_000];
/** By acmod (ETSI TS 102 366, 4.4.2.3); the low-frequency channel is counted apart. */
const channelCounts = [2, 1, 2, 3, 3, 4, 4, 5];

type Sound = { readonly sampleRate: number; readonly channels: number };

/** AC3SpecificBox's content, dac3 (ETSI TS 102 366, F.4). Throws `ac3/config`, `bits/short`. */
export function parseDac3(bytes: Uint8Array): Sound {
  const reader = new BitReader(bytes);
  const rate = rates[reader.bits(2)];
  reader.skip(8);
  return sound(rate, reader.bits(3), reader.flag());
}

/** EC3SpecificBox's content, dec3: its first independent substream (F.6). Throws `ac3/config`, `bits/short`. */
export function parseDec3(bytes: Uint8Array): Sound {
  const reader = new BitReader(bytes);
  reader.skip(16);
  const rate = rates[reader.bits(2)];
  reader.skip(10);
  return sound(rate, reader.bits(3), reader.flag());
}

function sound(rate: number | undefined, mode: number, lowFrequency: boolean): Sound {
  if (rate === undefined) throw new MalformedError("ac3/config", "a reserved sample rate");
  return { sampleRate: rate, channels: (channelCounts[mode] ?? 2) + (lowFrequency ? 1 : 0) };
}
