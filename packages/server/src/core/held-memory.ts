/**
 * How much memory is held by pieces of it. Pieces of one buffer hold all of it, once, as long as one of them is held: it is what remains of many messages that arrived together.
 */
export class HeldMemory {
  /** How many pieces are held of each buffer that has more than one. */
  readonly #pieces = new Map<ArrayBufferLike, number>();

  /** How many bytes more are held with this piece. */
  hold(piece: Uint8Array): number {
    const { buffer, length } = piece;
    if (isAlone(length, buffer)) return length;
    const before = this.#pieces.get(buffer) ?? 0;
    this.#pieces.set(buffer, before + 1);
    return before === 0 ? buffer.byteLength : 0;
  }

  /** How many bytes less are held without a piece that was held. */
  release(piece: Uint8Array): number {
    const { buffer, length } = piece;
    if (isAlone(length, buffer)) return length;
    const left = (this.#pieces.get(buffer) ?? 1) - 1;
    if (left > 0) this.#pieces.set(buffer, left);
    else this.#pieces.delete(buffer);
    return left > 0 ? 0 : buffer.byteLength;
  }

  clear(): void {
    this.#pieces.clear();
  }
}

/** It is nearly all of its buffer: nothing else is worth counting in it. */
function isAlone(length: number, { byteLength }: ArrayBufferLike): boolean {
  return length >= byteLength * 0.9;
}
