import { ByteReader } from "../bytes/byte-reader.ts";
import { Pieces } from "../bytes/pieces.ts";
import { MalformedError } from "../malformed-error.ts";

export type FlvTag = { readonly type: number; readonly timestampMs: number; readonly body: Uint8Array };

const fileHeader = 9;
const tagHeader = 11;
const sizeField = 4;
const maxTag = 16 * 1024 * 1024;

/** Splits an FLV byte stream (a file, an HTTP body) into tags, whatever pieces it comes in. Throws `flv/signature`, `flv/header`, `flv/tag-size`. */
export class FlvReader {
  /** What the file header promises, once it has been read. */
  header: { readonly audio: boolean; readonly video: boolean } | undefined;
  readonly #onTag: (tag: FlvTag) => void;
  readonly #pieces = new Pieces((bytes) => this.#next(bytes));

  constructor(onTag: (tag: FlvTag) => void) {
    this.#onTag = onTag;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
  }

  #next(bytes: Uint8Array): number {
    if (!this.header) return this.#readHeader(bytes);
    if (bytes.length < sizeField + tagHeader) return 0;
    const reader = new ByteReader(bytes.subarray(sizeField));
    const type = reader.u8() & 0x1f;
    const length = reader.u24();
    if (length > maxTag) throw new MalformedError("flv/tag-size", `a tag of ${length} bytes; at most ${maxTag}`);
    const timestampMs = (reader.u24() | (reader.u8() << 24)) >>> 0;
    reader.skip(3);
    if (reader.left < length) return 0;
    this.#onTag({ type, timestampMs, body: reader.bytes(length).slice() });
    return sizeField + tagHeader + length;
  }

  #readHeader(bytes: Uint8Array): number {
    if (bytes.length < fileHeader) return 0;
    const reader = new ByteReader(bytes);
    if (reader.utf8(3) !== "FLV") throw new MalformedError("flv/signature", "this is no FLV");
    reader.skip(1);
    const flags = reader.u8();
    const length = reader.u32();
    if (length < fileHeader || length > 1024)
      throw new MalformedError("flv/header", `a file header of ${length} bytes`);
    if (bytes.length < length) return 0;
    this.header = { audio: (flags & 4) !== 0, video: (flags & 1) !== 0 };
    return length;
  }
}
