import { randomBytes } from "node:crypto";
import type { Amf } from "@sluice/media";
import { ChunkDecoder } from "../src/chunk-decoder.ts";
import { encodeMessage } from "../src/chunk-encoder.ts";
import { type Command, decodeCommand, encodeCommand } from "../src/command.ts";
import type { Message } from "../src/message.ts";
import { Demand } from "../src/parser.ts";
import { ServerConnection } from "../src/server-connection.ts";
import type { ServerEvent } from "../src/server-event.ts";
import { lend } from "./chunks.ts";

/** A key frame without a picture. */
export const video = (timestampMs: number, streamId = 1): Message => ({
  type: 9,
  streamId,
  timestampMs,
  body: Uint8Array.of(0x17, 1, 0, 0, 0),
});

/** A connection whose handshake is over, everything that it emitted, and everything that it sent, read by the wire's own decoder. */
export function connection(options: { readonly answersConnect?: boolean } = {}) {
  const events: ServerEvent[] = [];
  const sent: Message[] = [];
  const writes: number[] = [];
  let skip = 3073;
  const output = new Demand(new ChunkDecoder().messages((message) => void sent.push(message)));
  const server = new ServerConnection({
    ...options,
    send: (bytes) => {
      writes.push(bytes.length);
      const media = bytes.subarray(Math.min(skip, bytes.length));
      skip -= bytes.length - media.length;
      output.push(media);
    },
    random: randomBytes,
    emit: (event) => void events.push(event),
  });
  server.receive(Buffer.concat([Buffer.of(3), Buffer.alloc(1536)]));
  server.receive(Buffer.alloc(1536));
  const input = { push: (bytes: Uint8Array) => server.receive(bytes) };
  const send = (...messages: Message[]) => {
    for (const message of messages) lend(input, encodeMessage(message.type === 20 ? 3 : 4, message, 128));
  };
  const call = (name: string, transaction: number, ...args: Amf[]) =>
    send(encodeCommand(0, name, transaction, null, ...args));
  const stream = (streamId: number, name: string, ...args: Amf[]) =>
    send(encodeCommand(streamId, name, 0, null, ...args));
  const connect = (object: Amf = { app: "live", tcUrl: "rtmp://127.0.0.1/live" }) =>
    send(encodeCommand(0, "connect", 1, object));
  const commands = () => sent.filter(({ type }) => type === 20).map((message) => decodeCommand(message));
  const statuses = () =>
    commands()
      .filter(({ name }) => name === "onStatus")
      .map((command) => [
        command.streamId,
        String((command.args[0] as { code: string }).code).replace("NetStream.", ""),
      ]);
  return { server, events, sent, writes, send, call, stream, connect, commands, statuses };
}

/** What happened, without the details. */
export const kinds = (events: readonly ServerEvent[]) => events.map(({ kind }) => kind);
/** The reply to a call. */
export const answer = (commands: readonly Command[], transaction: number) =>
  commands.find((command) => command.transaction === transaction);
