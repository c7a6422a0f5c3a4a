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
  if (sampleRate === 0) throw new MalformedError("flac/config", "a sample rate of 0");
  const canonical = new ByteWriter(8 + streamInfoLength)
    .utf8(marker)
    .u8(0x80)
    .u24(streamInfoLength)
    .bytes(streamInfo)
    .finish();
  return { sampleRate, channels, canonical };
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
