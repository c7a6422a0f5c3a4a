const none = new Uint8Array();

/** Bytes that come in whatever pieces: what is whole is read, and the rest is kept until more comes. */
export class Pieces {
  readonly #read: (bytes: Uint8Array) => number;
  #buffer: Uint8Array = none;
  #have = 0;

  /** `read` is given all that is there and not read, and returns how many bytes of it it has read; 0 when what comes next is not all there. The bytes are good until it returns. */
  constructor(read: (bytes: Uint8Array) => number) {
    this.#read = read;
  }

  push(bytes: Uint8Array): void {
    this.#keep(bytes);
    const next = (at: number) => this.#read(this.#buffer.subarray(at, this.#have));
    let at = 0;
    for (let taken = next(at); taken > 0; taken = next(at)) at += taken;
    this.#buffer.copyWithin(0, at, this.#have);
    this.#have -= at;
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
