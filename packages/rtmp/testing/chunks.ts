import assert from "node:assert/strict";
import { MalformedError } from "@sluice/media";
import { ChunkDecoder, type ChunkLimits, defaultChunkLimits } from "../src/chunk-decoder.ts";
import type { Message } from "../src/message.ts";
import { Demand } from "../src/parser.ts";

/** Bytes as the tests write them down: hexadecimal, spaced as the fields are. */
export const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
export const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

/** Hands bytes over as a socket does: in memory that is used again. */
export function lend(input: { push(bytes: Uint8Array): void }, bytes: Uint8Array): void {
  const memory = new Uint8Array(bytes);
  input.push(memory);
  memory.fill(0xee);
}

/** What a decoder makes of bytes that arrive in pieces: the messages, and the code of the error that ended it. Any other error is thrown. */
export function outcome(pieces: readonly Uint8Array[], limits: ChunkLimits = defaultChunkLimits) {
  const messages: Message[] = [];
  const decoder = new ChunkDecoder(limits);
  const input = new Demand(decoder.messages((message) => void messages.push(message)));
  let code: string | undefined;
  try {
    for (const piece of pieces) lend(input, piece);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    code = error.code;
  }
  return { messages, code, partialBytes: decoder.partialBytes, chunkSize: decoder.chunkSize };
}

/** The bytes in pieces of so many. */
export function pieces(wire: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(wire.length / size) }, (_, index) =>
    wire.subarray(index * size, (index + 1) * size),
  );
}

/** The outcome, which is the same whole, byte by byte, and cut once at each place. */
export function outcomeAnyhow(text: string, limits?: ChunkLimits) {
  const wire = bytes(text);
  const whole = outcome([wire], limits);
  assert.deepEqual(outcome(pieces(wire, 1), limits), whole);
  for (let cut = 1; cut < wire.length; cut++) {
    assert.deepEqual(outcome([wire.subarray(0, cut), wire.subarray(cut)], limits), whole, `cut at ${cut}`);
  }
  return whole;
}

/** The messages of a wire without a fault, however it is cut. */
export function decodeAnyhow(text: string): Message[] {
  const { messages, code } = outcomeAnyhow(text);
  assert.equal(code, undefined);
  return messages;
}

type Sending = {
  timestamp: number;
  delta: number;
  extended: number | undefined;
  last: Message | undefined;
  message: Message | undefined;
  at: number;
};

const u24 = (value: number) => [(value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const u32 = (value: number) => [value >>> 24, ...u24(value)];
const u32le = (value: number) => u32(value).reverse();

/** Sends as strangers do: every header type and form of id, messages interleaved, extended times repeated or left out. What we send ourselves is always of type 0. */
export class ChunkSender {
  chunkSize = 128;
  readonly #repeats: boolean;
  readonly #streams = new Map<number, Sending>();

  constructor({ repeats }: { readonly repeats: boolean }) {
    this.#repeats = repeats;
  }

  /** The next chunk of the message that is under way on a chunk stream, or the first of this one; `format` is the shortest header to use if it can say what there is to say. */
  chunk(id: number, message: Message, format: number, longId: boolean): { wire: Uint8Array; whole: boolean } {
    const stream = this.#stream(id);
    const header = stream.message ? this.#continuation(stream) : this.#begin(stream, message, format);
    const { body } = stream.message ?? message;
    const part = body.subarray(stream.at, stream.at + this.chunkSize);
    stream.at += part.length;
    const whole = stream.at === body.length;
    if (whole) stream.message = undefined;
    const wire = Uint8Array.from([...basicHeader(header.format, id, longId), ...header.fields, ...part]);
    return { wire, whole };
  }

  /** Forgets what is under way, as after an Abort message; false when there is nothing. */
  abort(id: number): boolean {
    const stream = this.#stream(id);
    const underWay = stream.message !== undefined;
    stream.message = undefined;
    return underWay;
  }

  #stream(id: number): Sending {
    const known = this.#streams.get(id);
    if (known) return known;
    const made = { timestamp: 0, delta: 0, extended: undefined, last: undefined, message: undefined, at: 0 };
    this.#streams.set(id, made);
    return made;
  }

  #begin(stream: Sending, message: Message, shortest: number): { format: number; fields: number[] } {
    const { type, streamId, timestampMs, body } = message;
    const { last } = stream;
    const delta = (timestampMs - stream.timestamp) >>> 0;
    const sameStream = last?.streamId === streamId;
    const sameShape = sameStream && last.type === type && last.body.length === body.length;
    const format = Math.min(shortest, sameShape ? (delta === stream.delta ? 3 : 2) : sameStream ? 1 : 0);
    Object.assign(stream, { message, last: message, at: 0, timestamp: timestampMs });
    if (format === 3) return this.#continuation(stream);
    stream.delta = format === 0 ? timestampMs : delta;
    stream.extended = stream.delta >= 0xffffff ? stream.delta : undefined;
    const fields = u24(Math.min(stream.delta, 0xffffff));
    if (format < 2) fields.push(...u24(body.length), type);
    if (format === 0) fields.push(...u32le(streamId));
    if (stream.extended !== undefined) fields.push(...u32(stream.extended));
    return { format, fields };
  }

  #continuation({ extended }: Sending): { format: number; fields: number[] } {
    return { format: 3, fields: extended !== undefined && this.#repeats ? u32(extended) : [] };
  }
}

function basicHeader(format: number, id: number, long: boolean): number[] {
  const first = format << 6;
  if (id < 64) return [first | id];
  return id < 320 && !long ? [first, id - 64] : [first | 1, (id - 64) & 255, (id - 64) >> 8];
}
