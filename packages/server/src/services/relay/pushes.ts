import { randomBytes } from "node:crypto";
import type { Hub } from "../../core/hub.ts";
import type { PushOrder, RelayConnection, RelayOwner } from "../../core/relaying.ts";
import { nameOf } from "../../core/secret.ts";
import type { Stream } from "../../core/stream.ts";
import { type StreamName, streamName } from "../../core/stream-name.ts";
import type { Wish } from "../../core/wish.ts";
import { fitsPattern } from "../auth/stream-pattern.ts";
import { Relay, type RelayRoom, type RemoteSettings } from "./relay.ts";
import { schemeOf } from "./target.ts";

/** Where streams are sent. */
export type PushSettings = RemoteSettings & {
  /** Which streams of the app: a pattern for their names. */
  readonly streams: string;
  /** A quality by its name; empty for the source. */
  readonly rendition: string;
  /** A sound by its track's number. */
  readonly sound: number;
  readonly anyCodec: boolean;
};

/** Sends a stream over the protocol that answers to a scheme. */
export type Pusher = (stream: Stream, order: PushOrder, owner: RelayOwner) => RelayConnection;

export type PushesParts = RelayRoom & {
  readonly hub: Hub;
  readonly settings: (app: string) => readonly PushSettings[];
  readonly pusher: (scheme: string) => Pusher | undefined;
};

/** How many may be begun by hand. */
const mostOwn = 1_000;

type Known = { readonly relay: Relay; readonly stream: StreamName; readonly isOwn: boolean };

/** The streams that are sent to other servers: those that the configuration names, and those that an operator has begun. */
export class Pushes {
  readonly #parts: PushesParts;
  readonly #known = new Map<string, Known>();

  constructor(parts: PushesParts) {
    this.#parts = parts;
  }

  get relays(): readonly Relay[] {
    return Array.from(this.#known.values(), ({ relay }) => relay);
  }

  /** Begins one that lasts until it is stopped, or the server is. Undefined when there are as many as may be. */
  add(stream: StreamName, settings: PushSettings): Relay | undefined {
    if ([...this.#known.values()].filter(({ isOwn }) => isOwn).length >= mostOwn) return undefined;
    const relay = this.#make(stream, settings, `own ${nameOf(randomBytes(9))}`, true);
    this.look(stream.path);
    return relay;
  }

  /** Stops one; from the configuration it is back when the stream is published anew. */
  remove(id: string): boolean {
    const found = [...this.#known].find(([, { relay }]) => relay.options.id === id);
    if (!found) return false;
    const [key, { relay, isOwn }] = found;
    relay.stop("stopped by an operator");
    if (isOwn) this.#known.delete(key);
    return true;
  }

  /** A stream has begun, was lost, or has ended. */
  look(path: string): void {
    const stream = this.#live(path);
    for (const [key, { relay, stream: name, isOwn }] of [...this.#known]) {
      if (name.path !== path) continue;
      if (stream) relay.start();
      else if (!isOwn && !this.#isThere(path)) this.#forget(key, relay);
    }
    if (stream) this.#begin(stream.name);
  }

  /** The settings have changed: what is in them still goes on untouched. */
  changed(): void {
    const streams = [...this.#parts.hub.streams];
    const wanted = new Set(streams.flatMap(({ name }) => this.#wanted(name).map((settings) => keyOf(name, settings))));
    for (const [key, { relay, isOwn }] of [...this.#known]) {
      if (isOwn || wanted.has(key)) continue;
      relay.stop("it is in the configuration no more");
      this.#known.delete(key);
    }
    for (const { name } of streams) this.look(name.path);
  }

  close(): void {
    for (const { relay } of this.#known.values()) relay.stop("the server stops");
    this.#known.clear();
  }

  #begin(name: StreamName): void {
    for (const settings of this.#wanted(name)) {
      const key = keyOf(name, settings);
      if (!this.#known.has(key)) this.#make(name, settings, key, false).start();
    }
  }

  #wanted(name: StreamName): readonly PushSettings[] {
    return this.#parts.settings(name.app).filter(({ url, streams }) => url !== "" && fitsPattern(streams, name));
  }

  #make(stream: StreamName, settings: PushSettings, key: string, isOwn: boolean): Relay {
    const { rendition, sound, anyCodec } = settings;
    const wish: Wish = {
      adaptive: false,
      ...(rendition === "" ? {} : { rung: rendition }),
      ...(sound === 0 ? {} : { sound }),
    };
    const options = {
      id: nameOf(randomBytes(9)),
      direction: "push",
      stream,
      remote: settings,
      byHand: isOwn,
      connect: (order, owner) => {
        const live = this.#live(stream.path);
        if (!live) return "the stream is not live";
        const push = this.#parts.pusher(schemeOf(order.address));
        return push ? push(live, { ...order, wish, anyCodec }, owner) : "nothing sends to such an address";
      },
      over: () => setImmediate(() => this.#over(key, stream)),
    } satisfies ConstructorParameters<typeof Relay>[0];
    const relay = new Relay(options, this.#parts);
    this.#known.set(key, { relay, stream, isOwn });
    return relay;
  }

  /** Its stream has ended; another one of its name may be there by now. */
  #over(key: string, stream: StreamName): void {
    const known = this.#known.get(key);
    if (known && !known.isOwn) this.#known.delete(key);
    this.look(stream.path);
  }

  #forget(key: string, relay: Relay): void {
    relay.rest("the stream has ended");
    if (relay.state === "waiting" || relay.state === "failed") this.#known.delete(key);
  }

  #live(path: string): Stream | undefined {
    const name = streamName("", path);
    const found = name && this.#parts.hub.find(name);
    return found?.state === "live" ? found : undefined;
  }

  #isThere(path: string): boolean {
    const name = streamName("", path);
    return name !== undefined && this.#parts.hub.find(name) !== undefined;
  }
}

/** The same for the same settings, so that what has not changed is known again. */
function keyOf(name: StreamName, settings: PushSettings): string {
  return JSON.stringify([name.path, settings]);
}
