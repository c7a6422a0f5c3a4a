import { FlvDemuxer, type Packet } from "@sluice/media";
import type { CodecPolicy } from "../../core/codec-policy.ts";
import type { RelayEnd, RelayOrder } from "../../core/relaying.ts";
import { announcementOf } from "./announced.ts";
import { intake } from "./intake.ts";
import { Outgoing } from "./outgoing.ts";
import type { RelayAddress } from "./relay-address.ts";

export type PlaybackOptions = {
  /** The app here that the stream comes into. */
  readonly app: string;
  readonly to: RelayAddress;
  readonly order: Pick<RelayOrder, "reach" | "anyCertificate">;
  readonly policy: CodecPolicy;
  packet(packet: Packet): void;
  /** It asks to connect anew, to this address. */
  asked(address: string): void;
  /** Told once. `over`: the stream has ended there. */
  ended(end: RelayEnd): void;
};

/** A player, for servers that look at the name. */
const agent = "LNX 9,0,124,2";

/** A stream that we watch at another server over one connection. */
export class Playback {
  readonly #options: PlaybackOptions;
  readonly #out: Outgoing;
  #bytes = 0;
  #over = false;

  constructor(options: PlaybackOptions) {
    const { app, to, order, policy } = options;
    this.#options = options;
    const demuxer = new FlvDemuxer(
      intake(app, policy, {
        append: (packet) => options.packet(packet),
        refused: (reason) => this.#refused(reason),
      }),
    );
    this.#out = new Outgoing({
      to,
      reach: order.reach,
      anyCertificate: order.anyCertificate,
      capabilities: announcementOf(policy),
      connect: { flashVer: agent },
      begin: (connection, streamId) => {
        connection.play(streamId, to.name);
        this.#out.settled(); // many servers say nothing until there is something to see
      },
      on: (event) => {
        if (event.kind === "reconnect") options.asked(event.tcUrl);
        else if (event.kind === "media" && event.streamId === this.#out.streamId) {
          this.#bytes += event.body.length;
          demuxer.tag(event.type, event.timestampMs, event.body);
        } else if (event.kind === "status" && isEnd(event.code))
          this.#out.drop({ reason: "the stream has ended at the other server", over: true });
      },
      ended: (end) => this.#end(end),
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes its leave of the server. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    const { connection, streamId } = this.#out;
    if (streamId !== 0) connection.streamCommand(streamId, "deleteStream", streamId);
    this.#out.finish();
  }

  #refused(reason: string): void {
    this.close();
    this.#options.ended({ reason: `codec/excluded: ${reason}`, hopeless: true });
  }

  #end(end: RelayEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.ended(end);
  }
}

function isEnd(code: string): boolean {
  return /^NetStream\.Play\.(?:UnpublishNotify|Stop|Complete)$/.test(code);
}
