import { BitReader } from "../bytes/bit-reader.ts";
import { MalformedError } from "../malformed-error.ts";

/** What a cue says that a playlist repeats. `out`: away from the programme (true) or back to it. Seconds. */
export type Splice = {
  readonly eventId: number;
  readonly out: boolean | undefined;
  readonly durationSeconds: number | undefined;
};

const tableId = 0xfc;
const Command = { insert: 5, timeSignal: 6 } as const;
const segmentation = 2;
const maxBytes = 4096;
/** Segmentation types that begin something which another ends (SCTE 35, table 23): the one that ends has the next number. */
const begins = new Set([0x10, 0x20, 0x22, 0x30, 0x32, 0x34, 0x36, 0x38, 0x3a, 0x3c, 0x3e, 0x40, 0x44, 0x46, 0x50]);
const ticks = 90_000;

/** The cue in a splice_info_section (SCTE 35, 9.6). Undefined for commands that announce no splice. Throws `scte35/section` for what is none, `bits/…` for one that ends too early. */
export function parseSplice(section: Uint8Array): Splice | undefined {
  if (section[0] !== tableId || section.length > maxBytes) {
    throw new MalformedError("scte35/section", "this is no splice_info_section");
  }
  const reader = new BitReader(section);
  reader.skip(8 + 2 + 2 + 12 + 8);
  if (reader.flag()) throw new MalformedError("scte35/section", "the section is encrypted");
  reader.skip(6 + 33 + 8 + 12 + 12);
  const type = reader.bits(8);
  if (type === Command.insert) return insert(reader);
  if (type !== Command.timeSignal) return undefined;
  spliceTime(reader);
  return descriptors(reader);
}

/** splice_insert() (9.7.3). */
function insert(reader: BitReader): Splice {
  const eventId = reader.bits(32);
  if (reader.flag()) return { eventId, out: undefined, durationSeconds: undefined }; // cancelled
  reader.skip(7);
  const [out, wholeProgram, hasDuration, immediate] = [reader.flag(), reader.flag(), reader.flag(), reader.flag()];
  reader.skip(4);
  if (wholeProgram && !immediate) spliceTime(reader);
  if (!wholeProgram) {
    const components = reader.bits(8);
    for (let index = 0; index < components; index++) {
      reader.skip(8);
      if (!immediate) spliceTime(reader);
    }
  }
  if (!hasDuration) return { eventId, out, durationSeconds: undefined };
  reader.skip(7);
  return { eventId, out, durationSeconds: long(reader, 33) / ticks };
}

/** splice_time() (9.8.1). */
function spliceTime(reader: BitReader): void {
  if (reader.flag()) reader.skip(6 + 33);
  else reader.skip(7);
}

/** The first segmentation_descriptor() (10.3.3). */
function descriptors(reader: BitReader): Splice | undefined {
  let left = reader.bits(16);
  while (left >= 2) {
    const tag = reader.bits(8);
    const length = reader.bits(8);
    left -= 2 + length;
    if (tag === segmentation) return segment(reader);
    reader.skip(length * 8);
  }
  return undefined;
}

function segment(reader: BitReader): Splice {
  reader.skip(32);
  const eventId = reader.bits(32);
  if (reader.flag()) return { eventId, out: undefined, durationSeconds: undefined };
  reader.skip(7);
  const [wholeProgram, hasDuration] = [reader.flag(), reader.flag()];
  reader.skip(6);
  if (!wholeProgram) reader.skip(reader.bits(8) * 48);
  const durationSeconds = hasDuration ? long(reader, 40) / ticks : undefined;
  reader.skip(8);
  reader.skip(reader.bits(8) * 8);
  const type = reader.bits(8);
  return { eventId, out: begins.has(type) ? true : begins.has(type - 1) ? false : undefined, durationSeconds };
}

/** More bits than a bitwise operator takes. */
function long(reader: BitReader, count: number): number {
  return reader.bits(count - 16) * 2 ** 16 + reader.bits(16);
}
