import { randomBytes } from "node:crypto";
import { connect, isIP, Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { type AmfObject, isAmfObject, MalformedError } from "@sluice/media";
import { type Capabilities, ClientConnection, type ClientEvent } from "@sluice/rtmp";
import { type Reach, type RelayEnd, RelayRefusal } from "../../core/relaying.ts";
import { type RelayAddress, withoutSecrets } from "./relay-address.ts";

export type OutgoingOptions = {
  readonly to: RelayAddress;
  readonly reach: Reach;
  readonly anyCertificate: boolean;
  readonly capabilities: Capabilities;
  /** What else connect says. */
  readonly connect: AmfObject;
  /** Asks for what the connection is for: its NetStream is there. */
  begin(connection: ClientConnection, streamId: number): void;
  /** Told before the NetStream is asked for. */
  connected?(connection: ClientConnection): void;
  on(event: ClientEvent): void;
  drained?(): void;
  /** Told once, whoever ended it. */
  ended(end: RelayEnd): void;
};

/** From the first packet to the server's yes, and how long a server may take to hear the last words. */
const openMs = 10_000;
const lingerMs = 10_000;
const keepAliveMs = 30_000;
/** Answers of ours that may wait: a server that asks and asks and reads nothing is let go. Media has its own measure. */
const maxUnread = 256 * 1024;
const connectTransaction = 1;

/** A connection of ours to another server, with one NetStream: all of its limits hold as for a stranger, which it is. */
export class Outgoing {
  readonly socket: Socket;
  readonly connection: ClientConnection;
  streamId = 0;
  readonly #options: OutgoingOptions;
  readonly #deadline: NodeJS.Timeout;
  #capabilities: Capabilities | undefined;
  #unread = 0;
  #ended = false;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.socket = dial(options);
    const { to, capabilities, connect: extras } = options;
    this.#deadline = setTimeout(() => this.#end({ reason: "the server did not answer in time" }), openMs).unref();
    this.socket.on("error", (error) => this.#end(endOf(error)));
    this.socket.on("close", () => this.#end({ reason: "the server closed the connection" }));
    this.socket.on("data", (bytes: Uint8Array) => this.#receive(bytes));
    this.socket.on("drain", () => this.#drained());
    // Its handshake begins at once; the socket keeps it until it is connected.
    this.connection = new ClientConnection({
      send: (bytes) => this.#send(bytes),
      random: randomBytes,
      emit: (event) => this.#on(event),
      app: to.app,
      tcUrl: to.tcUrl,
      capabilities,
      connect: extras,
    });
  }

  /** What the server has announced of Enhanced RTMP. */
  get capabilities(): Capabilities | undefined {
    return this.#capabilities;
  }

  /** The server has said yes: it may take its time from now on. */
  settled(): void {
    clearTimeout(this.#deadline);
  }

  /** Ends the connection after what has been written. */
  finish(): void {
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.socket.end();
    setTimeout(() => this.socket.destroy(), lingerMs).unref();
  }

  /** Ends it for a reason of ours, without a last word. */
  drop(end: RelayEnd): void {
    this.#end(end);
  }

  #send(bytes: Uint8Array): void {
    if (!this.socket.writable) return;
    this.socket.write(bytes);
    this.#unread = this.socket.writableLength === 0 ? 0 : this.#unread + bytes.length;
    if (this.#unread > maxUnread) this.#end({ reason: "the server takes no answers" });
  }

  #drained(): void {
    this.#unread = 0;
    this.#options.drained?.();
  }

  /** The one place where a server's broken answers end. */
  #receive(bytes: Uint8Array): void {
    if (this.#ended) return;
    try {
      this.connection.receive(bytes);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#end({ reason: `what the server sends is broken (${error.code})` });
    }
  }

  #on(event: ClientEvent): void {
    if (this.#ended) return;
    const { to, connected, begin, on } = this.#options;
    if (event.kind === "connected") {
      this.#capabilities = event.capabilities;
      connected?.(this.connection);
      this.connection.createStream();
    } else if (event.kind === "stream") {
      if (this.streamId !== 0) return;
      this.streamId = event.streamId;
      begin(this.connection, event.streamId);
    } else if (event.kind === "command") this.#command(event.command);
    else if (event.kind === "status" && isRefusal(event)) {
      this.#end({ reason: withoutSecrets(words(event.code, event.description), to) });
    } else on(event);
  }

  /** Of what servers refuse only connect counts: they answer releaseStream and FCPublish with an error when there is nothing to release. */
  #command({ name, transaction, args }: Extract<ClientEvent, { kind: "command" }>["command"]): void {
    if (name === "close") return this.#end({ reason: "the server closed the connection" });
    if (name !== "_error" || transaction !== connectTransaction) return;
    const information = args.find(isAmfObject) ?? {};
    const read = (key: string) => (typeof information[key] === "string" ? information[key] : "");
    const code = read("code") || "NetConnection.Connect.Rejected";
    this.#end({ reason: withoutSecrets(words(code, read("description")), this.#options.to) });
  }

  #end(end: RelayEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.socket.destroy();
    this.#options.ended(end);
  }
}

function dial({ to, reach, anyCertificate }: OutgoingOptions): Socket {
  const { host, port, secure } = to;
  const options: TcpNetConnectOpts = { host, port, lookup: reach.lookup };
  const servername = isIP(host) === 0 ? { servername: host } : {};
  try {
    reach.check(host);
  } catch (error) {
    return new Socket().destroy(error as Error);
  }
  const socket = secure
    ? connectSecurely({ ...options, ...servername, rejectUnauthorized: !anyCertificate, minVersion: "TLSv1.2" })
    : connect(options);
  return socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
}

function isRefusal({ level, code }: { readonly level: string; readonly code: string }): boolean {
  return level === "error" || /\.(?:Failed|Denied|BadName|Unauthorized|StreamNotFound|Rejected)$/.test(code);
}

const refusals: Readonly<Record<string, string>> = {
  "NetStream.Publish.BadName": "the server takes no stream of this name, or has one already",
  "NetStream.Publish.Denied": "the server does not let us publish",
  "NetStream.Publish.Unauthorized": "the server does not let us publish",
  "NetStream.Play.StreamNotFound": "the server has no such stream",
  "NetStream.Play.Failed": "the server does not let us watch",
  "NetConnection.Connect.Rejected": "the server refuses the connection",
  "NetConnection.Connect.InvalidApp": "the server has no such app",
};

function words(code: string, description: string): string {
  const known = refusals[code] ?? `the server refuses: ${code}`;
  return description === "" ? known : `${known} (${description})`;
}

const failures: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody answers at this address and port",
  ECONNRESET: "the server cut the connection",
  EPIPE: "the server cut the connection",
  ETIMEDOUT: "the server did not answer in time",
  ENOTFOUND: "there is no host of this name",
  EAI_AGAIN: "the host's name could not be looked up",
  EHOSTUNREACH: "there is no way to this host",
  ENETUNREACH: "there is no way to this host",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is signed by nobody who is known",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's certificate is signed by nobody who is known",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate is signed by nobody who is known",
};

/** A host with several addresses fails with several errors. */
export function endOf(error: unknown): RelayEnd {
  if (error instanceof RelayRefusal) return { reason: `${error.code}: ${error.message}`, hopeless: true };
  if (error instanceof AggregateError) return endOf(error.errors[0]);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return { reason: failures[code] ?? `the connection failed${code === "" ? "" : ` (${code})`}` };
}
