import { ByteReader } from "../bytes/byte-reader.ts";
import { Pieces } from "../bytes/pieces.ts";
import { describeVideo } from "../codecs/describe.ts";
import { MalformedError } from "../malformed-error.ts";
import type { Packet } from "../packet.ts";
import type { VideoCodec, VideoTrack } from "../track.ts";
import { codecNames } from "./codec-names.ts";
import { Id } from "./ebml.ts";

/** An element's header: `size` is undefined where it has no end. */
type Header = { readonly id: number; readonly size: number | undefined };

const none = new Uint8Array();
const maxElement = 16 * 1024 * 1024;
/** Elements whose children are read as if they stood beside them. */
const open: ReadonlySet<number> = new Set([Id.segment, Id.cluster]);
const videoType = 1;
const keyframeFlag = 0x80;
const lacing = 0x06;
const millisecondNs = 1_000_000;

/**
 * Reads the picture of a Matroska stream as FFmpeg writes it into a pipe, in whatever pieces it comes: the first video track, whose id becomes 0. Frames are in decoding order and have one time,
 * so this is for pictures without reordering. Throws `matroska/element`, `matroska/lacing`, and what `describeVideo` throws.
 */
export class MatroskaDemuxer {
  readonly #emit: (packet: Packet) => void;
  readonly #pieces = new Pieces((bytes) => this.#next(bytes));
  #scaleNs = millisecondNs;
  #clusterTime = 0;
  #number = 0;
  #track: VideoTrack | undefined;

  constructor(emit: (packet: Packet) => void) {
    this.#emit = emit;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
  }

  #next(bytes: Uint8Array): number {
    const reader = new ByteReader(bytes);
    const header = readHeader(reader);
    if (!header) return 0;
    if (open.has(header.id)) return reader.at;
    const { id, size } = header;
    if (size === undefined || size > maxElement)
      throw new MalformedError("matroska/element", `an element of ${size ?? "unknown"} bytes; at most ${maxElement}`);
    if (reader.left < size) return 0;
    this.#element(id, reader.part(size));
    return reader.at;
  }

  #element(id: number, body: ByteReader): void {
    switch (id) {
      case Id.info:
        this.#scaleNs = unsignedIn(body, Id.timestampScale) ?? millisecondNs;
        return;
      case Id.tracks:
        return this.#tracks(body);
      case Id.timestamp:
        this.#clusterTime = unsigned(body);
        return;
      case Id.simpleBlock:
        return this.#block(body, undefined);
      case Id.blockGroup:
        return this.#group(body);
    }
  }

  #tracks(body: ByteReader): void {
    for (const [id, entry] of children(body)) {
      if (id !== Id.trackEntry || this.#track) continue;
      const fields = new Map([...children(entry)]);
      const field = (each: number) => fields.get(each);
      const type = field(Id.trackType);
      const codec = codecOf(field(Id.codecId));
      if (!type || unsigned(type) !== videoType || !codec) continue;
      const number = field(Id.trackNumber);
      this.#number = number ? unsigned(number) : 1;
      const config = field(Id.codecPrivate)?.bytes().slice() ?? none;
      this.#track = describeVideo(0, codec, config);
      this.#emit({ kind: "config", track: this.#track, dtsUs: 0, ptsUs: 0, keyframe: false, data: none });
    }
  }

  #group(body: ByteReader): void {
    const fields = new Map([...children(body)]);
    const block = fields.get(Id.block);
    if (block) this.#block(block, !fields.has(Id.referenceBlock));
  }

  /** RFC 9559, 10.1 and 10.2. Whether it is a keyframe a simple block says itself. */
  #block(body: ByteReader, keyframe: boolean | undefined): void {
    const number = vint(body);
    const time = body.i16();
    const flags = body.u8();
    if (!this.#track || number !== this.#number) return;
    if ((flags & lacing) !== 0) throw new MalformedError("matroska/lacing", "a block of several frames");
    const timeUs = Math.round(((this.#clusterTime + time) * this.#scaleNs) / 1000);
    this.#emit({
      kind: "frame",
      track: this.#track,
      dtsUs: timeUs,
      ptsUs: timeUs,
      keyframe: keyframe ?? (flags & keyframeFlag) !== 0,
      data: body.bytes().slice(),
    });
  }
}

function codecOf(name: ByteReader | undefined): VideoCodec | undefined {
  const text = name?.utf8(name.left);
  return [...codecNames].find(([, each]) => each === text)?.[0];
}

function* children(body: ByteReader): Generator<readonly [number, ByteReader], void, undefined> {
  while (body.left > 0) {
    const header = readHeader(body);
    if (header?.size === undefined)
      throw new MalformedError("matroska/element", "an element without a size in another");
    yield [header.id, body.part(header.size)];
  }
}

function unsignedIn(body: ByteReader, wanted: number): number | undefined {
  for (const [id, value] of children(body)) if (id === wanted) return unsigned(value);
  return undefined;
}

/** RFC 8794, 7.2. */
function unsigned(body: ByteReader): number {
  let value = 0;
  while (body.left > 0) value = value * 256 + body.u8();
  return value;
}

/** An element's id and size (RFC 8794, 4 to 6); undefined when it is not all there. */
function readHeader(reader: ByteReader): Header | undefined {
  const id = peekedLength(reader, 4);
  if (id === undefined || reader.left < id) return undefined;
  let number = 0;
  for (let index = 0; index < id; index++) number = number * 256 + reader.u8();
  const length = peekedLength(reader, 8);
  if (length === undefined || reader.left < length) return undefined;
  return { id: number, size: vint(reader) };
}

/** How many bytes the number has whose first byte comes next. */
function peekedLength(reader: ByteReader, most: number): number | undefined {
  if (reader.left === 0) return undefined;
  const length = Math.clz32(reader.peek()) - 23;
  if (length > most) throw new MalformedError("matroska/element", `a number of more than ${most} bytes`);
  return length;
}

/** A number that says its own length (RFC 8794, 4); undefined where all its bits are set, which is no number. */
function vint(reader: ByteReader): number | undefined {
  const first = reader.u8();
  const length = Math.clz32(first) - 23;
  const mask = 0xff >> length;
  let value = first & mask;
  let ones = value === mask;
  for (let index = 1; index < length; index++) {
    const byte = reader.u8();
    ones &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return ones ? undefined : value;
}
