import { ByteWriter } from "../bytes/byte-writer.ts";

/** The NAL units of an access unit whose lengths stand before them (ISO/IEC 14496-15, 5.3.4.2). Encoders write empty and overlong ones: those are left out. */
export function nalUnits(data: Uint8Array, lengthSize: number): Uint8Array[] {
  const units: Uint8Array[] = [];
  for (let at = 0; at + lengthSize <= data.length; ) {
    let length = 0;
    for (let index = 0; index < lengthSize; index++) length = length * 256 + (data[at + index] ?? 0);
    at += lengthSize;
    if (length > data.length - at) break;
    if (length > 0) units.push(data.subarray(at, at + length));
    at += length;
  }
  return units;
}

/** The same access unit with lengths of four bytes, as browsers take it. */
export function withLongLengths(data: Uint8Array, lengthSize: number): Uint8Array {
  if (lengthSize === 4) return data;
  const writer = new ByteWriter(data.length * 2);
  for (const unit of nalUnits(data, lengthSize)) writer.u32(unit.length).bytes(unit);
  return writer.finish();
}

/** A NAL unit's payload without the bytes that keep start codes out of it (H.264 7.3.1, HEVC 7.3.1.1). `header` bytes at its front are left out too. */
export function rawPayload(unit: Uint8Array, header: number): Uint8Array {
  const out = new Uint8Array(unit.length);
  let length = 0;
  let zeros = 0;
  for (let at = header; at < unit.length; at++) {
    const byte = unit[at] ?? 0;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[length++] = byte;
  }
  return out.subarray(0, length);
}

/** What a picture may measure at most: more is a broken header. */
export const maxDimension = 16_384;

/** What a sequence parameter set says of the picture. */
export type PictureSize = { readonly width: number; readonly height: number; readonly frameRate?: number };

/** Two digits of hexadecimal. */
export function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
