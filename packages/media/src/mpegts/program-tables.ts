import { ByteWriter } from "../bytes/byte-writer.ts";

/** An elementary stream as the PMT lists it. */
export type ElementaryStream = {
  readonly pid: number;
  readonly streamType: number;
  readonly descriptors: Uint8Array;
};

export const mapPid = 0x1000;
const program = 1;
/** "No PID": there is no clock. */
const noPid = 0x1fff;

/** The program association section of one program (ISO/IEC 13818-1, 2.4.4.3). */
export function associationSection(): Uint8Array {
  const body = new ByteWriter().u16(program).u16(0xe000 | mapPid);
  return section(0, 1, 0, body.finish());
}

/** The program's map section (ISO/IEC 13818-1, 2.4.4.8); a version differs from the one before it. */
export function mapSection(
  version: number,
  clockPid: number | undefined,
  programDescriptors: Uint8Array,
  streams: readonly ElementaryStream[],
): Uint8Array {
  const body = new ByteWriter()
    .u16(0xe000 | (clockPid ?? noPid))
    .u16(0xf000 | programDescriptors.length)
    .bytes(programDescriptors);
  for (const { pid, streamType, descriptors } of streams) {
    body
      .u8(streamType)
      .u16(0xe000 | pid)
      .u16(0xf000 | descriptors.length)
      .bytes(descriptors);
  }
  return section(2, program, version, body.finish());
}

/** The one registration descriptor (2.6.8) that says what a private stream type holds. */
export function registration(format: string): Uint8Array {
  return new ByteWriter(6).u8(5).u8(4).utf8(format).finish();
}

/** ID3's metadata_pointer_descriptor (2.6.58), as Apple's "Timed Metadata for HTTP Live Streaming" fills it, for the program. */
export function id3Pointer(): Uint8Array {
  return id3Format(new ByteWriter().u8(0x25).u8(15)).u8(0x1f).u16(program).finish();
}

/** ID3's metadata_descriptor (2.6.60), likewise, for the stream. */
export function id3Descriptor(): Uint8Array {
  return id3Format(new ByteWriter().u8(0x26).u8(13)).u8(0x0f).finish();
}

function id3Format(writer: ByteWriter): ByteWriter {
  return writer.u16(0xffff).utf8("ID3 ").u8(0xff).utf8("ID3 ").u8(0);
}

/** What PAT and PMT have in common (2.4.4.10), the only section of its table. */
function section(tableId: number, extension: number, version: number, body: Uint8Array): Uint8Array {
  const writer = new ByteWriter(12 + body.length)
    .u8(tableId)
    .u16(0xb000 | (9 + body.length))
    .u16(extension)
    .u8(0xc1 | (version << 1))
    .u16(0)
    .bytes(body);
  const checksum = crc32(writer.finish());
  return new ByteWriter(12 + body.length).bytes(writer.finish()).u32(checksum).finish();
}

/** Annex A's: most significant bit first, nothing inverted. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}
