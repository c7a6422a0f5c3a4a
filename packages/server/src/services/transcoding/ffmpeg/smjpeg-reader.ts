import { ByteReader, MalformedError, Pieces } from "@sluice/media";

const maxImage = 8 * 1024 * 1024;
const fileHeader = 16;
/** What has nothing behind it: the ends of the header and of the stream. */
const marks = new Set(["HEND", "DONE"]);
const picture = "vidD";

/** Cuts SMJPEG, FFmpeg's one way to send JPEGs whose times are with them, into its images. Throws `smjpeg/size`, `smjpeg/chunk`. */
export class SmjpegReader {
  readonly #image: (jpeg: Uint8Array, timeMs: number) => void;
  readonly #pieces = new Pieces((bytes) => this.#next(bytes));
  #begun = false;

  constructor(image: (jpeg: Uint8Array, timeMs: number) => void) {
    this.#image = image;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
  }

  #next(bytes: Uint8Array): number {
    const reader = new ByteReader(bytes);
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
