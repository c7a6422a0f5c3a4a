import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Amf, type AmfObject, encodeAmf0 } from "@sluice/media";
import { ChunkDecoder, type Command, Demand, decodeCommand, type Message, type Parser } from "@sluice/rtmp";
import { until } from "./host.ts";
import { bodies, bytes, chunked } from "./wire-bytes.ts";

/** What an onStatus says, and the NetStream it says it on. */
export type Status = {
  readonly streamId: number;
  readonly level: string;
  readonly code: string;
  readonly description: string;
};

/** S0, S1 and S2. */
export const handshakeSize = 3073;

/** C0 and a C1 of a plain client: time 0, zero, and bytes that are told apart. */
export const c0c1: Buffer = Buffer.concat([
  bytes("03 00000000 00000000"),
  Buffer.from(Array.from({ length: 1528 }, (_, index) => (index * 7 + 1) % 256)),
]);

/** A stranger on a real socket: it writes whatever bytes it is told to, and keeps and reads all that comes back. */
export class Peer {
  readonly socket: Socket;
  /** What the server sent after the handshake. */
  readonly messages: Message[] = [];
  /** In which chunks `send` writes. */
  chunkSize = 128;
  closed = false;
  #pieces: Buffer[] = [];
  #transaction = 1;

  constructor(socket: Socket) {
    this.socket = socket;
    const input = new Demand(afterHandshake((message) => void this.messages.push(message)));
    socket.on("data", (piece) => {
      this.#pieces.push(piece);
      input.push(piece);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
    });
  }

  /** Every byte that came. */
  get received(): Buffer {
    this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? Buffer.alloc(0);
  }
  get commands(): Command[] {
    return this.messages.filter(({ type }) => type === 20).map((message) => decodeCommand(message));
  }
  get statuses(): Status[] {
    return this.commands
      .filter(({ name }) => name === "onStatus")
      .map(({ streamId, args }) => ({ streamId, ...(args[0] as Omit<Status, "streamId">) }));
  }
  /** The codes of all statuses, without what most of them begin with. */
  get codes(): string[] {
    return this.statuses.map(({ code }) => code.replace("NetStream.", ""));
  }
  /** Audio, video or data that was sent to it, by message type. */
  media(type: 8 | 9 | 18): Message[] {
    return this.messages.filter((message) => message.type === type);
  }

  /** Writes bytes, or what their hexadecimal form says. */
  write(...parts: (string | Uint8Array)[]): void {
    this.socket.write(Buffer.concat(parts.map((part) => (typeof part === "string" ? bytes(part) : part))));
  }

  /** Writes messages of one stream: [type, time, body]. */
  send(streamId: number, ...messages: (readonly [number, number, Uint8Array])[]): void {
    this.write(
      ...messages.map(([type, time, body]) => chunked(chunkStreamOf(type), type, streamId, time, body, this.chunkSize)),
    );
  }

  /** Writes a command without a transaction. */
  tell(streamId: number, name: string, ...args: Amf[]): void {
    this.send(streamId, [20, 0, encodeAmf0(name, 0, null, ...args)]);
  }

  /** Writes a command that wants an answer, and waits for it. */
  async call(name: string, ...args: Amf[]): Promise<Command> {
    const transaction = ++this.#transaction;
    this.send(0, [20, 0, encodeAmf0(name, transaction, null, ...args)]);
    return this.answer(transaction);
  }

  /** The answer to a transaction, once it is there. */
  async answer(transaction: number): Promise<Command> {
    const find = () =>
      this.commands.find((each) => each.transaction === transaction && /^_(?:result|error)$/.test(each.name));
    await until(() => find() !== undefined, `transaction ${transaction} is answered`);
    return find() as Command;
  }

  /** Waits until the server has read all that was written so far: nothing is answered before what came before it. */
  async settled(): Promise<void> {
    await this.call("_checkbw");
  }

  /** Shakes hands as a plain client. */
  async shake(): Promise<this> {
    this.write(c0c1);
    await until(() => this.received.length >= handshakeSize, "the handshake is answered");
    this.write(this.received.subarray(1, 1537));
    return this;
  }

  /** Shakes hands and connects. */
  async connect(object: AmfObject = { app: "live", tcUrl: "rtmp://127.0.0.1/live" }): Promise<this> {
    await this.shake();
    this.send(0, [20, 0, encodeAmf0("connect", 1, object)]);
    await this.answer(1);
    return this;
  }

  /** From now on it writes in larger chunks. */
  setChunkSize(size: number): void {
    const body = Buffer.alloc(4);
    body.writeUInt32BE(size);
    this.send(0, [1, 0, body]);
    this.chunkSize = size;
  }

  /** Waits for a status. */
  async status(code: RegExp): Promise<Status> {
    const find = () => this.statuses.find((each) => code.test(each.code));
    await until(() => find() !== undefined, `the status ${code.source} is there`);
    return find() as Status;
  }
}

/** A stranger that has connected its socket and said nothing. */
export async function peer(port: number): Promise<Peer> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return new Peer(socket);
}

/** Publishes on NetStream 1; `begin`, the usual two configurations when nothing else is said, is sent once it may. `announced`: what it says of itself. */
export async function publisher(
  port: number,
  name: string,
  begin: readonly Uint8Array[] = [bodies.VSH, bodies.ASH],
  announced: AmfObject = {},
): Promise<Peer> {
  const made = await (await peer(port)).connect({ app: "live", tcUrl: "rtmp://127.0.0.1/live", ...announced });
  assert.equal((await made.call("createStream")).args[0], 1);
  made.tell(1, "publish", name, "live");
  await made.status(/^NetStream\.Publish\.Start$/);
  for (const body of begin) made.send(1, [body[0] === 0xaf ? 8 : 9, 0, body]);
  return made;
}

/** Plays on NetStream 1; the server has said that it starts. */
export async function player(port: number, name: string, ...args: Amf[]): Promise<Peer> {
  const made = await (await peer(port)).connect();
  await made.call("createStream");
  made.tell(1, "play", name, ...args);
  await made.status(/^NetStream\.Play\.Start$/);
  return made;
}

function* afterHandshake(emit: (message: Message) => void): Parser<never> {
  yield handshakeSize;
  return yield* new ChunkDecoder().messages(emit);
}

function chunkStreamOf(type: number): number {
  if (type < 7) return 2;
  return type === 8 ? 4 : type === 9 ? 6 : type === 18 ? 5 : 3;
}
