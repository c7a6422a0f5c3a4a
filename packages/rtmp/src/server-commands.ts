import { type Amf, type AmfObject, emptyObject, isAmfObject, MalformedError } from "@sluice/media";
import { type Address, address } from "./address.ts";
import { type Capabilities, CapsEx, hasCaps, readCapabilities, writeCapabilities } from "./capabilities.ts";
import { type Command, encodeCommand, number, text } from "./command.ts";
import { BandwidthLimit, setPeerBandwidth, userControl, windowAckSize } from "./control.ts";
import type { Message } from "./message.ts";
import { type NetStream, netStream } from "./net-stream.ts";
import { type ReconnectRequest, tcUrlFor } from "./reconnect.ts";
import type { ServerEvent } from "./server-event.ts";
import { onStatus, type StatusCode } from "./status.ts";

/** How a connection lends its ways out. `announce` sends our chunk size first. */
export type CommandPeer = {
  emit(event: ServerEvent): void;
  reply(...messages: Message[]): void;
  announce(...messages: Message[]): void;
};

const maxStreams = 16;
const window = 2_500_000;
const maxText = 4096;
/** What players ask before they play, and encoders before they publish; a plain yes is enough. */
const courtesies = new Set([
  "releaseStream",
  "FCSubscribe",
  "FCUnsubscribe",
  "_checkbw",
  "checkBandwidth",
  "setPeerInfo",
  "DVRGetStreamInfo",
]);

/** How far connect has come: it has not been asked for, waits for the host's answer, or has it. */
export type ConnectState = "none" | "pending" | "accepted" | "rejected";

/** What a client said when it connected. */
type ClientSaid = {
  readonly app: string;
  readonly tcUrl: string;
  readonly capabilities: Capabilities | undefined;
};

/** What the commands of one connection mean (RTMP 1.0, 7.2), and its NetStreams. */
export class ServerCommands {
  ignored = 0;
  readonly #peer: CommandPeer;
  readonly #answersConnect: boolean;
  readonly #streams = new Map<number, NetStream>();
  #connect: (ClientSaid & { readonly transaction: number }) | undefined;
  #state: ConnectState = "none";
  #nextId = 1;

  /** `answersConnect`: the host does; otherwise it is accepted at once. */
  constructor(peer: CommandPeer, answersConnect: boolean) {
    this.#peer = peer;
    this.#answersConnect = answersConnect;
  }

  get connectState(): ConnectState {
    return this.#state;
  }
  stream(id: number): NetStream | undefined {
    return this.#streams.get(id);
  }
  /** The stream that publishes, when it is the only one. */
  onlyPublisher(): NetStream | undefined {
    const publishing = [...this.#streams.values()].filter(
      ({ state }) => state === "publishing" || state === "publish-pending",
    );
    return publishing.length === 1 ? publishing[0] : undefined;
  }

  /** Throws `rtmp/state` for a command at the wrong time: nothing before connect, and connect once. */
  on(command: Command): void {
    const { name } = command;
    if (name === "connect") return this.#onConnect(command);
    if (!this.#connect) throw new MalformedError("rtmp/state", "a command before connect");
    if (courtesies.has(name)) return this.#result(command, undefined);
    if (!this.#onConnectionCommand(command) && !this.#onStreamCommand(command)) this.#unknown(command);
  }

  #onConnect({ transaction, object }: Command): void {
    if (this.#connect) throw new MalformedError("rtmp/state", "a second connect");
    const asked = object !== undefined && isAmfObject(object) ? object : emptyObject();
    const read = (...keys: string[]) =>
      text(keys.map((key) => asked[key]).find((value) => value !== undefined))?.slice(0, maxText) ?? "";
    const [app, tcUrl] = [read("app"), read("tcUrl", "tcurl")];
    const capabilities = readCapabilities(asked);
    this.#connect = { app, tcUrl, transaction, capabilities };
    this.#state = "pending";
    if (!this.#answersConnect) this.acceptConnect();
    this.#peer.emit({ kind: "connect", app, tcUrl, flashVer: read("flashVer"), object: asked, capabilities });
  }

  /**
   * `ours`: what we announce of Enhanced RTMP, to clients that have announced something. The specification has it in "an object as one of the parameters", and clients look for it in either.
   */
  acceptConnect(ours?: Capabilities): void {
    const enhanced = ours && this.#connect?.capabilities ? writeCapabilities(ours) : {};
    const transaction = this.#answer("accepted");
    const properties: AmfObject = { fmsVer: "FMS/3,0,1,123", capabilities: 31, mode: 1, ...enhanced };
    const information: AmfObject = {
      level: "status",
      code: "NetConnection.Connect.Success",
      description: "connected",
      objectEncoding: 0,
      ...enhanced,
    };
    this.#peer.announce(
      windowAckSize(window),
      setPeerBandwidth(window, BandwidthLimit.dynamic),
      userControl({ kind: "stream begin", streamId: 0 }),
      encodeCommand(0, "_result", transaction, properties, information),
    );
  }

  rejectConnect(description: string): void {
    const code: StatusCode = "NetConnection.Connect.Rejected";
    const transaction = this.#answer("rejected");
    this.#peer.reply(encodeCommand(0, "_error", transaction, null, { level: "error", code, description }));
  }

  /** The client is connected, and has announced that it understands when it is asked to connect anew. */
  get reconnects(): boolean {
    return this.#state === "accepted" && hasCaps(this.#connect?.capabilities, CapsEx.reconnect);
  }

  /** The request as this client is told it; undefined where it would not be understood. */
  reconnect({ tcUrl, ...request }: ReconnectRequest): ReconnectRequest | undefined {
    if (!this.#connect || !this.reconnects) return undefined;
    const { app, tcUrl: own } = this.#connect;
    return tcUrl === undefined ? request : { ...request, tcUrl: tcUrlFor(tcUrl, own === "" ? `/${app}` : own) };
  }

  #answer(state: "accepted" | "rejected"): number {
    if (!this.#connect || this.#state !== "pending") throw new MalformedError("rtmp/state", "no connect waits");
    this.#state = state;
    return this.#connect.transaction;
  }

  /** Commands to the connection. False for a command that is none of them. */
  #onConnectionCommand(command: Command): boolean {
    switch (command.name) {
      case "createStream":
        this.#createStream(command);
        return true;
      case "deleteStream":
        this.#close(number(command.args[0]), true);
        return true;
      case "FCPublish":
        this.#result(command, undefined);
        this.#peer.reply(
          encodeCommand(0, "onFCPublish", 0, null, {
            code: "NetStream.Publish.Start",
            description: text(command.args[0]) ?? "",
          }),
        );
        return true;
      case "FCUnpublish":
        this.#fcUnpublish(command);
        return true;
      case "getStreamLength":
        this.#result(command, 0);
        return true;
      case "close":
      case "_result":
      case "_error":
      case "onStatus":
        return true;
      default:
        return false;
    }
  }

  /** Commands to a NetStream. */
  #onStreamCommand(command: Command): boolean {
    switch (command.name) {
      case "publish":
        this.#publish(command);
        return true;
      case "play":
        this.#play(command, text(command.args[0]), command.args[3]);
        return true;
      case "play2":
        this.#play2(command);
        return true;
      case "closeStream":
        this.#close(command.streamId, false);
        return true;
      case "pause":
      case "pauseRaw":
        this.#pause(command);
        return true;
      case "seek":
        if (this.#streams.get(command.streamId)?.state === "playing") {
          this.#peer.reply(
            onStatus(command.streamId, "error", "NetStream.Seek.Failed", "a live stream cannot be searched"),
          );
        }
        return true;
      case "receiveAudio":
        this.#receive(command, "audio");
        return true;
      case "receiveVideo":
        this.#receive(command, "video");
        return true;
      default:
        return false;
    }
  }

  #createStream(command: Command): void {
    if (this.#streams.size >= maxStreams) return this.#error(command, `at most ${maxStreams} streams`);
    const id = this.#nextId++;
    this.#streams.set(id, netStream(id));
    this.#result(command, id);
  }

  #publish(command: Command): void {
    const name = text(command.args[0]);
    if (name === undefined) return this.#close(command.streamId, false); // publish(false) is how Flash stops
    const stream = this.#idle(command);
    const type = text(command.args[1]);
    stream.state = "publish-pending";
    stream.address = this.#address(name);
    const wanted = type === "record" || type === "append" ? type : "live";
    this.#peer.emit({ kind: "publish", streamId: stream.id, address: stream.address, type: wanted });
  }

  /** start: seconds, or −2 and −1 (in seconds or milliseconds) for live. reset: a boolean or 0–3; play(…, false) adds to a list, which live has none of. */
  #play(command: Command, name: string | undefined, reset: Amf | undefined): void {
    if (name === undefined) return this.#close(command.streamId, false);
    const stream = this.#streams.get(command.streamId);
    if (stream?.state === "playing" || stream?.state === "play-pending") this.#close(command.streamId, false);
    const idle = this.#idle(command);
    const start = number(command.args[1]) ?? -2;
    const duration = number(command.args[2]) ?? -1;
    idle.state = "play-pending";
    idle.address = this.#address(name);
    idle.reset = reset !== false && reset !== 0 && reset !== 2;
    this.#peer.emit({
      kind: "play",
      streamId: idle.id,
      address: idle.address,
      start: start > 0 ? start : "live",
      duration: duration > 0 ? duration : undefined,
    });
  }

  #play2(command: Command): void {
    const [options] = command.args;
    const name = options !== undefined && isAmfObject(options) ? text(options.streamName) : undefined;
    this.#play({ ...command, args: [] }, name, true);
  }

  /** No media comes between what it was told and what that means: after Pause.Notify there is none, before Unpause.Notify neither. */
  #pause({ streamId, args }: Command): void {
    if (this.#streams.get(streamId)?.state !== "playing") return;
    const paused = args[0] !== false;
    if (!paused) this.#peer.reply(onStatus(streamId, "status", "NetStream.Unpause.Notify", "on at the next keyframe"));
    this.#peer.emit({ kind: "pause", streamId, paused });
    if (paused) this.#peer.reply(onStatus(streamId, "status", "NetStream.Pause.Notify", "paused"));
  }

  /** RTMP 1.0, 7.2.2.4 and 7.2.2.5: leaving out needs no answer. */
  #receive({ streamId, args }: Command, media: "audio" | "video"): void {
    if (this.#streams.get(streamId)?.state !== "playing") return;
    const wanted = args[0] !== false;
    if (wanted) {
      this.#peer.reply(
        onStatus(streamId, "status", "NetStream.Seek.Notify", `${media} goes on at the next keyframe`),
        onStatus(streamId, "status", "NetStream.Play.Start", "playing"),
      );
    }
    this.#peer.emit({ kind: "receive", streamId, media, wanted });
  }

  #fcUnpublish(command: Command): void {
    this.#result(command, undefined);
    const name = this.#address(text(command.args[0]) ?? "").name;
    const named = [...this.#streams.values()].find(
      ({ state, address: its }) => state === "publishing" && its?.name === name,
    );
    const stream = named ?? this.onlyPublisher();
    if (!stream) return;
    this.#peer.reply(
      encodeCommand(0, "onFCUnpublish", 0, null, { code: "NetStream.Unpublish.Success", description: name }),
      onStatus(stream.id, "status", "NetStream.Unpublish.Success", "no longer publishing"),
    );
    this.#close(stream.id, false);
  }

  /** Ends what a NetStream does; the id comes from the wire, so it may be anything. */
  #close(id: number | undefined, remove: boolean): void {
    const stream = id === undefined ? undefined : this.#streams.get(id);
    if (!stream) return;
    const { state } = stream;
    stream.state = "idle";
    stream.early = [];
    stream.earlyBytes = 0;
    if (remove) this.#streams.delete(stream.id);
    if (state === "publishing" || state === "publish-pending")
      this.#peer.emit({ kind: "unpublish", streamId: stream.id });
    else if (state === "playing" || state === "play-pending") this.#peer.emit({ kind: "stop", streamId: stream.id });
  }

  #idle({ name, streamId }: Command): NetStream {
    const stream = this.#streams.get(streamId);
    if (stream?.state !== "idle")
      throw new MalformedError("rtmp/state", `${name} on stream ${streamId}, which is ${stream?.state ?? "not there"}`);
    return stream;
  }

  #address(name: string): Address {
    return address(this.#connect ?? { app: "", tcUrl: "" }, name);
  }

  #result({ transaction }: Command, value: Amf): void {
    if (transaction === 0) return;
    this.#peer.reply(
      value === undefined
        ? encodeCommand(0, "_result", transaction, null)
        : encodeCommand(0, "_result", transaction, null, value),
    );
  }

  #unknown(command: Command): void {
    this.ignored++;
    this.#error(command, "there is no such command");
  }

  #error({ transaction }: Command, description: string): void {
    if (transaction === 0) return;
    this.#peer.reply(
      encodeCommand(0, "_error", transaction, null, { level: "error", code: "NetConnection.Call.Failed", description }),
    );
  }
}
