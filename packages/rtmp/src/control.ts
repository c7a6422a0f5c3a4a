import { ByteReader, ByteWriter } from "@sluice/media";
import { type Message, MessageType } from "./message.ts";

/** How a bandwidth limit is meant (RTMP 1.0, 5.4.5). */
export const BandwidthLimit = { hard: 0, soft: 1, dynamic: 2 } as const;

/** Set Chunk Size (RTMP 1.0, 5.4.1). */
export function setChunkSize(size: number): Message {
  return control(MessageType.setChunkSize, new ByteWriter(4).u32(size));
}

/** Abort Message (5.4.2): the rest of the message on that chunk stream does not come. For tests: we never abort. */
export function abort(chunkStreamId: number): Message {
  return control(MessageType.abort, new ByteWriter(4).u32(chunkStreamId));
}

/** Acknowledgement (5.4.3) of all bytes received so far, modulo 2³². */
export function acknowledgement(received: number): Message {
  return control(MessageType.acknowledgement, new ByteWriter(4).u32(received % 2 ** 32));
}

/** Window Acknowledgement Size (5.4.4), in bytes. */
export function windowAckSize(size: number): Message {
  return control(MessageType.windowAckSize, new ByteWriter(4).u32(size));
}

/** Set Peer Bandwidth (5.4.5), in bytes. */
export function setPeerBandwidth(size: number, limit: (typeof BandwidthLimit)[keyof typeof BandwidthLimit]): Message {
  return control(MessageType.setPeerBandwidth, new ByteWriter(5).u32(size).u8(limit));
}

/** What a user control message says (RTMP 1.0, 7.1.7; the last two are undocumented, and known from Flash). */
export type UserControl =
  | { readonly kind: "stream begin" | "stream eof" | "stream dry" | "stream is recorded"; readonly streamId: number }
  | { readonly kind: "set buffer length"; readonly streamId: number; readonly milliseconds: number }
  | { readonly kind: "ping request" | "ping response"; readonly timestamp: number }
  | { readonly kind: "buffer empty" | "buffer ready"; readonly streamId: number };

const EventType = {
  "stream begin": 0,
  "stream eof": 1,
  "stream dry": 2,
  "set buffer length": 3,
  "stream is recorded": 4,
  "ping request": 6,
  "ping response": 7,
  "buffer empty": 31,
  "buffer ready": 32,
} as const;

const kinds = new Map<number, UserControl["kind"]>(
  Object.entries(EventType).map(([kind, type]) => [type, kind as UserControl["kind"]]),
);

/** A user control message (RTMP 1.0, 5.4.6 and 7.1.7). */
export function userControl(event: UserControl): Message {
  const writer = new ByteWriter(10)
    .u16(EventType[event.kind])
    .u32("timestamp" in event ? event.timestamp : event.streamId);
  if (event.kind === "set buffer length") writer.u32(event.milliseconds);
  return control(MessageType.userControl, writer);
}

/** Reads a user control message; undefined for one that is unknown or too short. What is too long is read as far as it is known. */
export function parseUserControl(body: Uint8Array): UserControl | undefined {
  if (body.length < 6) return undefined;
  const reader = new ByteReader(body);
  const kind = kinds.get(reader.u16());
  const value = reader.u32();
  switch (kind) {
    case undefined:
      return undefined;
    case "ping request":
    case "ping response":
      return { kind, timestamp: value };
    case "set buffer length":
      return reader.left < 4 ? undefined : { kind, streamId: value, milliseconds: reader.u32() };
    case "stream begin":
    case "stream eof":
    case "stream dry":
    case "stream is recorded":
    case "buffer empty":
    case "buffer ready":
      return { kind, streamId: value };
  }
}

function control(type: number, writer: ByteWriter): Message {
  return { type, streamId: 0, timestampMs: 0, body: writer.finish() };
}
