import { ByteWriter } from "../bytes/byte-writer.ts";
import { MalformedError } from "../malformed-error.ts";

/**
 * The NAL units of an access unit whose lengths, of 1 to 4 bytes, stand before them (ISO/IEC 14496-15, 5.3.4.2). Encoders write empty units and a last one that is longer than the access unit: those
 * are left out. One at a time, because a hostile access unit may hold millions.
 */
export function* nalUnits(data: Uint8Array, lengthSize: number): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at + lengthSize <= data.length; ) {
    const start = at + lengthSize;
    const length = lengthAt(data, at, lengthSize);
    if (length > data.length - start) return;
    if (length > 0) yield data.subarray(start, start + length);
    at = start + length;
  }
}

/** The same access unit with lengths of four bytes, as browsers take it, and without its broken NAL units. What is so already comes back as it is; empty where no unit is left. */
export function withLongLengths(data: Uint8Array, lengthSize: number): Uint8Array {
  if (lengthSize === 4 && isWhole(data)) return data;
  const writer = new ByteWriter(data.length + 64);
  for (const unit of nalUnits(data, lengthSize)) writer.u32(unit.length).bytes(unit);
  return writer.finish();
}

/** A decoder configuration record whose NAL units' lengths are of four bytes, and the size that it announced before. */
export type LongLengths = { readonly config: Uint8Array; readonly lengthSize: number };

/** Sets the two bits at `at` that say how long the lengths are. Throws `bytes/short`. */
export function longLengths(config: Uint8Array, at: number): LongLengths {
  const lengths = config[at];
  if (lengths === undefined)
    throw new MalformedError("bytes/short", `a configuration record of ${config.length} bytes`);
  return { config: config.with(at, lengths | 3), lengthSize: (lengths & 3) + 1 };
}

/** True when units of four-byte lengths fill the access unit to its end and none is empty. */
function isWhole(data: Uint8Array): boolean {
  let at = 0;
  while (at + 4 <= data.length) {
    const length = lengthAt(data, at, 4);
    if (length === 0) return false;
    at += 4 + length;
  }
  return at === data.length;
}

function lengthAt(data: Uint8Array, at: number, lengthSize: number): number {
  let length = 0;
  for (let index = 0; index < lengthSize; index++) length = length * 256 + (data[at + index] ?? 0);
  return length;
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

/** What a picture may measure at most, in pixels: more is a broken header. */
export const maxDimension = 16_384;

/** What a sequence parameter set says of the picture: pixels as shown, frames per second. */
export type PictureSize = { readonly width: number; readonly height: number; readonly frameRate?: number };

/** Two digits of hexadecimal. */
export function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
