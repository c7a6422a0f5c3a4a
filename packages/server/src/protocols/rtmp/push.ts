import type { CodecPolicy } from "../../core/codec-policy.ts";
import type { PushOrder, RelayConnection, RelayEnd, RelayOwner } from "../../core/relaying.ts";
import type { Stream } from "../../core/stream.ts";
import type { Host } from "../../protocol.ts";
import { Publication } from "./publication.ts";
import { type RelayAddress, relayAddress } from "./relay-address.ts";

/** How long the old connection may wait for a keyframe when there is a new one to go on with. */
const handoverMs = 20_000;

/** Publishes a stream to another server. */
export function pushRtmp(host: Host, stream: Stream, order: PushOrder, owner: RelayOwner): RelayConnection {
  return new Push(host.codecs(stream.name.app), stream, order, owner);
}

class Push implements RelayConnection {
  readonly #policy: CodecPolicy;
  readonly #stream: Stream;
  readonly #order: PushOrder;
  readonly #owner: RelayOwner;
  #current: Publication | undefined;
  /** The connection that it goes over to. */
  #next: Publication | undefined;
  #handover: NodeJS.Timeout | undefined;
  /** Goes over at once; the old connection is not waited for any more. */
  #hurry: (() => void) | undefined;
  #bytesBefore = 0;
  #closed = false;

  constructor(policy: CodecPolicy, stream: Stream, order: PushOrder, owner: RelayOwner) {
    this.#policy = policy;
    this.#stream = stream;
    this.#order = order;
    this.#owner = owner;
    const to = relayAddress(order.address, order.key);
    if (typeof to === "string") setImmediate(() => this.#end({ reason: `relay/address: ${to}`, hopeless: true }));
    else this.#current = this.#publish(to, () => this.#begin());
  }

  get bytes(): number {
    return this.#bytesBefore + (this.#current?.bytes ?? 0);
  }

  get lagMs(): number {
    return this.#current?.lagMs ?? 0;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#handover);
    this.#next?.close();
    this.#current?.close();
  }

  #publish(to: RelayAddress, ready: () => void): Publication {
    const made: Publication = new Publication({
      stream: this.#stream,
      to,
      order: this.#order,
      policy: this.#policy,
      ready,
      asked: (address) => this.#asked(made, to, address),
      ended: (end) => this.#ended(made, end),
    });
    return made;
  }

  #begin(): void {
    if (this.#closed) return;
    this.#current?.begin();
    if (this.#current) this.#owner.running();
  }

  /** The old connection sends on until the new one may. */
  #asked(by: Publication, at: RelayAddress, wanted: string): void {
    if (this.#closed || this.#next || by !== this.#current) return;
    const address = this.#order.redirect(at.tcUrl, wanted);
    const to = address === undefined ? undefined : relayAddress(address, at.name);
    if (address === undefined || to === undefined || typeof to === "string") return;
    this.#next = this.#publish(to, () => this.#goOver(address, to));
  }

  /** The old connection gets everything up to the next keyframe, the new one everything from it on. */
  #goOver(address: string, { name }: RelayAddress): void {
    const [before, after] = [this.#current, this.#next];
    if (this.#closed || !after) return;
    const take = (fromUs?: number) => {
      if (this.#closed || this.#next !== after) return;
      clearTimeout(this.#handover);
      this.#bytesBefore += before?.bytes ?? 0;
      this.#current = after;
      this.#next = undefined;
      this.#owner.moved(address, name);
      after.begin(fromUs);
    };
    this.#hurry = () => {
      before?.close();
      take();
    };
    if (!before?.ready) return this.#hurry();
    this.#handover = setTimeout(this.#hurry, handoverMs).unref();
    before.stopAtKeyframe(take);
  }

  #ended(which: Publication, end: RelayEnd): void {
    if (this.#closed) return;
    if (which === this.#next) {
      this.#next = undefined;
      clearTimeout(this.#handover);
      if (!this.#current) this.#end(end);
    } else if (which === this.#current) {
      this.#current = undefined;
      this.#bytesBefore += which.bytes;
      if (!this.#next || end.over) this.#end(end);
      else if (this.#next.ready) this.#hurry?.();
    }
  }

  #end(end: RelayEnd): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#handover);
    this.#next?.close();
    this.#owner.ended(end);
  }
}
