import { BitReader } from "../bytes/bit-reader.ts";
import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { MalformedError } from "../malformed-error.ts";

const streamInfoLength = 34;
const marker = "fLaC";

/** What STREAMINFO says (RFC 9639, 8.2). */
export type FlacConfig = {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitDepth: number;
  /** The configuration in the form that Enhanced RTMP defines: the marker, then STREAMINFO as a metadata block. FFmpeg sends STREAMINFO alone. */
  readonly canonical: Uint8Array;
};

/** Reads a FLAC configuration in either form. Throws `flac/config`, `bytes/short`. */
export function parseFlacConfig(bytes: Uint8Array): FlacConfig {
  const streamInfo = streamInfoOf(bytes);
  const reader = new BitReader(streamInfo);
  reader.skip(80);
  const sampleRate = reader.bits(20);
  const channels = reader.bits(3) + 1;
  const bitDepth = reader.bits(5) + 1;
  if (sampleRate === 0) throw new MalformedError("flac/config", "a sample rate of 0");
  const canonical = new ByteWriter(8 + streamInfoLength)
    .utf8(marker)
    .u8(0x80)
    .u24(streamInfoLength)
    .bytes(streamInfo)
    .finish();
  return { sampleRate, channels, bitDepth, canonical };
}

function streamInfoOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length === streamInfoLength) return bytes;
  const reader = new ByteReader(bytes);
  if (reader.utf8(4) !== marker) throw new MalformedError("flac/config", "neither STREAMINFO nor the FLAC marker");
  const type = reader.u8() & 0x7f;
  const length = reader.u24();
  if (type !== 0 || length !== streamInfoLength)
    throw new MalformedError("flac/config", `metadata block ${type} of ${length} bytes`);
  return reader.bytes(length);
}

const syncCode = 0x7ffc;
const firstPowerOf2 = 8;

/** Samples of a frame by its header (RFC 9639, 9.1), or by STREAMINFO where all frames are of one size and this one is empty. Throws `flac/config`, `bits/short`. */
export function flacFrameSamples(config: Uint8Array, frame: Uint8Array): number | undefined {
  if (frame.length === 0) return fixedBlock(config);
  const reader = new BitReader(frame);
  if (reader.bits(15) !== syncCode) return undefined;
  reader.skip(1);
  const code = reader.bits(4);
  if (code === 0) return undefined;
  if (code === 1) return 192;
  if (code >= firstPowerOf2) return 256 << (code - firstPowerOf2);
  if (code <= 5) return 576 << (code - 2);
  reader.skip(12);
  skipCodedNumber(reader);
  return reader.bits(code === 6 ? 8 : 16) + 1;
}

function fixedBlock(config: Uint8Array): number | undefined {
  const reader = new BitReader(streamInfoOf(config));
  const [smallest, largest] = [reader.bits(16), reader.bits(16)];
  return smallest === largest && smallest > 0 ? smallest : undefined;
}

/** The frame's or sample's number, written like a character of UTF-8 but of up to seven bytes (RFC 9639, 9.1.5). */
function skipCodedNumber(reader: BitReader): void {
  let more = -1;
  const first = reader.bits(8);
  for (let bit = 0x80; (first & bit) !== 0; bit >>= 1) more++;
  reader.skip(8 * Math.max(0, more));
}
