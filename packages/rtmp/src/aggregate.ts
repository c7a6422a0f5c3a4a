import { ByteReader } from "@sluice/media";
import { type Message, MessageType } from "./message.ts";

const tagHeader = 11;
const backPointer = 4;

/**
 * The messages inside an aggregate (RTMP 1.0, 7.1.6): laid out as FLV tags, their times counted from the first one's, which is the aggregate's own. Only audio, video and data
 * count. It stops quietly at the first thing that does not fit.
 */
export function splitAggregate({ streamId, timestampMs, body }: Message): Message[] {
  const messages: Message[] = [];
  const reader = new ByteReader(body);
  let firstTime: number | undefined;
  while (reader.left >= tagHeader) {
    const type = reader.u8();
    const length = reader.u24();
    const time = (reader.u24() | (reader.u8() << 24)) >>> 0;
    reader.skip(3);
    if (length > reader.left) break;
    const part = reader.bytes(length);
    firstTime ??= time;
    if (type === MessageType.audio || type === MessageType.video || type === MessageType.data) {
      messages.push({ type, streamId, timestampMs: (timestampMs + time - firstTime) >>> 0, body: part });
    }
    if (reader.left < backPointer || reader.u32() !== tagHeader + length) break;
  }
  return messages;
}
