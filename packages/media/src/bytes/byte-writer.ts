// Part of every platform, though no part of the language: declared here because this package knows no platform.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const utf8 = new TextEncoder();

/** Text as UTF-8; what is no character becomes U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  return utf8.encode(text);
}

/** Grows as it is written. Fields are big-endian unless the name says otherwise. Every method returns `this`, so a header reads top to bottom like its table in the specification. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** `capacity` is only a first guess; give the exact size where it is known. */
  constructor(capacity: number = 64) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }
  u8(value: number): this {
    const at = this.#reserve(1); // before the view is named: growing replaces it
    this.#view.setUint8(at, value);
    return this;
  }
  u16(value: number): this {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
    return this;
  }
  u24(value: number): this {
    return this.u8(value >>> 16).u16(value);
  }
  /** Reduced modulo 2³², so that counters and clocks wrap as the wire expects. */
  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
    return this;
  }
  u32le(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return this;
  }
  u64(value: number): this {
    return this.u32(Math.floor(value / 2 ** 32)).u32(value); // >>> would lose everything above bit 31
  }
  f64(value: number): this {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value);
    return this;
  }
  utf8(value: string): this {
    const start = this.#length;
    const at = this.#reserve(value.length);
    // Names and codes are ASCII, and short: a loop is several times as fast as the encoder.
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code < 0x80) this.#bytes[at + index] = code;
      else {
        this.#length = start;
        return this.bytes(utf8Bytes(value));
      }
    }
    return this;
  }
  /** Its length in bytes as a u16, then the text; at most 65,535 bytes. */
  text16(value: string): this {
    const at = this.#reserve(2);
    const start = this.#length;
    this.utf8(value);
    this.#view.setUint16(at, this.#length - start);
    return this;
  }
  bytes(value: Uint8Array): this {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
    return this;
  }
  /** What has been written. Shares memory with the writer, which must not be used afterwards. */
  finish(): Uint8Array {
    return this.#bytes.length === this.#length ? this.#bytes : this.#bytes.subarray(0, this.#length);
  }

  #reserve(length: number): number {
    const start = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) this.#grow();
    return start;
  }

  #grow(): void {
    const bytes = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
