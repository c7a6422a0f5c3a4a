import { MalformedError } from "../malformed-error.ts";

// Part of every platform, though no part of the language: declared here because this package knows no platform.
declare const TextDecoder: new (
  label: string,
  options: { ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

// Lenient on purpose: names and metadata come from strangers, and a broken character must not end a session.
// `ignoreBOM` keeps a leading U+FEFF, so that what is decoded encodes to the same bytes.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A cursor over one complete buffer. Fields are big-endian unless the name says otherwise. Reading past the end throws `bytes/short`. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many bytes have been read. */
  get at(): number {
    return this.#at;
  }
  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }
  // Put together from bytes: a DataView costs more to make than all that is read of a short header.
  u8(): number {
    return this.#byte(this.#advance(1));
  }
  u16(): number {
    const at = this.#advance(2);
    return (this.#byte(at) << 8) | this.#byte(at + 1);
  }
  u24(): number {
    const at = this.#advance(3);
    return (this.#byte(at) << 16) | (this.#byte(at + 1) << 8) | this.#byte(at + 2);
  }
  i24(): number {
    return (this.u24() << 8) >> 8;
  }
  u32(): number {
    const at = this.#advance(4);
    const low = (this.#byte(at + 1) << 16) | (this.#byte(at + 2) << 8) | this.#byte(at + 3);
    return this.#byte(at) * 2 ** 24 + low;
  }
  u32le(): number {
    const at = this.#advance(4);
    const low = (this.#byte(at + 2) << 16) | (this.#byte(at + 1) << 8) | this.#byte(at);
    return this.#byte(at + 3) * 2 ** 24 + low;
  }
  i16(): number {
    return (this.u16() << 16) >> 16;
  }
  f64(): number {
    const { buffer, byteOffset } = this.bytes(8);
    return new DataView(buffer, byteOffset, 8).getFloat64(0);
  }
  utf8(length: number): string {
    return utf8.decode(this.bytes(length));
  }
  /** The next byte, left where it is. */
  peek(): number {
    const value = this.u8();
    this.#at -= 1;
    return value;
  }
  skip(length: number): void {
    this.#advance(length);
  }
  /** A view, not a copy: it lives as long as the buffer it came from. */
  bytes(length: number = this.left): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A reader of the next `length` bytes alone. */
  part(length: number): ByteReader {
    return new ByteReader(this.bytes(length));
  }

  /** `at` has been checked. */
  #byte(at: number): number {
    return this.#bytes[at] ?? 0;
  }

  #advance(length: number): number {
    if (length > this.left) throw new MalformedError("bytes/short", `need ${length} bytes, have ${this.left}`);
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
