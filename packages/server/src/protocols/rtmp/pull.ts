import type { Packet } from "@sluice/media";
import { now } from "../../core/clock.ts";
import type { RelayConnection, RelayEnd, RelayOrder, RelayOwner } from "../../core/relaying.ts";
import type { Source } from "../../core/source.ts";
import type { StreamName } from "../../core/stream-name.ts";
import type { Host } from "../../protocol.ts";
import { Playback } from "./playback.ts";
import { type RelayAddress, relayAddress } from "./relay-address.ts";
import { type Seam, Splice } from "./splice.ts";

/** How long a server may send nothing. */
const silenceMs = 30_000;
const lookMs = 250;

/** Fetches a stream from another server and publishes it here. */
export function pullRtmp(host: Host, into: StreamName, order: RelayOrder, owner: RelayOwner): RelayConnection {
  return new Pull(host, into, order, owner);
}

class Pull implements RelayConnection {
  readonly #host: Host;
  readonly #into: StreamName;
  readonly #order: RelayOrder;
  readonly #owner: RelayOwner;
  readonly #watchdog: NodeJS.Timeout;
  #source: Source | undefined;
  #current: Playback | undefined;
  /** The connection that it goes over to, and to where. */
  #next: { readonly playback: Playback; readonly address: string; readonly key: string } | undefined;
  #splice = new Splice();
  /** How much later the stream's clock is than that of the present connection. */
  #shiftUs = 0;
  #bytesBefore = 0;
  #heardAt = now();
  /** It publishes once more itself, and is told that it was taken over. */
  #reopens = false;
  #closed = false;

  constructor(host: Host, into: StreamName, order: RelayOrder, owner: RelayOwner) {
    this.#host = host;
    this.#into = into;
    this.#order = order;
    this.#owner = owner;
    this.#watchdog = setInterval(() => this.#look(), lookMs).unref();
    const to = relayAddress(order.address, order.key);
    if (typeof to === "string") setImmediate(() => this.#end({ reason: `relay/address: ${to}`, hopeless: true }));
    else this.#current = this.#play(to);
  }

  get bytes(): number {
    return this.#bytesBefore + (this.#current?.bytes ?? 0);
  }

  close(): void {
    this.#leave();
    this.#source?.release("ended");
  }

  #play(to: RelayAddress): Playback {
    const made: Playback = new Playback({
      app: this.#into.app,
      to,
      order: this.#order,
      policy: this.#host.codecs(this.#into.app),
      packet: (packet) => this.#packet(made, packet),
      asked: (address) => this.#asked(made, to, address),
      ended: (end) => this.#ended(made, end),
    });
    return made;
  }

  #packet(from: Playback, packet: Packet): void {
    if (this.#closed) return;
    this.#heardAt = now();
    if (from === this.#current) {
      const placed = shifted(packet, this.#shiftUs);
      if (this.#splice.old(placed)) this.#append(placed);
      else this.#goOver(this.#splice.seam(true));
    } else if (from === this.#next?.playback) this.#splice.new(packet);
  }

  /** The stream here begins with the first packet: before that there is nothing to see, and perhaps never will be. */
  #append(packet: Packet): void {
    if (!this.#source && !this.#publish()) return;
    this.#source?.append(packet);
  }

  #publish(): boolean {
    const isFirst = this.#source === undefined;
    const given = this.#host.hub.publish(this.#into, undefined, {
      yields: true,
      closed: (reason) => this.#lost(reason),
    });
    if (!("source" in given)) {
      this.#end({ reason: `${given.code}: ${given.reason}`, over: true });
      return false;
    }
    this.#source = given.source;
    if (isFirst) this.#owner.running();
    return true;
  }

  /** Somebody publishes here now, the stream was ended, or it is this pull that goes on with another clock. */
  #lost(reason: "taken over" | "ended"): void {
    if (this.#closed || this.#reopens) return;
    this.#source = undefined;
    this.#end({ reason: reason === "ended" ? "the stream was ended" : "it is published here", over: true });
  }

  #asked(by: Playback, at: RelayAddress, wanted: string): void {
    if (this.#closed || this.#next || by !== this.#current) return;
    const address = this.#order.redirect(at.tcUrl, wanted);
    const to = address === undefined ? undefined : relayAddress(address, at.name);
    if (address === undefined || to === undefined || typeof to === "string") return;
    this.#next = { playback: this.#play(to), address, key: at.name };
  }

  #look(): void {
    if (this.#next) this.#goOver(this.#splice.seam());
    if (now() - this.#heardAt >= silenceMs) this.#end({ reason: "the server sent nothing any more" });
  }

  #goOver(seam: Seam | undefined): void {
    const next = this.#next;
    if (!next || !seam) return;
    this.#shiftUs = seam.exact ? this.#splice.shiftUs : 0;
    this.#bytesBefore += this.#current?.bytes ?? 0;
    this.#current?.close();
    this.#current = next.playback;
    this.#next = undefined;
    this.#splice = new Splice();
    if (!seam.exact && this.#source) {
      this.#reopens = true;
      this.#publish();
      this.#reopens = false;
    }
    this.#owner.moved(next.address, next.key);
    for (const packet of seam.packets) {
      this.#splice.old(packet);
      this.#append(packet);
    }
  }

  #ended(which: Playback, end: RelayEnd): void {
    if (this.#closed) return;
    if (which === this.#next?.playback) {
      this.#next = undefined;
      this.#splice = new Splice();
      if (!this.#current) this.#end(end);
    } else if (which === this.#current) {
      this.#bytesBefore += which.bytes;
      this.#current = undefined;
      if (!this.#next) return this.#end(end);
      this.#splice.ended();
      this.#goOver(this.#splice.seam());
    }
  }

  #end(end: RelayEnd): void {
    if (this.#closed) return;
    this.#leave();
    this.#source?.release(end.over ? "ended" : "lost");
    this.#owner.ended(end);
  }

  #leave(): void {
    this.#closed = true;
    clearInterval(this.#watchdog);
    this.#next?.playback.close();
    this.#bytesBefore = this.bytes;
    this.#current?.close();
    this.#current = undefined;
  }
}

function shifted(packet: Packet, shiftUs: number): Packet {
  return shiftUs === 0 ? packet : { ...packet, dtsUs: packet.dtsUs + shiftUs, ptsUs: packet.ptsUs + shiftUs };
}
