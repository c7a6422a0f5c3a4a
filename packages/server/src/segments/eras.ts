import { readFile, writeFile } from "node:fs/promises";

/**
 * Numbers for discontinuities (RFC 8216bis, 4.4.3.3), which may never go back, not even when the server was killed and started again. They are kept in a file, and stay small: hls.js has
 * an array that is as long as the number, and goes through all of it.
 */
export class Eras {
  #last: number;
  readonly #file: string | undefined;
  #writing = false;

  /** `last` has been given out already; what follows is kept in `file`, where there is one. */
  constructor(last = 0, file?: string) {
    this.#last = last;
    this.#file = file;
  }

  /** The next number, greater than `before` and than all that were given out when this stream began. */
  next(before?: number): number {
    const number = before === undefined ? this.#last + 1 : before + 1;
    if (number > this.#last) {
      this.#last = number;
      void this.#keep();
    }
    return number;
  }

  async #keep(): Promise<void> {
    if (this.#file === undefined || this.#writing) return;
    this.#writing = true;
    for (let written = -1; written !== this.#last; ) {
      written = this.#last;
      await writeFile(this.#file, `${written}\n`, { mode: 0o600 }).catch(() => {}); // where it cannot be kept, it begins anew
    }
    this.#writing = false;
  }
}

/** The numbers that `file` keeps; from 1 on where it cannot be read. */
export async function openEras(file: string): Promise<Eras> {
  const last = Number.parseInt(await readFile(file, "latin1").catch(() => ""), 10);
  return new Eras(Number.isSafeInteger(last) && last > 0 ? last : 0, file);
}
