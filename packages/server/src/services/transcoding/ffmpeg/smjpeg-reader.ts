import { ByteReader, MalformedError } from "@sluice/media";

const none = new Uint8Array();
const maxImage = 8 * 1024 * 1024;
const fileHeader = 16;
/** What has nothing behind it: the ends of the header and of the stream. */
const marks = new Set(["HEND", "DONE"]);
const picture = "vidD";

/** Cuts SMJPEG, FFmpeg's one way to send JPEGs whose times are with them, into its images. Throws `smjpeg/size`, `smjpeg/chunk`. */
export class SmjpegReader {
  readonly #image: (jpeg: Uint8Array, timeMs: number) => void;
  #bytes: Uint8Array = none;
  #begun = false;

  constructor(image: (jpeg: Uint8Array, timeMs: number) => void) {
    this.#image = image;
  }

  push(bytes: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : joined(this.#bytes, bytes);
    let at = 0;
    for (let taken = this.#next(at); taken > 0; taken = this.#next(at)) at += taken;
    this.#bytes = at === this.#bytes.length ? none : this.#bytes.slice(at);
  }

  /** Reads what is whole at `at`; returns how many bytes it was, 0 when it is not all there. */
  #next(at: number): number {
    const reader = new ByteReader(this.#bytes.subarray(at));
    if (!this.#begun) {
      if (reader.left < fileHeader) return 0;
      reader.skip(fileHeader); // signature, version, duration
      this.#begun = true;
      return reader.at;
    }
    if (reader.left < 4) return 0;
    const kind = reader.utf8(4);
    if (marks.has(kind)) return reader.at;
    return kind === picture ? this.#picture(reader) : skipped(kind, reader);
  }

  #picture(reader: ByteReader): number {
    if (reader.left < 8) return 0;
    const timeMs = reader.u32();
    const size = checked(reader.u32());
    if (reader.left < size) return 0;
    this.#image(reader.bytes(size).slice(), timeMs);
    return reader.at;
  }
}

/** A chunk of the header: its length, and then so many bytes. */
function skipped(kind: string, reader: ByteReader): number {
  if (!kind.startsWith("_")) throw new MalformedError("smjpeg/chunk", "a chunk of an unknown kind");
  if (reader.left < 4) return 0;
  const size = checked(reader.u32());
  if (reader.left < size) return 0;
  reader.skip(size);
  return reader.at;
}

function checked(size: number): number {
  if (size > maxImage) throw new MalformedError("smjpeg/size", `a chunk of ${size} bytes; at most ${maxImage}`);
  return size;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
