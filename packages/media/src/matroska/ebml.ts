import { ByteWriter, utf8Bytes } from "../bytes/byte-writer.ts";

/** The elements that we write or read (RFC 9559, 5). */
export const Id = {
  ebml: 0x1a45dfa3,
  ebmlVersion: 0x4286,
  ebmlReadVersion: 0x42f7,
  ebmlMaxIdLength: 0x42f2,
  ebmlMaxSizeLength: 0x42f3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  flagLacing: 0x9c,
  defaultDuration: 0x23e383,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  referenceBlock: 0xfb,
} as const;

/** Eight bytes that say nobody knows how long it will be (RFC 8794, 6.2). */
const unknownSize = Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

/** An element with other elements, or bytes, inside (RFC 8794, 5 and 6). */
export function element(id: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const writer = writeSize(writeId(new ByteWriter(length + 12), id), length);
  for (const part of parts) writer.bytes(part);
  return writer.finish();
}

/** An unsigned integer in as few bytes as it takes. */
export function unsigned(id: number, value: number): Uint8Array {
  let length = 1;
  while (value >= 256 ** length) length++;
  const bytes = Uint8Array.from({ length }, (_, index) => Math.floor(value / 256 ** (length - 1 - index)));
  return element(id, bytes);
}

export function text(id: number, value: string): Uint8Array {
  return element(id, utf8Bytes(value));
}

/** The beginning of an element that has no end. */
export function endless(id: number): Uint8Array {
  return writeId(new ByteWriter(12), id).bytes(unknownSize).finish();
}

/** An id carries its own length marker, so it is written as it is. */
function writeId(writer: ByteWriter, id: number): ByteWriter {
  if (id > 0xff_ffff) return writer.u32(id);
  if (id > 0xffff) return writer.u24(id);
  return id > 0xff ? writer.u16(id) : writer.u8(id);
}

/** One byte or four: sizes between are no shorter in the end. */
function writeSize(writer: ByteWriter, length: number): ByteWriter {
  return length < 0x7f ? writer.u8(0x80 | length) : writer.u32(0x1000_0000 + length);
}
