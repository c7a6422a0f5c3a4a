import { FlvDemuxer } from "@sluice/media";
import type { ServerEvent, StatusCode } from "@sluice/rtmp";
import { milliseconds } from "../../config/duration.ts";
import type { Decision, Grant } from "../../core/access.ts";
import type { Beginning } from "../../core/beginning.ts";
import { now } from "../../core/clock.ts";
import type { Release, Source } from "../../core/source.ts";
import { type StreamName, streamName } from "../../core/stream-name.ts";
import type { Link } from "./connection.ts";
import { intake } from "./intake.ts";

type PublishEvent = Extract<ServerEvent, { kind: "publish" }>;

/** A NetStream that publishes: asks for the right to, then turns its messages into the stream's packets. */
export class Publisher {
  readonly #link: Link;
  readonly #request: PublishEvent;
  readonly #beginning: Beginning;
  /** Called with its first media. */
  #began: (() => void) | undefined;
  #source: Source | undefined;
  #demuxer: FlvDemuxer | undefined;
  #ended: ((reason: string) => void) | undefined;
  #bytes = 0;
  #heardAt = now();
  #watchdog: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(link: Link, request: PublishEvent) {
    this.#link = link;
    this.#request = request;
    this.#beginning = link.begin();
  }

  start(): void {
    const { address, host, protocol, said, user } = this.#link;
    const { app, name, query } = this.#request.address;
    const stream = streamName(app, name);
    if (!stream) {
      return this.#refuse(
        "NetStream.Publish.BadName",
        "stream/name",
        "this app and stream name are not allowed; use letters, digits, . _ ~ and -",
      );
    }
    const asked = { action: "publish", stream, protocol, address, query, headers: said } as const;
    const decision = host.access.decide(user === undefined ? asked : { ...asked, user });
    if (!(decision instanceof Promise)) return this.#decided(stream, decision);
    decision.then(
      (made) => this.#link.attempt(() => this.#decided(stream, made)),
      (error) => this.#failed(error),
    );
  }

  on(event: Exclude<ServerEvent, { kind: "connect" | "publish" | "play" }>): void {
    if (event.kind === "unpublish") return this.#end("ended", "the publisher ended it");
    if (event.kind !== "media") return;
    this.#heardAt = now();
    this.#began?.();
    this.#bytes += event.body.length;
    this.#demuxer?.tag(event.type, event.timestampMs, event.body);
  }

  drained(): void {}

  /** Its client has been asked to connect anew. */
  moves(): void {
    this.#source?.moves();
  }

  /** The connection is gone, or is about to be: the stream is held. */
  close(reason: string): void {
    this.#end("lost", reason);
  }

  #decided(name: StreamName, decision: Decision): void {
    if (this.#closed) return;
    const { host, connection } = this.#link;
    this.#beginning.decidedAt = now();
    if (!decision.allowed) return this.#refuse("NetStream.Publish.Unauthorized", decision.rule, decision.reason);
    const stream = decision.stream ?? name;
    const granted = host.hub.publish(stream, decision.key, { closed: (reason) => this.#lost(reason) });
    if (!("source" in granted)) return this.#refuse("NetStream.Publish.BadName", granted.code, granted.reason);
    this.#open(stream, granted.source, decision);
    connection.acceptPublish(this.#request.streamId);
  }

  #open(stream: StreamName, source: Source, grant: Grant): void {
    const { host, protocol, address, settings, agent, reconnect } = this.#link;
    this.#source = source;
    this.#demuxer = new FlvDemuxer(
      intake(stream.app, host.codecs(stream.app), {
        append: (packet) => source.append(packet),
        refused: (reason) =>
          this.#dismiss(reason, "ended", { status: "NetStream.Publish.Denied", rule: "codec/excluded" }),
      }),
    );
    const publisher = { protocol, role: "publisher", stream } as const;
    this.#began = () => {
      this.#began = undefined;
      host.sessions.began(publisher, this.#beginning);
    };
    this.#beginning.joinedAt = now();
    this.#ended = host.sessions.open({
      ...publisher,
      ...(reconnect ? { reconnect } : {}),
      beginning: this.#beginning,
      address,
      grant,
      agent,
      figures: () => ({ bytes: this.#bytes }),
      close: (reason) => this.#dismiss(reason, "ended"),
    });
    const limitMs = milliseconds(settings().publisherTimeout);
    this.#watchdog = setInterval(
      () => {
        if (now() - this.#heardAt >= limitMs) this.#dismiss("no media in time", "lost");
      },
      Math.min(limitMs, 5_000),
    ).unref();
  }

  /** The stream has another source, or has been ended. */
  #lost(reason: "taken over" | "ended"): void {
    this.#dismiss(reason === "ended" ? "the stream was ended" : "another publisher took over", "lost");
  }

  #dismiss(reason: string, how: Release, why?: { readonly status: StatusCode; readonly rule: string }): void {
    if (this.#closed) return;
    const logged = why ? `${why.rule}: ${reason}` : reason;
    this.#end(how, logged);
    this.#link.connection.endPublish(this.#request.streamId, why?.status ?? "NetStream.Publish.BadName", reason);
    this.#link.finished(this.#request.streamId, logged);
  }

  #refuse(code: StatusCode, rule: string, reason: string): void {
    const { connection, host, protocol, address } = this.#link;
    host.sessions.refused({ role: "publisher", protocol, address, rule, reason });
    this.#closed = true;
    connection.rejectPublish(this.#request.streamId, code, reason);
    this.#link.finish(reason);
  }

  #failed(error: unknown): void {
    this.#link.host.log.error({ error: String(error) }, "the access check failed");
    if (!this.#closed)
      this.#refuse("NetStream.Publish.Denied", "access/failed", "the server could not check this request");
  }

  #end(how: Release, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watchdog);
    this.#source?.release(how);
    this.#ended?.(reason);
  }
}
