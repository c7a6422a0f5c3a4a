import { ByteReader } from "../bytes/byte-reader.ts";
import { MalformedError } from "../malformed-error.ts";

export type FlvTag = { readonly type: number; readonly timestampMs: number; readonly body: Uint8Array };

const fileHeader = 9;
const tagHeader = 11;
const sizeField = 4;
const maxTag = 16 * 1024 * 1024;
const none = new Uint8Array();

/** Splits an FLV byte stream (a file, an HTTP body) into tags, whatever pieces it comes in. Throws `flv/signature`, `flv/header`, `flv/tag-size`. */
export class FlvReader {
  /** What the file header promises, once it has been read. */
  header: { readonly audio: boolean; readonly video: boolean } | undefined;
  readonly #onTag: (tag: FlvTag) => void;
  #buffer: Uint8Array = none;
  #have = 0;

  constructor(onTag: (tag: FlvTag) => void) {
    this.#onTag = onTag;
  }

  push(bytes: Uint8Array): void {
    this.#keep(bytes);
    let at = 0;
    for (let taken = this.#next(at); taken > 0; taken = this.#next(at)) at += taken;
    this.#buffer.copyWithin(0, at, this.#have);
    this.#have -= at;
  }

  /** Reads what is whole at `at`; returns how many bytes it was, 0 when it is not all there. */
  #next(at: number): number {
    const left = this.#have - at;
    if (!this.header) return this.#readHeader(at, left);
    if (left < sizeField + tagHeader) return 0;
    const reader = new ByteReader(this.#buffer.subarray(at + sizeField, this.#have));
    const type = reader.u8() & 0x1f;
    const length = reader.u24();
    if (length > maxTag) throw new MalformedError("flv/tag-size", `a tag of ${length} bytes; at most ${maxTag}`);
    const timestampMs = (reader.u24() | (reader.u8() << 24)) >>> 0;
    reader.skip(3);
    if (reader.left < length) return 0;
    this.#onTag({ type, timestampMs, body: reader.bytes(length).slice() });
    return sizeField + tagHeader + length;
  }

  #readHeader(at: number, left: number): number {
    if (left < fileHeader) return 0;
    const reader = new ByteReader(this.#buffer.subarray(at, this.#have));
    if (reader.utf8(3) !== "FLV") throw new MalformedError("flv/signature", "this is no FLV");
    reader.skip(1);
    const flags = reader.u8();
    const length = reader.u32();
    if (length < fileHeader || length > 1024)
      throw new MalformedError("flv/header", `a file header of ${length} bytes`);
    if (left < length) return 0;
    this.header = { audio: (flags & 4) !== 0, video: (flags & 1) !== 0 };
    return length;
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#have + bytes.length;
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#have));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#have);
    this.#have = length;
  }
}
