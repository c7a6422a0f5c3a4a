import type { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import type { ChannelMap } from "../track.ts";

/** AudioChannelOrder (Enhanced RTMP v2, "Enhanced Audio"). */
const Order = { unspecified: 0, native: 1, custom: 2 } as const;

/** Reads a MultichannelConfig; undefined for one of a kind that is not known, or without channels. Throws `bytes/short`. */
export function parseChannelMap(reader: ByteReader): ChannelMap | undefined {
  const order = reader.u8();
  const count = reader.u8();
  if (count === 0) return undefined;
  switch (order) {
    case Order.unspecified:
      return { kind: "unspecified", count };
    case Order.native:
      return { kind: "native", count, mask: reader.u32() };
    case Order.custom:
      return { kind: "custom", count, speakers: [...reader.bytes(count)] };
    default:
      return undefined;
  }
}

/** The body of a MultichannelConfig. */
export function encodeChannelMap(map: ChannelMap): Uint8Array {
  const writer = new ByteWriter(6 + map.count).u8(Order[map.kind]).u8(map.count);
  switch (map.kind) {
    case "unspecified":
      return writer.finish();
    case "native":
      return writer.u32(map.mask).finish();
    case "custom":
      return writer.bytes(Uint8Array.from(map.speakers)).finish();
  }
}
