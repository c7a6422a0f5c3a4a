import { BitReader } from "../bytes/bit-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { MalformedError } from "../malformed-error.ts";

/** What an AC-3 or E-AC-3 configuration says. */
export type Ac3Sound = { readonly sampleRate: number; readonly channels: number };

/** What a synchronisation frame says. */
export type Ac3Frame = Ac3Sound & {
  readonly codec: "ac3" | "eac3";
  /** The content of the dac3 or dec3 that MP4 needs, for peers that send none. */
  readonly config: Uint8Array;
};

const rates = [48_000, 44_100, 32_000];
/** By acmod (4.4.2.3); the low-frequency channel is counted apart. */
const channelCounts = [2, 1, 2, 3, 3, 4, 4, 5];
const blockCounts = [1, 2, 3, 6];
const blockSamples = 256;
const syncWord = 0x0b77;
/** Bits from the synchronisation word to the kind of bit stream. */
const frameHead = 45;
const lastAc3 = 8;
const firstEac3 = 11;
const lastEac3 = 16;
const dependent = 1;

/** AC3SpecificBox's content, dac3 (ETSI TS 102 366, F.4). Throws `ac3/config`, `bits/short`. */
export function parseDac3(bytes: Uint8Array): Ac3Sound {
  const reader = new BitReader(bytes);
  const fscod = reader.bits(2);
  reader.skip(8);
  return sound("ac3/config", fscod, reader.bits(3), reader.flag());
}

/** EC3SpecificBox's content, dec3: its first independent substream (F.6). Throws `ac3/config`, `bits/short`. */
export function parseDec3(bytes: Uint8Array): Ac3Sound {
  const reader = new BitReader(bytes);
  reader.skip(16);
  const fscod = reader.bits(2);
  reader.skip(10);
  return sound("ac3/config", fscod, reader.bits(3), reader.flag());
}

/** A synchronisation frame of either kind (ETSI TS 102 366, 4.3 and E.1.2). Dependent substreams after the first are not counted. Throws `ac3/frame`, `bits/short`. */
export function parseAc3Frame(frame: Uint8Array): Ac3Frame {
  const reader = new BitReader(frame);
  if (reader.bits(16) !== syncWord) throw new MalformedError("ac3/frame", "a frame without its synchronisation word");
  const head = reader.bits(24);
  const bsid = reader.bits(5); // stands at the same place in both
  if (bsid <= lastAc3) return ac3Frame(reader, head & 0xff, bsid);
  if (bsid >= firstEac3 && bsid <= lastEac3) return eac3Frame(head, bsid);
  throw new MalformedError("ac3/frame", `bit stream of kind ${bsid}`);
}

/**
 * Samples of the synchronisation frames that one access unit holds. E-AC-3 may cut its 1536 samples into several frames, and adds dependent and further independent substreams that sound at the same
 * time (E.1.3.1.1). Undefined where there is no such frame.
 */
export function ac3FrameSamples(unit: Uint8Array): number | undefined {
  let samples = 0;
  for (let at = 0; at < unit.length; ) {
    const reader = new BitReader(unit.subarray(at));
    if (reader.left < frameHead || reader.bits(16) !== syncWord) break; // what follows the last frame is padding
    const head = reader.bits(24);
    if (reader.bits(5) <= lastAc3) return 6 * blockSamples;
    const [kind, substream, words] = [head >> 22, (head >> 19) & 7, ((head >> 8) & 0x7ff) + 1];
    const halfRate = ((head >> 6) & 3) === 3;
    if (kind !== dependent && substream === 0)
      samples += (halfRate ? 6 : (blockCounts[(head >> 4) & 3] ?? 6)) * blockSamples;
    at += words * 2;
  }
  return samples > 0 ? samples : undefined;
}

function ac3Frame(reader: BitReader, rateAndSize: number, bsid: number): Ac3Frame {
  const [bsmod, acmod] = [reader.bits(3), reader.bits(3)];
  if (acmod > 1 && acmod % 2 === 1) reader.skip(2); // how loud the centre is in a mix
  if (acmod >= 4) reader.skip(2); // the same of the surrounds
  if (acmod === 2) reader.skip(2); // Dolby Surround
  const lfeon = reader.flag();
  const [fscod, bitRateCode] = [rateAndSize >> 6, (rateAndSize & 63) >> 1];
  const config = new ByteWriter(3)
    .u24((fscod << 22) | (bsid << 17) | (bsmod << 14) | (acmod << 11) | (Number(lfeon) << 10) | (bitRateCode << 5))
    .finish();
  return { codec: "ac3", ...sound("ac3/frame", fscod, acmod, lfeon), config };
}

function eac3Frame(head: number, bsid: number): Ac3Frame {
  const [kind, words] = [head >> 22, ((head >> 8) & 0x7ff) + 1];
  const [fscod, blocks] = [(head >> 6) & 3, blockCounts[(head >> 4) & 3] ?? 6];
  const [acmod, lfeon] = [(head >> 1) & 7, (head & 1) === 1];
  if (kind === dependent) throw new MalformedError("ac3/frame", "a dependent substream comes first");
  const heard = sound("ac3/frame", fscod, acmod, lfeon);
  const kilobits = Math.round((words * 16 * heard.sampleRate) / (blocks * blockSamples) / 1000);
  const config = new ByteWriter(5)
    .u16(Math.min(kilobits, 0x1fff) << 3)
    .u24((fscod << 22) | (bsid << 17) | (acmod << 9) | (Number(lfeon) << 8))
    .finish();
  return { codec: "eac3", ...heard, config };
}

function sound(code: string, fscod: number, acmod: number, lfeon: boolean): Ac3Sound {
  const sampleRate = rates[fscod];
  if (sampleRate === undefined) throw new MalformedError(code, "a reserved sample rate");
  return { sampleRate, channels: (channelCounts[acmod] ?? 2) + Number(lfeon) };
}
