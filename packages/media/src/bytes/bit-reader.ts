import { MalformedError } from "../malformed-error.ts";

/** Reads single bits, most significant first, as codec headers are written. Reading past the end throws `bits/short`. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many bits are left. */
  get left(): number {
    return this.#bytes.length * 8 - this.#at;
  }
  /** Up to 32 bits as an unsigned number. */
  bits(count: number): number {
    if (count > this.left) throw new MalformedError("bits/short", `need ${count} bits, have ${this.left}`);
    let value = 0;
    for (let left = count; left > 0; ) {
      const offset = this.#at & 7;
      const take = Math.min(8 - offset, left);
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 ** take + ((byte >> (8 - offset - take)) & (2 ** take - 1));
      this.#at += take;
      left -= take;
    }
    return value;
  }
  flag(): boolean {
    return this.bits(1) === 1;
  }
  skip(count: number): void {
    if (count > this.left) throw new MalformedError("bits/short", `need ${count} bits, have ${this.left}`);
    this.#at += count;
  }
  /** Unsigned Exp-Golomb code, at most 32 bits of value (H.264 9.1). */
  ue(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros++;
      if (zeros > 31) throw new MalformedError("bits/exp-golomb", "an Exp-Golomb code is longer than 32 bits");
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }
  /** Signed Exp-Golomb code (H.264 9.1.1). */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
