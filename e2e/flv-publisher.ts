import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { FlvReader, type FlvTag } from "@sluice/media";
import { type RtmpClient, rtmpClient } from "../packages/server/testing/clients.ts";

/** The tags of an FLV file. */
export function flvTags(file: string): FlvTag[] {
  const tags: FlvTag[] = [];
  const reader = new FlvReader((tag) => void tags.push(tag));
  reader.push(readFileSync(file));
  return tags;
}

/** Our RTMP client as a publisher: sends tags as they are, in their time, and announces nothing of Enhanced RTMP, as OBS does. */
export class FlvPublisher {
  readonly #client: RtmpClient;
  #closed = false;

  constructor(client: RtmpClient) {
    this.#client = client;
  }

  static async connect(t: TestContext, rtmp: string, name: string): Promise<FlvPublisher> {
    const client = await rtmpClient(Number(new URL(rtmp).port));
    const publisher = new FlvPublisher(client);
    t.after(() => publisher.close());
    client.connection.publish(1, name);
    return publisher;
  }

  /** All at once. */
  send(tags: readonly FlvTag[]): void {
    for (const { type, timestampMs, body } of tags) this.#client.connection.media(1, type, timestampMs, body);
  }

  /** Each in its time, counted from the first of them; resolves when all have gone. */
  async play(tags: readonly FlvTag[]): Promise<void> {
    const began = performance.now() - (tags[0]?.timestampMs ?? 0);
    for (const tag of tags) {
      if (this.#closed) return;
      const waitMs = tag.timestampMs - (performance.now() - began);
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      this.send([tag]);
    }
  }

  /** Over and over, as if it went on for ever; without the file's own data, which says how long it is. */
  loop(tags: readonly FlvTag[]): void {
    const media = tags.filter(isFrame);
    this.send(tags.filter((tag) => tag.type !== 18 && !isFrame(tag) && !isEnd(tag)));
    const lengthMs = Math.max(...media.map(({ timestampMs }) => timestampMs)) + 20;
    const again = async () => {
      for (let startMs = 0; !this.#closed; startMs += lengthMs)
        await this.play(media.map((tag) => ({ ...tag, timestampMs: tag.timestampMs + startMs })));
    };
    void again();
  }

  /** Ends the stream as encoders do. */
  end(): void {
    this.#client.connection.streamCommand(1, "deleteStream", 1);
    this.close();
  }

  close(): void {
    this.#closed = true;
    this.#client.socket.end();
  }
}

/** Of the sequence's start, frames and end: which one a body is, whether in FLV's own form, with a FourCC, or as one track of many (Enhanced RTMP v2). */
export function packetType({ type, body }: FlvTag): number | undefined {
  const [first = 0, second = 0] = body;
  const isEnhanced = type === 9 ? first >= 0x80 : first >> 4 === 9;
  if (!isEnhanced) return second;
  const own = first & 15;
  return own === (type === 9 ? 6 : 5) ? second & 15 : own;
}

export function isFrame(tag: FlvTag): boolean {
  const kind = packetType(tag);
  return (tag.type === 9 && (kind === 1 || kind === 3)) || (tag.type === 8 && kind === 1);
}

export function isEnd(tag: FlvTag): boolean {
  return tag.type === 9 && packetType(tag) === 2;
}
