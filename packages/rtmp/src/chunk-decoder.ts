import { ByteReader, MalformedError } from "@sluice/media";
import { BodyMemory } from "./body-memory.ts";
import { type Message, MessageType } from "./message.ts";
import type { Parser } from "./parser.ts";

/** What a peer may ask us to remember: sizes in bytes by kind of message, chunk streams, and bytes of unfinished messages altogether. */
export type ChunkLimits = {
  readonly messageBytes: number;
  readonly commandBytes: number;
  readonly controlBytes: number;
  readonly chunkStreams: number;
  readonly partialBytes: number;
};

export const defaultChunkLimits: ChunkLimits = {
  messageBytes: 16 * 1024 * 1024,
  commandBytes: 256 * 1024,
  controlBytes: 16,
  chunkStreams: 64,
  partialBytes: 32 * 1024 * 1024,
};

/** One chunk stream's last header, and the message that is being put together on it. */
type ChunkStream = {
  timestamp: number;
  /** What a type 3 chunk that begins a message adds to the time. */
  delta: number;
  length: number;
  type: number;
  streamId: number;
  /** The extended timestamp field of the last header that had one; undefined when the last header had none. */
  extended: number | undefined;
  body: Uint8Array | undefined;
  received: number;
};

/** Of headers of types 0, 1 and 2. */
const headerBytes = [11, 7, 3];
const extendedMark = 0xffffff;
const maxChunkSize = 0xffffff;
/** A chunk is taken in pieces of this size, and a message's buffer starts this small, whatever was declared. */
const pieceBytes = 65_536;
const firstBytes = 4096;
/** Of a message of which so large a part is there the rest may have its room: one quarter of what is declared. */
const atOnce = 4;

/** Puts messages back together from interleaved chunks (RTMP 1.0, 5.3). Each chunk stream keeps its own state. */
export class ChunkDecoder {
  /** The peer's chunk size. Set Chunk Size messages are applied here, as are Abort messages; both are emitted all the same. */
  chunkSize: number = 128;
  readonly #limits: ChunkLimits;
  readonly #streams = new Map<number, ChunkStream>();
  readonly #memory = new BodyMemory();
  #partialBytes = 0;
  /** Whether the peer repeats extended timestamps in type 3 chunks. librtmp did not until 2024, OBS not until 30.2; known from the first one on. */
  #repeats: boolean | undefined;

  constructor(limits: ChunkLimits = defaultChunkLimits) {
    this.#limits = limits;
  }

  /** How many bytes of unfinished messages are held. */
  get partialBytes(): number {
    return this.#partialBytes;
  }

  /** Reads chunks for ever. Throws `rtmp/chunk-header`, `rtmp/chunk-size`, `rtmp/chunk-streams`, `rtmp/message-size`, `rtmp/partial-bytes`. */
  *messages(emit: (message: Message) => void): Parser<never> {
    for (;;) {
      // Another generator for each part of a chunk would cost more than the chunk: only the rare parts have one.
      const basic = (yield 1)[0] ?? 0;
      const format = basic >> 6;
      const id = basic & 0x3f;
      const stream = this.#stream(id < 2 ? yield* longId(id) : id, format);
      if (format < 3) {
        const isExtended = this.#header(stream, format, yield headerBytes[format] ?? 0);
        this.#begin(stream, format, isExtended ? yield 4 : undefined);
      } else {
        if (stream.extended !== undefined) yield* this.#repeatedTime(stream.extended);
        this.#goOn(stream);
      }
      let left = Math.min(stream.length - stream.received, this.chunkSize);
      for (; left > pieceBytes; left -= pieceBytes) this.#append(stream, yield pieceBytes);
      this.#complete(stream, yield left, emit);
    }
  }

  #stream(id: number, format: number): ChunkStream {
    const known = this.#streams.get(id);
    if (known) return known;
    // librtmp begins chunk stream 2 with type 1; its message stream is then 0 and its time the delta.
    if (format >= 2)
      throw new MalformedError("rtmp/chunk-header", `chunk stream ${id} begins with a type ${format} chunk`);
    if (this.#streams.size >= this.#limits.chunkStreams) {
      throw new MalformedError("rtmp/chunk-streams", `more than ${this.#limits.chunkStreams} chunk streams`);
    }
    const made: ChunkStream = {
      timestamp: 0,
      delta: 0,
      length: 0,
      type: 0,
      streamId: 0,
      extended: undefined,
      body: undefined,
      received: 0,
    };
    this.#streams.set(id, made);
    return made;
  }

  /** A type 0, 1 or 2 header (RTMP 1.0, 5.3.1.2); returns whether its time is in four more bytes. In the middle of a message it means that the rest does not come. */
  #header(stream: ChunkStream, format: number, header: Uint8Array): boolean {
    this.#drop(stream);
    const reader = new ByteReader(header);
    stream.delta = reader.u24();
    if (format < 2) {
      stream.length = reader.u24();
      stream.type = reader.u8();
    }
    if (format === 0) stream.streamId = reader.u32le();
    return stream.delta === extendedMark;
  }

  #begin(stream: ChunkStream, format: number, extended: Uint8Array | undefined): void {
    stream.extended = extended && new ByteReader(extended).u32();
    stream.delta = stream.extended ?? stream.delta;
    stream.timestamp = format === 0 ? stream.delta : (stream.timestamp + stream.delta) >>> 0;
    this.#checkLength(stream);
  }

  /** A type 3 chunk: the next piece of a message, or the first of one with the same header. */
  #goOn(stream: ChunkStream): void {
    if (stream.received === 0) stream.timestamp = (stream.timestamp + stream.delta) >>> 0;
  }

  /** The next four bytes are the extended timestamp again, or payload already: the first ones tell for the whole connection. */
  *#repeatedTime(extended: number): Parser {
    this.#repeats ??= new ByteReader(yield -4).u32() === extended;
    if (this.#repeats) yield 4;
  }

  /** Adds a chunk's last piece; the message is emitted when nothing of it is missing. */
  #complete(stream: ChunkStream, piece: Uint8Array, emit: (message: Message) => void): void {
    this.#append(stream, piece);
    const { body } = stream;
    if (!body || stream.received < stream.length) return;
    this.#drop(stream);
    this.#finish(stream, body, emit);
  }

  #append(stream: ChunkStream, piece: Uint8Array): void {
    this.#partialBytes += piece.length;
    if (this.#partialBytes > this.#limits.partialBytes) {
      throw new MalformedError(
        "rtmp/partial-bytes",
        `more than ${this.#limits.partialBytes} bytes of unfinished messages`,
      );
    }
    const needed = stream.received + piece.length;
    if (!stream.body && isMedia(stream) && piece.length >= stream.length / atOnce)
      stream.body = this.#memory.take(stream.length);
    if (!stream.body || stream.body.length < needed) {
      const grown = new Uint8Array(Math.min(stream.length, Math.max(needed, firstBytes, needed * 2)));
      if (stream.body) grown.set(stream.body.subarray(0, stream.received));
      stream.body = grown;
    }
    stream.body.set(piece, stream.received);
    stream.received = needed;
  }

  #finish({ type, streamId, timestamp }: ChunkStream, body: Uint8Array, emit: (message: Message) => void): void {
    if (type === MessageType.setChunkSize) this.#setChunkSize(body);
    else if (type === MessageType.abort && body.length >= 4) {
      const aborted = this.#streams.get(new ByteReader(body).u32());
      if (aborted) this.#drop(aborted);
    }
    emit({ type, streamId, timestampMs: timestamp, body });
  }

  /** RTMP 1.0, 5.4.1: 31 bits, but a chunk is never longer than a message. */
  #setChunkSize(body: Uint8Array): void {
    const size = body.length >= 4 ? new ByteReader(body).u32() : 0;
    if (size < 1 || size > 0x7fffffff)
      throw new MalformedError("rtmp/chunk-size", `a chunk size of ${size}, in ${body.length} bytes`);
    this.chunkSize = Math.min(size, maxChunkSize);
  }

  #drop(stream: ChunkStream): void {
    this.#partialBytes -= stream.received;
    stream.received = 0;
    stream.body = undefined;
  }

  /** Judged by the header, before anything is kept for it. */
  #checkLength({ type, length }: ChunkStream): void {
    const limit = this.#limit(type);
    if (length > limit)
      throw new MalformedError("rtmp/message-size", `a message of type ${type} with ${length} bytes; at most ${limit}`);
  }

  #limit(type: number): number {
    switch (type) {
      case MessageType.setChunkSize:
      case MessageType.abort:
      case MessageType.acknowledgement:
      case MessageType.userControl:
      case MessageType.windowAckSize:
      case MessageType.setPeerBandwidth:
        return this.#limits.controlBytes;
      case MessageType.audio:
      case MessageType.video:
      case MessageType.aggregate:
        return this.#limits.messageBytes;
      default:
        return this.#limits.commandBytes;
    }
  }
}

function isMedia({ type }: ChunkStream): boolean {
  return type === MessageType.audio || type === MessageType.video;
}

/** RTMP 1.0, 5.3.1.1: chunk stream ids of two and three bytes; the same id in another form is the same chunk stream. */
function* longId(form: number): Parser<number> {
  const [low = 0, high = 0] = yield form + 1;
  return 64 + low + high * 256;
}
