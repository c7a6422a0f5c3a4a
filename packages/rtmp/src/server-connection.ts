import { ByteReader, MalformedError } from "@sluice/media";
import { AckCounter } from "./acknowledgement.ts";
import { splitAggregate } from "./aggregate.ts";
import type { Capabilities } from "./capabilities.ts";
import { ChunkDecoder, type ChunkLimits, defaultChunkLimits } from "./chunk-decoder.ts";
import { encodeMessage, outgoingChunkSize } from "./chunk-encoder.ts";
import { type Command, decodeCommand } from "./command.ts";
import { acknowledgement, parseUserControl, setChunkSize, userControl, windowAckSize } from "./control.ts";
import { serverHandshake } from "./handshake.ts";
import { type Message, MessageType } from "./message.ts";
import type { NetStream } from "./net-stream.ts";
import { Demand, type Parser } from "./parser.ts";
import { type ReconnectRequest, reconnectMessage } from "./reconnect.ts";
import { type CommandPeer, ServerCommands } from "./server-commands.ts";
import type { ServerEvent } from "./server-event.ts";
import { onStatus, type StatusCode } from "./status.ts";

export type ServerConnectionOptions = {
  /** Takes bytes for the peer. Messages that belong together come in one piece. */
  send(bytes: Uint8Array): void;
  /** Bytes that nobody can guess. */
  random(length: number): Uint8Array;
  /** Told what the client wants, from within `receive`, `acceptConnect` or `acceptPublish`; must not call `receive`. */
  emit(event: ServerEvent): void;
  /** The host answers `connect` itself, at once or later; otherwise it is accepted before the host is told. */
  readonly answersConnect?: boolean;
  readonly limits?: ChunkLimits;
};

/** How much media may come before the host has said that it may be published. */
const maxEarlyBytes = 4 * 1024 * 1024;
/** How much may come before the host has said that the client may connect. */
const maxHeldBytes = 256 * 1024;
/** One command that cannot be read is a client's slip; so many in a row are no RTMP. */
const maxMalformed = 8;
const controlChunks = 2;
const commandChunks = 3;
const firstChunkSize = 128;

/** The server side of one RTMP connection, without the socket: bytes in, events and bytes out. */
export class ServerConnection {
  readonly #options: ServerConnectionOptions;
  readonly #decoder: ChunkDecoder;
  readonly #input: Demand;
  readonly #commands: ServerCommands;
  readonly #acks = new AckCounter();
  #shaken = false;
  #chunkSize = firstChunkSize;
  #peerWindow = 0;
  #ignored = 0;
  #malformed = 0;
  /** What came after a connect that has no answer yet, in order. */
  #held: Message[] = [];
  #heldBytes = 0;

  constructor(options: ServerConnectionOptions) {
    this.#options = options;
    this.#decoder = new ChunkDecoder(options.limits ?? defaultChunkLimits);
    this.#input = new Demand(this.#run());
    const peer: CommandPeer = {
      emit: options.emit,
      reply: (...messages) => this.#reply(messages),
      announce: (...messages) => {
        this.#reply([setChunkSize(outgoingChunkSize)], messages);
      },
    };
    this.#commands = new ServerCommands(peer, options.answersConnect ?? false);
  }

  /** How far the peer has come. */
  get phase(): "handshaking" | "connecting" | "connected" {
    if (!this.#shaken) return "handshaking";
    return this.#commands.connectState === "accepted" ? "connected" : "connecting";
  }
  /** Whether the client can be asked to connect anew. */
  get reconnects(): boolean {
    return this.#commands.reconnects;
  }
  get bytesReceived(): number {
    return this.#acks.total;
  }
  /** How many messages had no meaning here: unknown types, media on streams that do not publish. */
  get ignored(): number {
    return this.#ignored + this.#commands.ignored;
  }

  /** Hands over what has arrived. Throws `MalformedError` once; the connection is then finished. */
  receive(bytes: Uint8Array): void {
    const due = this.#acks.received(bytes.length);
    this.#input.push(bytes);
    if (due !== undefined) this.#send(acknowledgement(due));
  }

  /** Lets the client in, where `answersConnect`; then what it has sent meanwhile takes effect. `ours` is announced to clients that have announced something of Enhanced RTMP themselves. */
  acceptConnect(ours?: Capabilities): void {
    this.#commands.acceptConnect(ours);
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const message of held) this.#message(message);
  }

  /** Sends the client away, where `answersConnect`; nothing that it says has a meaning any more. */
  rejectConnect(description: string): void {
    this.#held = [];
    this.#commands.rejectConnect(description);
  }

  /** Grants a pending publish; what the client has sent meanwhile is emitted. */
  acceptPublish(streamId: number): void {
    const stream = this.#expect(streamId, "publish-pending");
    stream.state = "publishing";
    this.#send(
      userControl({ kind: "stream begin", streamId }),
      onStatus(streamId, "status", "NetStream.Publish.Start", "publishing"),
    );
    const { early } = stream;
    stream.early = [];
    stream.earlyBytes = 0;
    for (const message of early) this.#media(message);
  }

  rejectPublish(streamId: number, code: StatusCode, description: string): void {
    this.#expect(streamId, "publish-pending").state = "idle";
    this.#send(onStatus(streamId, "error", code, description));
  }

  /** Grants a pending play; media may be sent after it (RTMP 1.0, 7.2.2.1). */
  acceptPlay(streamId: number): void {
    const stream = this.#expect(streamId, "play-pending");
    stream.state = "playing";
    const begin = userControl({ kind: "stream begin", streamId });
    const start = onStatus(streamId, "status", "NetStream.Play.Start", "playing");
    if (stream.reset) this.#send(begin, onStatus(streamId, "status", "NetStream.Play.Reset", "playing anew"), start);
    else this.#send(begin, start);
  }

  rejectPlay(streamId: number, code: StatusCode, description: string): void {
    this.#expect(streamId, "play-pending").state = "idle";
    this.#send(onStatus(streamId, "error", code, description));
  }

  /** The stream that a viewer waits for has its publisher now. */
  publishNotify(streamId: number): void {
    this.#send(
      userControl({ kind: "stream begin", streamId }),
      onStatus(streamId, "status", "NetStream.Play.PublishNotify", "the publisher is there"),
    );
  }

  /** What a viewer plays has ended. */
  endPlay(streamId: number, reason: string): void {
    const stream = this.#commands.stream(streamId);
    if (stream) stream.state = "idle";
    this.#send(
      userControl({ kind: "stream eof", streamId }),
      onStatus(streamId, "status", "NetStream.Play.UnpublishNotify", reason),
    );
  }

  /** What a viewer plays cannot be sent to it any more, or never could. */
  failPlay(streamId: number, description: string): void {
    const stream = this.#commands.stream(streamId);
    if (stream) stream.state = "idle";
    this.#send(onStatus(streamId, "error", "NetStream.Play.Failed", description));
  }

  /** Tells a publisher why it is sent away. */
  endPublish(streamId: number, code: StatusCode, description: string): void {
    const stream = this.#commands.stream(streamId);
    if (stream) stream.state = "idle";
    this.#send(onStatus(streamId, "error", code, description));
  }

  /** Asks the client to connect anew, here or elsewhere; it is served until it leaves. False for one that has not announced that it understands. */
  requestReconnect(request: ReconnectRequest): boolean {
    const asked = this.#commands.reconnect(request);
    if (asked) this.#send(reconnectMessage(asked));
    return asked !== undefined;
  }

  /** Asks whether the peer is still there; what it answers counts as received bytes. */
  ping(timestamp: number): void {
    this.#send(userControl({ kind: "ping request", timestamp }));
  }

  *#run(): Parser<never> {
    yield* serverHandshake(this.#options);
    this.#shaken = true;
    return yield* this.#decoder.messages((message) => this.#message(message));
  }

  #message(message: Message): void {
    const { connectState } = this.#commands;
    if (connectState === "pending") return this.#hold(message);
    if (connectState === "rejected") this.#ignored++;
    else this.#act(message);
  }

  /** Some clients do not wait for answers. Whoever sends more than questions before it may is none of them. */
  #hold(message: Message): void {
    this.#heldBytes += message.body.length + 64;
    if (this.#heldBytes > maxHeldBytes) throw new MalformedError("rtmp/held-bytes", "too much before connect's answer");
    this.#held.push(message);
  }

  #act(message: Message): void {
    switch (message.type) {
      case MessageType.audio:
      case MessageType.video:
      case MessageType.data:
      case MessageType.dataAmf3:
        return this.#media(message);
      case MessageType.aggregate:
        return splitAggregate(message).forEach((part) => void this.#media(part));
      case MessageType.command:
      case MessageType.commandAmf3:
        return this.#command(message);
      case MessageType.userControl:
        return this.#userControl(message.body);
      case MessageType.windowAckSize:
        if (message.body.length >= 4) this.#acks.setWindow(new ByteReader(message.body).u32());
        return;
      case MessageType.setPeerBandwidth:
        return this.#peerBandwidth(message.body);
      case MessageType.setChunkSize:
      case MessageType.abort:
      case MessageType.acknowledgement:
        return; // the decoder has seen to the first two; viewers acknowledge late or never
      default:
        this.#ignored++;
    }
  }

  #command(message: Message): void {
    let command: Command;
    try {
      command = decodeCommand(message);
    } catch (error) {
      if (!(error instanceof MalformedError) || ++this.#malformed >= maxMalformed) throw error;
      this.#ignored++;
      return;
    }
    this.#malformed = 0;
    this.#commands.on(command);
  }

  #media(message: Message): void {
    const stream = this.#commands.stream(message.streamId) ?? this.#onlyPublisher(message);
    if (stream?.state === "publishing") {
      const { type, timestampMs, body } = message;
      this.#options.emit({ kind: "media", streamId: stream.id, type, timestampMs, body });
    } else if (stream?.state === "publish-pending" && stream.earlyBytes + message.body.length <= maxEarlyBytes) {
      stream.early.push(message);
      stream.earlyBytes += message.body.length + 64;
    } else this.#ignored++;
  }

  /** Some encoders send metadata on message stream 0; it is for the stream they publish. */
  #onlyPublisher({ type, streamId }: Message): NetStream | undefined {
    if (streamId !== 0 || (type !== MessageType.data && type !== MessageType.dataAmf3)) return undefined;
    return this.#commands.onlyPublisher();
  }

  #userControl(body: Uint8Array): void {
    const event = parseUserControl(body);
    if (event?.kind === "ping request") this.#send(userControl({ kind: "ping response", timestamp: event.timestamp }));
    else if (!event) this.#ignored++;
  }

  /** RTMP 1.0, 5.4.5: answered with the window that it asks for, when that is a new one. */
  #peerBandwidth(body: Uint8Array): void {
    if (body.length < 5) return;
    const window = new ByteReader(body).u32();
    if (window === this.#peerWindow) return;
    this.#peerWindow = window;
    this.#send(windowAckSize(window));
  }

  #expect(streamId: number, state: NetStream["state"]): NetStream {
    const stream = this.#commands.stream(streamId);
    if (stream?.state === state) return stream;
    throw new MalformedError("rtmp/state", `stream ${streamId} is ${stream?.state ?? "not there"}, not ${state}`);
  }

  #send(...messages: Message[]): void {
    this.#reply(messages);
  }

  /** `after` goes out with the chunk size that the first ones announce. */
  #reply(messages: readonly Message[], after: readonly Message[] = []): void {
    const parts = messages.map((message) => encode(message, this.#chunkSize));
    if (after.length > 0) this.#chunkSize = outgoingChunkSize;
    parts.push(...after.map((message) => encode(message, this.#chunkSize)));
    this.#options.send(joined(parts));
  }
}

function encode(message: Message, chunkSize: number): Uint8Array {
  return encodeMessage(message.type === MessageType.command ? commandChunks : controlChunks, message, chunkSize);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
