import { type Amf, type AmfObject, ByteReader, isAmfObject } from "@sluice/media";
import { AckCounter } from "./acknowledgement.ts";
import { splitAggregate } from "./aggregate.ts";
import { type Capabilities, readCapabilities, writeCapabilities } from "./capabilities.ts";
import { ChunkDecoder, type ChunkLimits, defaultChunkLimits } from "./chunk-decoder.ts";
import { encodeMessage, outgoingChunkSize } from "./chunk-encoder.ts";
import { type Command, decodeCommand, encodeCommand, number, text } from "./command.ts";
import { acknowledgement, parseUserControl, setChunkSize, type UserControl, userControl } from "./control.ts";
import { clientHandshake } from "./handshake.ts";
import { type Message, MessageType } from "./message.ts";
import { Demand, type Parser } from "./parser.ts";
import { reconnectAsked, resolveTcUrl } from "./reconnect.ts";

/** What a server answers, or sends. */
export type ClientEvent =
  | {
      readonly kind: "connected";
      readonly information: AmfObject;
      /** What the server announces of Enhanced RTMP. */
      readonly capabilities: Capabilities | undefined;
    }
  /** createStream was answered. */
  | { readonly kind: "stream"; readonly streamId: number }
  | {
      readonly kind: "status";
      readonly streamId: number;
      readonly level: string;
      readonly code: string;
      readonly description: string;
    }
  /** The server asks to connect anew, to this address; it serves on until that is done. Whether to go there is the host's to judge. */
  | { readonly kind: "reconnect"; readonly tcUrl: string; readonly description: string }
  /** Audio (8), video (9) or data (18, 15). */
  | {
      readonly kind: "media";
      readonly streamId: number;
      readonly type: number;
      readonly timestampMs: number;
      readonly body: Uint8Array;
    }
  | { readonly kind: "control"; readonly event: UserControl }
  /** `_result` and `_error` of other commands, and what the server calls by itself. */
  | { readonly kind: "command"; readonly command: Command };

export type ClientConnectionOptions = {
  send(bytes: Uint8Array): void;
  random(length: number): Uint8Array;
  /** Told from within `receive`; must not call `receive`. */
  emit(event: ClientEvent): void;
  readonly app: string;
  readonly tcUrl: string;
  /** What is announced of Enhanced RTMP; nothing where it is absent. */
  readonly capabilities?: Capabilities;
  /** What else connect says; later keys win. */
  readonly connect?: AmfObject;
  readonly digest?: boolean;
  readonly limits?: ChunkLimits;
};

const connectTransaction = 1;
const controlChunks = 2;
const commandChunks = 3;
const mediaChunks: Readonly<Record<number, number>> = { 8: 4, 9: 6 };
const dataChunks = 5;

/** The client side of one RTMP connection, without the socket: for pulling, pushing, and trying servers. It handshakes and connects by itself. */
export class ClientConnection {
  readonly #options: ClientConnectionOptions;
  readonly #decoder: ChunkDecoder;
  readonly #input: Demand;
  readonly #acks = new AckCounter();
  #chunkSize = 128;
  #transaction = connectTransaction;
  readonly #creating = new Set<number>();

  constructor(options: ClientConnectionOptions) {
    this.#options = options;
    this.#decoder = new ChunkDecoder(options.limits ?? defaultChunkLimits);
    this.#input = new Demand(this.#run());
  }

  /** Hands over what has arrived. Throws `MalformedError` once; the connection is then finished. */
  receive(bytes: Uint8Array): void {
    const due = this.#acks.received(bytes.length);
    this.#input.push(bytes);
    if (due !== undefined) this.message(acknowledgement(due));
  }

  /** Sends a command to the connection; returns its transaction. */
  command(name: string, object: Amf, ...args: Amf[]): number {
    const transaction = ++this.#transaction;
    this.message(encodeCommand(0, name, transaction, object, ...args));
    return transaction;
  }

  createStream(): void {
    this.#creating.add(this.command("createStream", null));
  }

  publish(streamId: number, name: string, type: string = "live"): void {
    this.message(encodeCommand(streamId, "publish", ++this.#transaction, null, name, type));
  }

  play(streamId: number, name: string, start: number = -2000): void {
    this.message(
      encodeCommand(streamId, "play", ++this.#transaction, null, name, start),
      userControl({ kind: "set buffer length", streamId, milliseconds: 3000 }),
    );
  }

  /** Sends a command to a NetStream, without a transaction. */
  streamCommand(streamId: number, name: string, ...args: Amf[]): void {
    this.message(encodeCommand(streamId, name, 0, null, ...args));
  }

  /** Sends audio, video or data. */
  media(streamId: number, type: number, timestampMs: number, body: Uint8Array): void {
    this.message({ type, streamId, timestampMs, body });
  }

  /** Sends any messages, in one piece. */
  message(...messages: Message[]): void {
    for (const message of messages) this.#options.send(encodeMessage(chunksOf(message.type), message, this.#chunkSize));
  }

  *#run(): Parser<never> {
    yield* clientHandshake(this.#options, { digest: this.#options.digest ?? false });
    const { app, tcUrl, connect, capabilities } = this.#options;
    this.message(setChunkSize(outgoingChunkSize));
    this.#chunkSize = outgoingChunkSize;
    this.message(
      encodeCommand(0, "connect", connectTransaction, {
        app,
        flashVer: "FMLE/3.0 (compatible; Sluice)",
        tcUrl,
        fpad: false,
        capabilities: 15,
        audioCodecs: 4071,
        videoCodecs: 252,
        videoFunction: 1,
        ...(capabilities ? writeCapabilities(capabilities) : {}),
        ...connect,
      }),
    );
    return yield* this.#decoder.messages((message) => this.#message(message));
  }

  #message(message: Message): void {
    const { type, streamId, timestampMs, body } = message;
    switch (type) {
      case MessageType.audio:
      case MessageType.video:
      case MessageType.data:
      case MessageType.dataAmf3:
        return this.#options.emit({ kind: "media", streamId, type, timestampMs, body });
      case MessageType.aggregate:
        return splitAggregate(message).forEach((part) => void this.#message(part));
      case MessageType.command:
      case MessageType.commandAmf3:
        return this.#command(decodeCommand(message));
      case MessageType.windowAckSize:
        if (body.length >= 4) this.#acks.setWindow(new ByteReader(body).u32());
        return;
      case MessageType.userControl:
        return this.#control(body);
      default:
        return; // the decoder has seen to chunk sizes and aborts; nothing else concerns a client
    }
  }

  #control(body: Uint8Array): void {
    const event = parseUserControl(body);
    if (!event) return;
    if (event.kind === "ping request") this.message(userControl({ kind: "ping response", timestamp: event.timestamp }));
    this.#options.emit({ kind: "control", event });
  }

  #command(command: Command): void {
    const { name, transaction, object, args, streamId } = command;
    const [first] = args;
    if (name === "onStatus") this.#status(streamId, objectOf(first));
    else if (name === "_result" && transaction === connectTransaction) {
      const information = objectOf(first);
      const capabilities = readCapabilities(information) ?? readCapabilities(objectOf(object));
      this.#options.emit({ kind: "connected", information, capabilities });
    } else if (name === "_result" && this.#creating.delete(transaction)) {
      this.#options.emit({ kind: "stream", streamId: number(first) ?? 0 });
    } else this.#options.emit({ kind: "command", command });
  }

  #status(streamId: number, information: AmfObject): void {
    const { emit, tcUrl } = this.#options;
    const asked = reconnectAsked(information);
    if (asked) {
      const { description = "", tcUrl: to } = asked;
      return emit({ kind: "reconnect", tcUrl: to === undefined ? tcUrl : resolveTcUrl(tcUrl, to), description });
    }
    const read = (key: string) => text(information[key]) ?? "";
    emit({ kind: "status", streamId, level: read("level"), code: read("code"), description: read("description") });
  }
}

function objectOf(value: Amf): AmfObject {
  return isAmfObject(value) ? value : {};
}

function chunksOf(type: number): number {
  if (type === MessageType.command) return commandChunks;
  if (type === MessageType.data || type === MessageType.dataAmf3) return dataChunks;
  return mediaChunks[type] ?? controlChunks;
}
