const blockBytes = 64 * 1024;
/** What is longer has memory of its own: it would leave too much of a block empty. */
const longest = blockBytes / 4;

/**
 * Memory for the bodies of messages that come all the time. Short ones lie behind one another in blocks, because a buffer for each costs more, with all that the collector must look at, than to
 * take the message in. A block is there as long as anything in it.
 */
export class BodyMemory {
  #block = new Uint8Array();
  #used = 0;

  /** Room for so many bytes, all 0; undefined where it is to be had elsewhere. */
  take(length: number): Uint8Array | undefined {
    if (length > longest) return undefined;
    if (length > this.#block.length - this.#used) {
      this.#block = new Uint8Array(blockBytes);
      this.#used = 0;
    }
    this.#used += length;
    return this.#block.subarray(this.#used - length, this.#used);
  }
}
