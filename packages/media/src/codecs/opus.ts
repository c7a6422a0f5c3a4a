import { ByteReader } from "../bytes/byte-reader.ts";
import { MalformedError } from "../malformed-error.ts";

/** Opus is always decoded at this rate (RFC 7845, 5.1). */
export const opusRate = 48_000;

/** The channels of an identification header (RFC 7845, 5.1). Throws `opus/head`, `bytes/short`. */
export function parseOpusHead(bytes: Uint8Array): { channels: number } {
  const reader = new ByteReader(bytes);
  if (reader.utf8(8) !== "OpusHead") throw new MalformedError("opus/head", "this is no OpusHead");
  const version = reader.u8();
  if (version >> 4 !== 0) throw new MalformedError("opus/head", `version ${version}`);
  const channels = reader.u8();
  if (channels === 0) throw new MalformedError("opus/head", "no channels");
  reader.skip(9);
  return { channels };
}
