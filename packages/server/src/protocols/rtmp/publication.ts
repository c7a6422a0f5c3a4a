import { type AudioCodec, type FlvForm, flvForm, type VideoCodec } from "@sluice/media";
import { type CodecPolicy, codecName } from "../../core/codec-policy.ts";
import type { Cursor } from "../../core/cursor.ts";
import type { CursorOwner } from "../../core/cursor-owner.ts";
import { obstacle } from "../../core/obstacle.ts";
import type { PushOrder, RelayEnd } from "../../core/relaying.ts";
import type { Stream } from "../../core/stream.ts";
import { announcementOf } from "./announced.ts";
import { publishingFormat } from "./egress.ts";
import { publishedForm } from "./form.ts";
import { Outgoing } from "./outgoing.ts";
import type { RelayAddress } from "./relay-address.ts";

export type PublicationOptions = {
  readonly stream: Stream;
  readonly to: RelayAddress;
  readonly order: Pick<PushOrder, "reach" | "anyCertificate" | "anyCodec" | "wish">;
  readonly policy: CodecPolicy;
  /** The server lets us publish. */
  ready(): void;
  /** It asks to connect anew, to this address. */
  asked(address: string): void;
  ended(end: RelayEnd): void;
};

/** A stream that we publish over one connection: like a viewer it is a cursor, which writes to the connection's socket. */
export class Publication {
  readonly #options: PublicationOptions;
  readonly #out: Outgoing;
  #cursor: Cursor | undefined;
  #bytes = 0;
  #ready = false;
  #over = false;

  constructor(options: PublicationOptions) {
    const { to, order, policy } = options;
    this.#options = options;
    this.#out = new Outgoing({
      to,
      reach: order.reach,
      anyCertificate: order.anyCertificate,
      capabilities: announcementOf(policy),
      connect: { type: "nonprivate" },
      connected: (connection) => {
        // As encoders do since Flash Media Live Encoder; some services wait for it.
        connection.command("releaseStream", null, to.name);
        connection.command("FCPublish", null, to.name);
      },
      begin: (connection, streamId) => connection.publish(streamId, to.name),
      on: (event) => {
        if (event.kind === "reconnect") options.asked(event.tcUrl);
        if (event.kind !== "status" || event.code !== "NetStream.Publish.Start" || this.#ready) return;
        this.#ready = true;
        this.#out.settled();
        options.ready();
      },
      drained: () => this.#cursor?.flush(),
      ended: (end) => this.#end(end),
    });
  }

  get ready(): boolean {
    return this.#ready;
  }
  get bytes(): number {
    return this.#cursor?.bytes ?? this.#bytes;
  }
  get lagMs(): number {
    return Math.round((this.#cursor?.drain().lagUs ?? 0) / 1000);
  }

  /** Sends the stream from now on: from its newest keyframe, or from the first one at a time where another publication has stopped. */
  begin(fromUs?: number): void {
    const { stream, order } = this.#options;
    const owner: CursorOwner = {
      ended: (reason) => this.#finished(reason),
      unfit: (codec) => this.#unfit(codec),
    };
    const form = this.#form();
    const found = obstacle(stream, { ...form, wanted: { audio: true, video: true } });
    if (found) return this.#unfit(found.codec);
    const format = publishingFormat(this.#out.streamId, form);
    this.#cursor = stream.join(format, this.#out.socket, owner, {
      wish: order.wish,
      ...(fromUs === undefined ? {} : { fromUs }),
    });
  }

  /** Sends what there is up to the next keyframe, and takes its leave then. */
  stopAtKeyframe(stopped: (atUs: number | undefined) => void): void {
    this.#cursor?.stopAtKeyframe((atUs) => {
      this.close();
      stopped(atUs);
    });
  }

  /** Takes its leave of the server. */
  close(): void {
    if (this.#over) return;
    this.#leave();
    const { connection, streamId } = this.#out;
    if (streamId !== 0 && this.#ready) {
      connection.command("FCUnpublish", null, this.#options.to.name);
      connection.streamCommand(streamId, "deleteStream", streamId);
    }
    this.#out.finish();
  }

  #form(): FlvForm {
    const { order, policy } = this.#options;
    if (order.anyCodec) return flvForm(policy.out);
    return publishedForm(this.#out.capabilities, policy);
  }

  /** The stream is over, or the socket has taken nothing for too long. */
  #finished(reason: string): void {
    if (this.#over) return;
    if (reason === "stalled") return this.#out.drop({ reason: "the server took nothing any more" });
    this.close();
    this.#options.ended({ reason, over: true });
  }

  /** A quality in a codec that it takes may be there at the next attempt. */
  #unfit(codec: VideoCodec | AudioCodec): void {
    const reason = `codec/unsupported: the stream is in ${codecName(codec)}, which the server has not announced that it takes; have a quality in H.264 made (apps.NAME.ladder), or set anyCodec to send what it has not announced`;
    this.close();
    this.#options.ended({ reason });
  }

  #end(end: RelayEnd): void {
    if (this.#over) return;
    this.#leave();
    this.#options.ended(end);
  }

  #leave(): void {
    this.#over = true;
    this.#bytes = this.bytes;
    if (this.#cursor) this.#options.stream.leave(this.#cursor);
    this.#cursor = undefined;
  }
}
