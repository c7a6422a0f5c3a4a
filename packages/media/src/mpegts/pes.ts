import { ByteWriter } from "../bytes/byte-writer.ts";

/** PTS and DTS are counted modulo 2³³ (ISO/IEC 13818-1, 2.4.3.6). */
export const clockModulus: number = 2 ** 33;

/** What a PES packet can hold besides its timestamps, where its length must be said. */
export const maxPesPayload: number = 0xffff - 3 - 10;

/** One access unit as a PES packet (ISO/IEC 13818-1, 2.4.3.6); times are in ticks of 90 kHz, below 2³³. A length of 0, which only video may have, stands for one that 16 bits cannot say. */
export function pesPacket(streamId: number, pts: number, dts: number, payload: Uint8Array): Uint8Array {
  const stamps = pts === dts ? 5 : 10;
  const length = 3 + stamps + payload.length;
  const writer = new ByteWriter(6 + length)
    .u24(1)
    .u8(streamId)
    .u16(length > 0xffff ? 0 : length)
    .u8(0x84) // the payload begins with an access unit
    .u8(stamps === 5 ? 0x80 : 0xc0)
    .u8(stamps);
  writeStamp(writer, stamps === 5 ? 2 : 3, pts);
  if (stamps === 10) writeStamp(writer, 1, dts);
  return writer.bytes(payload).finish();
}

/** 33 bits in three parts, a marker bit behind each. */
function writeStamp(writer: ByteWriter, prefix: number, ticks: number): void {
  const high = Math.floor(ticks / 2 ** 30);
  const low = ticks % 2 ** 30;
  writer.u8((prefix << 4) | (high << 1) | 1);
  writer.u16(((low >>> 15) << 1) | 1);
  writer.u16(((low & 0x7fff) << 1) | 1);
}
