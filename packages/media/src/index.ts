export { BitReader } from "./bytes/bit-reader.ts";
export { ByteReader } from "./bytes/byte-reader.ts";
export { ByteWriter } from "./bytes/byte-writer.ts";
export { MalformedError } from "./malformed-error.ts";
export type { Packet } from "./packet.ts";
export {
  type AudioCodec,
  type AudioTrack,
  type DataTrack,
  dataTrack,
  type Track,
  type VideoCodec,
  type VideoTrack,
} from "./track.ts";
