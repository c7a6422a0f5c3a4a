import { ByteReader } from "../bytes/byte-reader.ts";
import { MalformedError } from "../malformed-error.ts";

/** Opus is always decoded at this rate (RFC 7845, 5.1). */
export const opusRate = 48_000;

/** Samples of a frame by the configuration's two low bits: SILK 10, 20, 40, 60 ms; hybrid 10, 20 ms; CELT 2.5, 5, 10, 20 ms (RFC 6716, table 2). */
const silkSamples = [480, 960, 1920, 2880];
const hybridSamples = [480, 960];
const celtSamples = [120, 240, 480, 960];
const firstHybrid = 12;
const firstCelt = 16;
const maxPacketSamples = 5760;

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

/** How many samples a packet decodes to, by its table of contents (RFC 6716, 3.1 and 3.2); undefined for one of more than 120 ms, which is none. Throws `bytes/short`. */
export function opusFrameSamples(packet: Uint8Array): number | undefined {
  const reader = new ByteReader(packet);
  const contents = reader.u8();
  const code = contents & 3;
  const frames = code === 0 ? 1 : code === 3 ? reader.u8() & 63 : 2;
  const samples = frames * frameSamples(contents >> 3);
  return samples > 0 && samples <= maxPacketSamples ? samples : undefined;
}

function frameSamples(configuration: number): number {
  if (configuration >= firstCelt) return celtSamples[configuration & 3] ?? 0;
  return (configuration >= firstHybrid ? hybridSamples[configuration & 1] : silkSamples[configuration & 3]) ?? 0;
}
