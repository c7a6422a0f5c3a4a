import { ByteWriter } from "../bytes/byte-writer.ts";

/** What stands before a box's content: its size and its type. */
export const boxHeader = 8;

/** A box is its size, its four-character type, then its parts in order (ISO/IEC 14496-12, 4.2). */
export function box(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, boxHeader);
  const writer = new ByteWriter(size).u32(size).utf8(type);
  for (const part of parts) writer.bytes(part);
  return writer.finish();
}

/** A box whose content begins with a version and 24 flags (ISO/IEC 14496-12, 4.2). */
export function fullBox(type: string, version: number, flags: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return box(type, new ByteWriter(4).u8(version).u24(flags).finish(), ...parts);
}
