import { type FileHandle, mkdir, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";

/** Where something lies that was written. */
export type Place = { readonly file: SpillFile; readonly offset: number; readonly length: number };

type SpillFile = {
  readonly path: string;
  /** Open while it is being written to. */
  handle: FileHandle | undefined;
  length: number;
  /** How many places in it are still wanted. */
  wanted: number;
};

/**
 * One stream's files on disk. They are appended to, one after the other, and each goes when nothing in it is wanted any more: so the disk gets its room back without
 * anything being moved. Writes are made one at a time.
 */
export class Spill {
  readonly #pathOf: (number: number) => string;
  readonly #fileBytes: number;
  readonly #files = new Set<SpillFile>();
  #current: SpillFile | undefined;
  #made = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(pathOf: (number: number) => string, fileBytes: number) {
    this.#pathOf = pathOf;
    this.#fileBytes = fileBytes;
  }

  /** What the files take. */
  get bytes(): number {
    let sum = 0;
    for (const { length } of this.#files) sum += length;
    return sum;
  }

  /** Resolves when it is written; rejects when the disk would not have it. */
  write(parts: readonly Uint8Array[], length: number): Promise<Place> {
    const written = this.#queue.then(() => this.#append(parts, length));
    this.#queue = written.catch(() => {});
    return written;
  }

  async read({ file, offset, length }: Place): Promise<Uint8Array> {
    const handle = await open(file.path, "r");
    try {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
        if (bytesRead === 0) throw new Error(`${file.path} is shorter than what was written to it`);
        at += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  }

  /** The place is not wanted any more. */
  release({ file }: Place): void {
    file.wanted--;
    if (file.wanted === 0 && file !== this.#current) void this.#remove(file);
  }

  /** Removes everything. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue;
    await Promise.all([...this.#files].map((file) => this.#remove(file)));
  }

  async #append(parts: readonly Uint8Array[], length: number): Promise<Place> {
    if (this.#closed) throw new Error("the stream has ended");
    const file = await this.#fileFor(length);
    const { length: offset } = file;
    await writeAll(file, parts, length);
    file.length += length;
    file.wanted++;
    return { file, offset, length };
  }

  async #fileFor(length: number): Promise<SpillFile> {
    const before = this.#current;
    if (before && (before.length === 0 || before.length + length <= this.#fileBytes)) return before;
    const path = this.#pathOf(this.#made++);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // Never over what is there: a name that is taken is another's.
    const file: SpillFile = { path, handle: await open(path, "wx", 0o600), length: 0, wanted: 0 };
    this.#files.add(file);
    this.#current = file;
    if (before) await this.#finish(before);
    return file;
  }

  async #finish(file: SpillFile): Promise<void> {
    const { handle } = file;
    file.handle = undefined;
    await handle?.close();
    if (file.wanted === 0) await this.#remove(file);
  }

  async #remove(file: SpillFile): Promise<void> {
    this.#files.delete(file);
    const { handle } = file;
    file.handle = undefined;
    await Promise.allSettled([handle?.close(), unlink(file.path)]);
  }
}

/** A disk that has become full may take a part only; what it took is given back. */
async function writeAll(
  { handle, length: offset }: SpillFile,
  parts: readonly Uint8Array[],
  length: number,
): Promise<void> {
  if (!handle) throw new Error("the file is closed");
  try {
    const { bytesWritten } = await handle.writev([...parts], offset);
    if (bytesWritten !== length) throw new Error(`the disk took only ${bytesWritten} of ${length} bytes`);
  } catch (error) {
    await handle.truncate(offset).catch(() => {});
    throw error;
  }
}
