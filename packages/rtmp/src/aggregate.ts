import { ByteReader } from "@sluice/media";
import { type Message, MessageType } from "./message.ts";

const tagHeader = 11;
const backPointer = 4;
/** A real aggregate holds a few dozen; a hostile one, of messages without a body, more than a million. */
const mostParts = 4096;

/**
 * The messages inside an aggregate (RTMP 1.0, 7.1.6): laid out as FLV tags, their times counted from the first one's, which is the aggregate's own. Only audio, video and data
 * count. It stops quietly at the first thing that does not fit.
 */
export function splitAggregate({ streamId, timestampMs, body }: Message): Message[] {
  const messages: Message[] = [];
  const reader = new ByteReader(body);
  let firstTime: number | undefined;
  for (let part = 0; part < mostParts && reader.left >= tagHeader; part++) {
    const type = reader.u8();
    const length = reader.u24();
    const time = (reader.u24() | (reader.u8() << 24)) >>> 0;
    reader.skip(3); // its stream id: the aggregate's own holds
    if (length > reader.left || concernsTheWire(type)) break;
    const data = reader.bytes(length);
    firstTime ??= time;
    if (type === MessageType.audio || type === MessageType.video || type === MessageType.data) {
      // A copy: one small message that is kept must not keep the whole aggregate.
      const own = new Uint8Array(data);
      messages.push({ type, streamId, timestampMs: (timestampMs + time - firstTime) >>> 0, body: own });
    }
    if (reader.left < backPointer || reader.u32() !== tagHeader + length) break;
  }
  return messages;
}

/** Chunk sizes, windows and further aggregates have no place inside one: whoever sends them means harm, or is not in step. */
function concernsTheWire(type: number): boolean {
  return type <= MessageType.setPeerBandwidth || type === MessageType.aggregate;
}
