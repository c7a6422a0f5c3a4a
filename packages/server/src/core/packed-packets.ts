import { ByteReader, ByteWriter, type Packet, type Track } from "@sluice/media";

/** Packets as they lie in a file: a table of what they are, then their payloads. Tracks are named by their place in `tracks`, which stays in memory. */
export type PackedPackets = {
  readonly parts: readonly Uint8Array[];
  readonly length: number;
  readonly tracks: readonly Track[];
};

const kinds = ["config", "frame", "data", "end", "extra"] as const;
/** Kind, keyframe, track, the two times and the payload's length. */
const rowBytes = 1 + 1 + 4 + 8 + 8 + 4;

/** Nothing is copied: the parts are the table and the packets' own payloads. */
export function packPackets(packets: readonly Packet[]): PackedPackets {
  const tracks = new Map<Track, number>();
  const table = new ByteWriter(4 + packets.length * rowBytes).u32(packets.length);
  const payloads: Uint8Array[] = [];
  let length = 4 + packets.length * rowBytes;
  for (const { kind, track, dtsUs, ptsUs, keyframe, data } of packets) {
    const number = tracks.get(track) ?? tracks.size;
    tracks.set(track, number);
    table
      .u8(kinds.indexOf(kind))
      .u8(keyframe ? 1 : 0)
      .u32(number)
      .f64(dtsUs)
      .f64(ptsUs)
      .u32(data.length);
    if (data.length > 0) payloads.push(data);
    length += data.length;
  }
  return { parts: [table.finish(), ...payloads], length, tracks: [...tracks.keys()] };
}

/** The packets that were packed; their payloads are views of `bytes`. */
export function unpackPackets(bytes: Uint8Array, tracks: readonly Track[]): Packet[] {
  const table = new ByteReader(bytes);
  const count = table.u32();
  const payloads = new ByteReader(bytes);
  payloads.skip(4 + count * rowBytes);
  const packets: Packet[] = [];
  for (let index = 0; index < count; index++) {
    const kind = kinds[table.u8()];
    const keyframe = table.u8() === 1;
    const track = tracks[table.u32()];
    if (!kind || !track) throw new Error(`row ${index} of ${count} is no packet`);
    packets.push({ kind, track, dtsUs: table.f64(), ptsUs: table.f64(), keyframe, data: payloads.bytes(table.u32()) });
  }
  return packets;
}
