/**
 * A parser that reads like blocking code yet does no I/O: it yields how many bytes it wants and is resumed with exactly those. A negative number asks to see bytes that stay
 * in the input. They are lent until the parser asks for more: the memory that they arrived in is used again.
 */
export type Parser<T = void> = Generator<number, T, Uint8Array>;

/** A wanted piece is put together in a buffer that grows as it arrives, so that a declared length costs nothing. */
const firstCapacity = 4096;

/** Drives a parser from whatever pieces the network delivers; copies only what a border cuts in two. */
export class Demand {
  readonly #parser: Parser<unknown>;
  #wanted = 0;
  #stays = false;
  #done = false;
  #failed: { readonly error: unknown } | undefined;
  /** What waits for the rest of what is wanted. */
  #partial: Uint8Array | undefined;
  #have = 0;

  constructor(parser: Parser<unknown>) {
    this.#parser = parser;
    this.#heed(parser.next());
  }

  /** Hands over what has arrived; the memory is the caller's again afterwards. Throws what the parser throws; from then on every call throws the same. */
  push(bytes: Uint8Array): void {
    if (this.#failed) throw this.#failed.error;
    try {
      // Sockets deliver a subclass whose slice() is no copy: a parser would keep the socket's memory without knowing it.
      this.#feed(
        bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
      );
    } catch (error) {
      this.#failed = { error };
      this.#partial = undefined;
      throw error;
    }
  }

  #feed(bytes: Uint8Array): void {
    let at = 0;
    while (!this.#done) {
      const wanted = this.#wanted;
      if (this.#have > 0) {
        const take = Math.min(Math.max(0, wanted - this.#have), bytes.length - at);
        this.#keep(bytes.subarray(at, at + take));
        at += take;
        if (this.#have < wanted) return;
        this.#resume(this.#kept(wanted));
      } else if (bytes.length - at >= wanted) {
        const piece = bytes.subarray(at, at + wanted);
        if (!this.#stays) at += wanted;
        this.#resume(piece);
      } else {
        this.#keep(bytes.subarray(at));
        return;
      }
    }
  }

  /** What is wanted, out of what was kept; the rest goes on waiting. */
  #kept(wanted: number): Uint8Array {
    const kept = this.#partial?.subarray(0, this.#have) ?? new Uint8Array();
    if (!this.#stays) {
      this.#have -= wanted;
      this.#partial = this.#have > 0 ? kept.subarray(wanted) : undefined;
    }
    return kept.subarray(0, wanted);
  }

  #resume(piece: Uint8Array): void {
    this.#heed(this.#parser.next(piece));
  }

  #heed(result: IteratorResult<number, unknown>): void {
    if (result.done) {
      this.#done = true;
      this.#partial = undefined;
    } else {
      this.#wanted = Math.abs(result.value);
      this.#stays = result.value < 0;
    }
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
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
