import { type AudioCodec, type FlvForm, type FlvWanted, usualForm, type VideoCodec } from "@sluice/media";
import type { ServerEvent, StatusCode } from "@sluice/rtmp";
import { milliseconds } from "../../config/duration.ts";
import type { Decision, Grant } from "../../core/access.ts";
import type { Beginning } from "../../core/beginning.ts";
import { now } from "../../core/clock.ts";
import { codecName } from "../../core/codec-policy.ts";
import type { Cursor } from "../../core/cursor.ts";
import type { CursorOwner } from "../../core/cursor-owner.ts";
import { obstacle } from "../../core/obstacle.ts";
import { delayOf } from "../../core/start-time.ts";
import { Stream } from "../../core/stream.ts";
import { type StreamName, streamName } from "../../core/stream-name.ts";
import { wishOf } from "../../core/wish.ts";
import type { Link } from "./connection.ts";
import { rtmpFormat } from "./egress.ts";
import { formOf } from "./form.ts";

type PlayEvent = Extract<ServerEvent, { kind: "play" }>;

/** A NetStream that plays: asks for the right to, then leaves the writing to the stream's cursor. */
export class Player {
  readonly #link: Link;
  readonly #request: PlayEvent;
  readonly #beginning: Beginning;
  #stream: Stream | undefined;
  #cursor: Cursor | undefined;
  #wanted: FlvWanted = { audio: true, video: true };
  #form: FlvForm = usualForm;
  #delayUs = 0;
  #ended: ((reason: string) => void) | undefined;
  #wait: NodeJS.Timeout | undefined;
  #paused = false;
  #closed = false;

  constructor(link: Link, request: PlayEvent) {
    this.#link = link;
    this.#request = request;
    this.#beginning = link.begin();
  }

  start(): void {
    const { address, host, protocol, said } = this.#link;
    const { app, name, query } = this.#request.address;
    const from = query.get("from");
    const delayUs = from === undefined ? 0 : delayOf(from, Date.now());
    if (delayUs === undefined) return this.#refuse("NetStream.Play.Failed", "stream/from", "from is no time");
    this.#delayUs = delayUs;
    const wish = wishOf(query);
    if (typeof wish === "string") return this.#refuse("NetStream.Play.Failed", "stream/rendition", wish);
    const stream = streamName(app, name);
    if (!stream) return this.#refuse("NetStream.Play.StreamNotFound", "stream/name", "there is no such stream");
    const decision = host.access.decide({ action: "play", stream, protocol, address, query, headers: said });
    if (!(decision instanceof Promise)) return this.#decided(stream, decision);
    decision.then(
      (made) => this.#link.attempt(() => this.#decided(stream, made)),
      (error) => this.#failed(error),
    );
  }

  on(event: Exclude<ServerEvent, { kind: "connect" | "publish" | "play" }>): void {
    if (event.kind === "stop") return this.close("the viewer stopped");
    if (event.kind === "pause") this.#pause(event.paused);
    else if (event.kind === "receive" && this.#wanted[event.media] !== event.wanted) {
      this.#wanted = { ...this.#wanted, [event.media]: event.wanted };
      if (!this.#paused) this.#resume();
    }
  }

  drained(): void {
    this.#cursor?.flush();
  }

  /** Its client has been asked to connect anew; until it does nothing changes for it. */
  moves(): void {}

  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#wait);
    if (this.#cursor) this.#stream?.leave(this.#cursor);
    this.#ended?.(reason);
  }

  #pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#cursor?.pause();
    else this.#resume();
  }

  /** On at a keyframe, with the kinds of media that are wanted now. */
  #resume(): void {
    if (this.#cursor) this.#stream?.change(this.#cursor, this.#format());
  }

  #decided(name: StreamName, decision: Decision): void {
    if (this.#closed) return;
    const { host, connection } = this.#link;
    this.#beginning.decidedAt = now();
    if (!decision.allowed) return this.#refuse("NetStream.Play.Failed", decision.rule, decision.reason);
    const stream = host.hub.await(decision.stream ?? name);
    if (!(stream instanceof Stream)) return this.#refuse("NetStream.Play.StreamNotFound", stream.code, stream.reason);
    const form = formOf(this.#link.capabilities, host.codecs(stream.name.app), this.#request.address.query);
    const found = obstacle(stream, { video: form.video, audio: form.audio, wanted: this.#wanted });
    if (found && !found.coming)
      return this.#refuse("NetStream.Play.Failed", "codec/unsupported", this.#unplayable(found.codec));
    this.#form = form;
    this.#stream = stream;
    connection.acceptPlay(this.#request.streamId);
    this.#open(stream, decision);
  }

  #open(stream: Stream, grant: Grant): void {
    const { host, connection, protocol, address, agent, socket, settings } = this.#link;
    const { streamId } = this.#request;
    let waited = stream.state === "waiting";
    const viewer = { protocol, role: "viewer", stream: stream.name } as const;
    const beginning = this.#beginning;
    if (waited) beginning.waited = true;
    const { reconnect } = this.#link;
    this.#ended = host.sessions.open({
      ...viewer,
      ...(reconnect ? { reconnect } : {}),
      beginning,
      address,
      grant,
      agent,
      figures: () => this.#cursor?.figures() ?? { bytes: 0, skips: 0 },
      close: (reason) => this.#finish(reason),
    });
    if (waited) {
      this.#wait = setTimeout(() => this.#giveUp(), milliseconds(settings().waitTimeout)).unref();
    }
    const owner: CursorOwner = {
      started: () => host.sessions.began(viewer, beginning),
      live: () => {
        clearTimeout(this.#wait);
        if (waited) connection.publishNotify(streamId);
        waited = false;
      },
      ended: (reason) => this.#finish(reason),
      unfit: (codec) => this.#fail(codec),
    };
    const wish = wishOf(this.#request.address.query, grant.bitrate);
    beginning.joinedAt = now();
    this.#cursor = stream.join(this.#format(), socket, owner, {
      delayUs: this.#delayUs,
      wish: typeof wish === "string" ? undefined : wish,
    });
  }

  #format() {
    return rtmpFormat(this.#request.streamId, this.#wanted, this.#form);
  }

  /** What the stream has turned out to be, or has become, this viewer cannot take. */
  #fail(codec: VideoCodec): void {
    if (this.#closed) return;
    const reason = this.#unplayable(codec);
    this.close(`codec/unsupported: ${reason}`);
    this.#link.connection.failPlay(this.#request.streamId, reason);
    this.#link.finished(this.#request.streamId, reason);
  }

  #unplayable(codec: VideoCodec | AudioCodec): string {
    const who = this.#link.capabilities
      ? "this player has not announced, or this app does not send"
      : "this app does not send";
    return `the stream is in ${codecName(codec)}, which ${who}; announce it in connect, watch over HLS or DASH, or have a quality in H.264 made (apps.NAME.ladder)`;
  }

  #giveUp(): void {
    const reason = "the stream did not come";
    this.#link.connection.endPlay(this.#request.streamId, reason);
    this.#finish(reason);
  }

  /** The stream ended, or an operator ended this viewer. Who takes no bytes is not told. */
  #finish(reason: string): void {
    if (this.#closed) return;
    this.close(reason);
    if (reason === "stalled") {
      this.#link.socket.destroy();
      return;
    }
    this.#link.connection.endPlay(this.#request.streamId, reason);
    this.#link.finished(this.#request.streamId, reason);
  }

  #refuse(code: StatusCode, rule: string, reason: string): void {
    const { connection, host, protocol, address } = this.#link;
    host.sessions.refused({ role: "viewer", protocol, address, rule, reason });
    this.#closed = true;
    connection.rejectPlay(this.#request.streamId, code, reason);
    this.#link.finish(reason);
  }

  #failed(error: unknown): void {
    this.#link.host.log.error({ error: String(error) }, "the access check failed");
    if (!this.#closed)
      this.#refuse("NetStream.Play.Failed", "access/failed", "the server could not check this request");
  }
}
