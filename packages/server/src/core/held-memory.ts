/**
 * How much memory is held by pieces of it. Pieces of one buffer hold all of it, once, as long as one of them is held: it is what remains of many messages that arrived together.
 */
export class HeldMemory {
  /** How many pieces are held of each buffer that has more than one. */
  readonly #pieces = new Map<ArrayBufferLike, number>();

  /** How many bytes more are held with this piece. */
  hold(piece: Uint8Array): number {
    if (isAlone(piece)) return piece.length;
    const before = this.#pieces.get(piece.buffer) ?? 0;
    this.#pieces.set(piece.buffer, before + 1);
    return before === 0 ? piece.buffer.byteLength : 0;
  }

  /** How many bytes less are held without a piece that was held. */
  release(piece: Uint8Array): number {
    if (isAlone(piece)) return piece.length;
    const left = (this.#pieces.get(piece.buffer) ?? 1) - 1;
    if (left > 0) this.#pieces.set(piece.buffer, left);
    else this.#pieces.delete(piece.buffer);
    return left > 0 ? 0 : piece.buffer.byteLength;
  }

  clear(): void {
    this.#pieces.clear();
  }
}

/** It is nearly all of its buffer: nothing else is worth counting in it. */
function isAlone({ length, buffer }: Uint8Array): boolean {
  return length >= buffer.byteLength * 0.9;
}
