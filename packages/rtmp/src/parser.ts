/** A parser that reads like blocking code yet does no I/O: it yields how many bytes it wants and is resumed with exactly those. They are only lent: they live until it wants more. */
export type Parser<T = void> = Generator<number, T, Uint8Array>;

/** A wanted piece is put together in a buffer that grows as it arrives, so that a declared length costs nothing. */
const firstCapacity = 4096;

/** Drives a parser from whatever pieces the network delivers; copies only what a border cuts in two. */
export class Demand {
  readonly #parser: Parser<unknown>;
  #wanted: number;
  #partial: Uint8Array | undefined;
  #have = 0;
  #done: boolean;
  #error: unknown;

  constructor(parser: Parser<unknown>) {
    this.#parser = parser;
    const { value, done = false } = parser.next();
    this.#wanted = done ? 0 : (value as number);
    this.#done = done;
  }

  /** Hands over what has arrived. Throws what the parser throws; from then on every call throws the same. */
  push(bytes: Uint8Array): void {
    if (this.#error !== undefined) throw this.#error;
    try {
      this.#feed(bytes);
    } catch (error) {
      this.#error = error;
      this.#done = true;
      this.#partial = undefined;
      throw error;
    }
  }

  #feed(bytes: Uint8Array): void {
    let at = 0;
    if (this.#have > 0) at = this.#complete(bytes);
    while (!this.#done && this.#have === 0 && bytes.length - at >= this.#wanted) {
      const end = at + this.#wanted;
      this.#resume(bytes.subarray(at, end));
      at = end;
    }
    if (!this.#done && at < bytes.length) this.#keep(bytes.subarray(at));
  }

  /** Adds to what a border cut in two; returns how much of `bytes` it took. */
  #complete(bytes: Uint8Array): number {
    const take = Math.min(this.#wanted - this.#have, bytes.length);
    this.#keep(bytes.subarray(0, take));
    if (this.#have < this.#wanted) return take;
    const piece = this.#partial?.subarray(0, this.#have) ?? new Uint8Array();
    this.#partial = undefined;
    this.#have = 0;
    this.#resume(piece);
    return take;
  }

  #resume(piece: Uint8Array): void {
    const { value, done = false } = this.#parser.next(piece);
    this.#done = done;
    this.#wanted = done ? 0 : (value as number);
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#have + bytes.length;
    let buffer = this.#partial;
    if (!buffer || buffer.length < length) {
      const capacity = Math.max(length, Math.min(this.#wanted, Math.max(firstCapacity, (buffer?.length ?? 0) * 2)));
      const grown = new Uint8Array(capacity);
      if (buffer) grown.set(buffer.subarray(0, this.#have));
      buffer = grown;
      this.#partial = grown;
    }
    buffer.set(bytes, this.#have);
    this.#have = length;
  }
}
