import { ByteWriter, utf8Bytes } from "../bytes/byte-writer.ts";
import { MalformedError } from "../malformed-error.ts";

/** One frame of a tag: a text with its description (TXXX), or bytes with their owner (PRIV). */
export type Id3Frame =
  | { readonly kind: "text"; readonly description: string; readonly value: string }
  | { readonly kind: "private"; readonly owner: string; readonly data: Uint8Array };

/** What an event message's `scheme` is where its data is an ID3 tag (AOM, Carriage of ID3 Timed Metadata in CMAF, 2). */
export const id3EventScheme = "https://aomedia.org/emsg/ID3";

const header = 10;
const frameHeader = 10;
const maxFrames = 64;
/** As much as an event message takes. */
const maxBytes = 2 ** 20;
const maxName = 1024;
const utf8 = 3;
const ascii = /^[\x20-\x7e]+$/;

/** An ID3v2.4 tag, as HLS and CMAF carry timed metadata (id3v2.4.0-structure, 3 and 4). Throws `id3/frames` for none or more than 64, `id3/name` for a name that cannot be written, `id3/size` for more than 1 MiB. */
export function id3Tag(frames: readonly Id3Frame[]): Uint8Array {
  if (frames.length === 0 || frames.length > maxFrames)
    throw new MalformedError("id3/frames", `a tag of ${frames.length} frames`);
  const bodies = frames.map((frame) => ({ id: frame.kind === "text" ? "TXXX" : "PRIV", body: content(frame) }));
  const size = bodies.reduce((sum, { body }) => sum + frameHeader + body.length, 0);
  if (header + size > maxBytes) throw new MalformedError("id3/size", `a tag of ${header + size} bytes`);
  const writer = new ByteWriter(header + size).utf8("ID3").u8(4).u8(0).u8(0);
  synchsafe(writer, size);
  for (const { id, body } of bodies) {
    synchsafe(writer.utf8(id), body.length)
      .u16(0) // flags
      .bytes(body);
  }
  return writer.finish();
}

/** TXXX (id3v2.4.0-frames, 4.2.6), PRIV (4.27). */
function content(frame: Id3Frame): Uint8Array {
  if (frame.kind === "text") {
    const { description, value } = frame;
    if (description.length > maxName || description.includes("\0") || value.includes("\0"))
      throw new MalformedError("id3/name", `a text of ${description.length} characters of description, or with a zero`);
    const [name, text] = [utf8Bytes(description), utf8Bytes(value)];
    const writer = new ByteWriter(3 + name.length + text.length).u8(utf8);
    return writer.bytes(name).u8(0).bytes(text).u8(0).finish();
  }
  const { owner, data } = frame;
  if (owner.length > maxName || !ascii.test(owner))
    throw new MalformedError("id3/name", "an owner of private data that is no URL or domain");
  return new ByteWriter(owner.length + 1 + data.length).utf8(owner).u8(0).bytes(data).finish();
}

/** Seven bits a byte, so that no player takes it for a frame of sound (id3v2.4.0-structure, 6.2). */
function synchsafe(writer: ByteWriter, value: number): ByteWriter {
  for (const shift of [21, 14, 7, 0]) writer.u8((value >>> shift) & 0x7f);
  return writer;
}
