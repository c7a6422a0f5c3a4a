import { ByteReader } from "../bytes/byte-reader.ts";
import { MalformedError } from "../malformed-error.ts";

/** One OBU: with its header, and what is behind the header. */
export type Obu = { readonly type: number; readonly whole: Uint8Array; readonly payload: Uint8Array };

/** AV1 6.2.2. */
export const ObuType = {
  sequenceHeader: 1,
  temporalDelimiter: 2,
  redundantFrameHeader: 7,
  tileList: 8,
  padding: 15,
} as const;

/** The OBUs of a temporal unit, one at a time (AV1 5.3). Throws `av1/size`, `bytes/short`. */
export function* obus(data: Uint8Array): Generator<Obu, void, undefined> {
  const reader = new ByteReader(data);
  while (reader.left > 0) {
    const start = reader.at;
    const header = reader.u8();
    if ((header & 4) !== 0) reader.skip(1);
    const payload = reader.bytes((header & 2) !== 0 ? leb128(reader) : reader.left);
    yield { type: (header >> 3) & 15, whole: data.subarray(start, reader.at), payload };
  }
}

/** AV1 4.10.5. */
function leb128(reader: ByteReader): number {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = reader.u8();
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value;
  }
  throw new MalformedError("av1/size", "an OBU size longer than 32 bits");
}
