import type { Socket } from "node:net";
import { MalformedError } from "@sluice/media";
import { address as addressOf, type Capabilities, ServerConnection, type ServerEvent } from "@sluice/rtmp";
import { milliseconds } from "../../config/duration.ts";
import type { ConnectAnswer } from "../../core/access.ts";
import type { Admitted } from "../../core/admission.ts";
import type { Beginning } from "../../core/beginning.ts";
import { now } from "../../core/clock.ts";
import { onRead } from "../../core/direct-read.ts";
import type { Reconnection } from "../../core/sessions.ts";
import type { Host } from "../../protocol.ts";
import { announcementOf } from "./announced.ts";
import { Player } from "./player.ts";
import { Publisher } from "./publisher.ts";
import { random } from "./random.ts";
import type { RtmpSettings } from "./settings.ts";

export type Connected = {
  readonly host: Host;
  readonly socket: Socket;
  readonly protocol: "rtmp" | "rtmps";
  readonly address: string;
  readonly place: Admitted;
  readonly settings: () => RtmpSettings;
};

/** What a NetStream's publisher or player needs of its connection. */
export type Link = Connected & {
  readonly connection: ServerConnection;
  readonly agent: string | undefined;
  /** What it said when it connected, in HTTP's words. */
  readonly said: ReadonlyMap<string, string>;
  /** What it announced of Enhanced RTMP when it connected. */
  readonly capabilities: Capabilities | undefined;
  /** Whose password it has proved to know when it connected. */
  readonly user: string | undefined;
  /** Asks the client to connect anew; undefined for one that has not announced that it understands. */
  readonly reconnect: ((request: Reconnection) => void) | undefined;
  /** How a session that is asked for now has begun so far. */
  begin(): Beginning;
  /** Ends the connection after what has been written; the reason is for the log. */
  finish(reason: string): void;
  /** A NetStream is over: the connection ends with its last one, and not before. */
  finished(streamId: number, reason: string): void;
  /** Does what a decision that took its time allows; the client's broken input ends the connection as always. */
  attempt(step: () => void): void;
};

/** How long a peer may take to read the last words. */
const lingerMs = 3_000;
const maxPageUrl = 2_048;
/** How many bytes of answers may wait. Media does not count: its cursor waits by itself. */
const maxUnread = 256 * 1024;

/** Serves one connection: bytes to events, events to the publisher or player of their NetStream. */
export function serveConnection(connected: Connected): void {
  new Connection(connected);
}

type ConnectEvent = Extract<ServerEvent, { kind: "connect" }>;

/** There are thousands of them: what many would hold as functions of their own are methods. */
class Connection implements Link {
  readonly host: Host;
  readonly socket: Socket;
  readonly protocol: Connected["protocol"];
  readonly address: string;
  readonly place: Admitted;
  readonly settings: () => RtmpSettings;
  readonly connection: ServerConnection;
  agent: string | undefined;
  capabilities: Capabilities | undefined;
  user: string | undefined;
  readonly #streams = new Map<number, Publisher | Player>();
  /** The page that a Flash player stood in. */
  #pageUrl: string | undefined;
  #app = "";
  #shakenAt: number | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #reason: string | undefined;
  #unread = 0;

  constructor({ host, socket, protocol, address, place, settings }: Connected) {
    this.host = host;
    this.socket = socket;
    this.protocol = protocol;
    this.address = address;
    this.place = place;
    this.settings = settings;
    this.connection = new ServerConnection({
      send: (bytes) => this.#send(bytes),
      random,
      emit: (event) => this.#on(event),
      answersConnect: true,
    });
    this.#expect(milliseconds(settings().handshakeTimeout), "no handshake in time");
    onRead(socket, (bytes) => this.#receive(bytes));
    socket.on("drain", () => this.#drained());
    socket.on("close", () => this.#closed());
  }

  get said(): ReadonlyMap<string, string> {
    const said = new Map<string, string>();
    if (this.agent !== undefined) said.set("user-agent", this.agent);
    if (this.#pageUrl !== undefined) said.set("referer", this.#pageUrl);
    return said;
  }
  get reconnect(): ((request: Reconnection) => void) | undefined {
    return this.connection.reconnects ? this.#reconnect : undefined;
  }

  /** Answers wait for a peer that does not read, but not without end: it could go on asking for ever. */
  #send(bytes: Uint8Array): void {
    const { socket } = this;
    if (!socket.writable) return;
    socket.write(bytes);
    this.#unread = socket.writableLength === 0 ? 0 : this.#unread + bytes.length;
    if (this.#unread > maxUnread && this.#reason === undefined) this.#drop("takes no answers");
  }

  /** Ends a connection that is not worth a last word. */
  #drop(reason: string): void {
    const { host, protocol, address, socket } = this;
    host.log.info({ protocol, address, reason }, "connection closed");
    this.#reason = reason;
    socket.destroy();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#reason !== undefined) return;
    const { phase } = this.connection;
    if (!this.attempt(() => this.connection.receive(bytes))) return;
    if (phase === "handshaking" && this.connection.phase !== "handshaking") this.#shakenHands();
  }

  /** The one place where a session's broken input ends. */
  attempt(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#broken(error);
      return false;
    }
  }

  #shakenHands(): void {
    this.place.settled();
    this.#shakenAt = now();
    this.#expect(milliseconds(this.settings().requestTimeout), "neither publishes nor plays");
  }

  /** The handshake is part of the first session's beginning. */
  begin(): Beginning {
    const shakenAt = this.#shakenAt;
    this.#shakenAt = undefined;
    if (shakenAt === undefined) return { requestedAt: now() };
    return { acceptedAt: this.place.since, shakenAt, requestedAt: now() };
  }

  #on(event: ServerEvent): void {
    switch (event.kind) {
      case "connect":
        return this.#connect(event);
      case "publish":
        return this.#add(event.streamId, new Publisher(this, event));
      case "play":
        return this.#add(event.streamId, new Player(this, event));
      case "media":
      case "unpublish":
      case "stop":
      case "pause":
      case "receive":
        return this.#pass(event);
    }
  }

  /** One function for all sessions of the connection, so that it is seen that they share it. */
  readonly #reconnect = ({ address, reason }: Reconnection): void => {
    this.connection.requestReconnect({
      ...(address === undefined ? {} : { tcUrl: address }),
      ...(reason === undefined ? {} : { description: reason }),
    });
    for (const stream of this.#streams.values()) stream.moves();
  };

  #connect(event: ConnectEvent): void {
    const { pageUrl } = event.object;
    this.agent = event.flashVer;
    this.#pageUrl = typeof pageUrl === "string" ? pageUrl.slice(0, maxPageUrl) : undefined;
    this.capabilities = event.capabilities;
    const { host, protocol, address } = this;
    const { app, query } = addressOf(event, "");
    this.#app = app;
    if (!host.access.connect || !wantsToPublish(event)) return this.#accept();
    const answer = host.access.connect({ app, protocol, address, query });
    if (!(answer instanceof Promise)) return this.#answerConnect(answer);
    answer.then(
      (made) => this.attempt(() => this.#answerConnect(made)),
      (error) => this.#connectFailed(error),
    );
  }

  #answerConnect(answer: ConnectAnswer): void {
    if (this.#reason !== undefined) return;
    if (!("refused" in answer)) {
      this.user = answer.user;
      return this.#accept();
    }
    const { host, protocol, address } = this;
    if (answer.again) host.log.info({ protocol, address, rule: answer.rule }, "publisher asked for a password");
    else host.sessions.refused({ role: "publisher", protocol, address, rule: answer.rule });
    this.connection.rejectConnect(answer.refused);
    this.finish(answer.rule);
  }

  /** What we can is said to who has said what it can. */
  #accept(): void {
    const ours = this.capabilities && announcementOf(this.host.codecs(this.#app));
    this.connection.acceptConnect(ours);
  }

  #connectFailed(error: unknown): void {
    this.host.log.error({ error: String(error) }, "the access check failed");
    this.#answerConnect({ refused: "the server could not check this request", rule: "access/failed" });
  }

  #add(streamId: number, stream: Publisher | Player): void {
    this.#expectNothing();
    this.#streams.get(streamId)?.close("replaced");
    this.#streams.set(streamId, stream);
    stream.start();
  }

  #pass(event: Exclude<ServerEvent, { kind: "connect" | "publish" | "play" }>): void {
    const stream = this.#streams.get(event.streamId);
    stream?.on(event);
    if (event.kind !== "unpublish" && event.kind !== "stop") return;
    this.#streams.delete(event.streamId);
    if (this.#streams.size > 0) return;
    this.#expect(milliseconds(this.settings().requestTimeout), "neither publishes nor plays");
  }

  #drained(): void {
    for (const stream of this.#streams.values()) stream.drained();
  }

  #broken(error: MalformedError): void {
    const { host, protocol, address, socket } = this;
    this.#reason = error.code;
    if (this.#streams.size === 0)
      host.log.warn({ protocol, address, code: error.code, reason: error.message }, "connection closed");
    for (const stream of this.#streams.values()) stream.close(`${error.code}: ${error.message}`);
    this.#streams.clear();
    socket.destroySoon();
    this.#destroyLater();
  }

  finish(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.socket.end();
    this.#destroyLater();
  }

  finished(streamId: number, reason: string): void {
    this.#streams.delete(streamId);
    if (this.#streams.size === 0) this.finish(reason);
  }

  #destroyLater(): void {
    setTimeout(() => this.socket.destroy(), lingerMs).unref();
  }

  #closed(): void {
    this.#expectNothing();
    this.#reason ??= "the connection was lost";
    for (const stream of this.#streams.values()) stream.close(this.#reason);
    this.#streams.clear();
  }

  #expect(limitMs: number, reason: string): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#drop(reason), limitMs).unref();
  }

  #expectNothing(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }
}

/** Encoders say so in one of two ways: librtmp with the type, others by calling themselves Flash Media Live Encoder, most with both. */
function wantsToPublish({ flashVer, object }: ConnectEvent): boolean {
  return object.type === "nonprivate" || /^FM(?:LE|S)/.test(flashVer);
}
