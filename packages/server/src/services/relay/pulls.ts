import { randomBytes } from "node:crypto";
import type { Hub } from "../../core/hub.ts";
import type { RelayConnection, RelayOrder, RelayOwner } from "../../core/relaying.ts";
import { nameOf } from "../../core/secret.ts";
import type { Sessions } from "../../core/sessions.ts";
import type { Stream } from "../../core/stream.ts";
import { type StreamName, streamName } from "../../core/stream-name.ts";
import { Relay, type RelayRoom, type RemoteSettings } from "./relay.ts";
import { schemeOf } from "./target.ts";

/** Where the streams of an app come from. */
export type PullSettings = RemoteSettings & {
  /** Streams that are fetched whether somebody watches or not, by name. */
  readonly always: readonly string[];
  /** How long nobody must have watched one that was fetched on demand. */
  readonly idleMs: number;
  /** How many are fetched on demand at once. */
  readonly most: number;
};

/** Fetches a stream over the protocol that answers to a scheme. */
export type Puller = (into: StreamName, order: RelayOrder, owner: RelayOwner) => RelayConnection;

export type PullsParts = RelayRoom & {
  readonly hub: Hub;
  readonly sessions: Pick<Sessions, "list">;
  readonly apps: () => readonly string[];
  readonly settings: (app: string) => PullSettings | undefined;
  readonly puller: (scheme: string) => Puller | undefined;
};

type Known = { readonly relay: Relay; readonly stream: StreamName; readonly settings: PullSettings; watchedAt: number };

const lookMs = 1_000;

/** The streams that come from other servers: some always, the others when a viewer waits for them. */
export class Pulls {
  readonly #parts: PullsParts;
  readonly #known = new Map<string, Known>();
  readonly #leave: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(parts: PullsParts) {
    this.#parts = parts;
    this.#leave = parts.hub.onStream((stream) => this.#noticed(stream));
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  get relays(): readonly Relay[] {
    return Array.from(this.#known.values(), ({ relay }) => relay);
  }

  /** The settings have changed, or are there for the first time: what is in them still goes on untouched. */
  changed(): void {
    const { apps, settings } = this.#parts;
    for (const [path, { relay, stream, settings: before }] of [...this.#known]) {
      if (JSON.stringify(settings(stream.app)) === JSON.stringify(before)) continue;
      this.#known.delete(path);
      relay.stop("the configuration has changed");
    }
    for (const app of apps()) {
      for (const name of settings(app)?.always ?? []) {
        const stream = streamName(app, name);
        if (stream) this.#fetch(stream);
      }
    }
  }

  close(): void {
    this.#leave();
    clearInterval(this.#timer);
    for (const { relay } of this.#known.values()) relay.stop("the server stops");
    this.#known.clear();
  }

  /** A new stream is there: for a publisher, who has it in the same moment, or for viewers who wait. */
  #noticed({ name }: Stream): void {
    setImmediate(() => {
      if (this.#parts.hub.find(name)?.state === "waiting") this.#fetch(name);
    });
  }

  #fetch(stream: StreamName): void {
    const settings = this.#parts.settings(stream.app);
    if (!settings || settings.url === "") return;
    const known = this.#known.get(stream.path);
    if (!known && !isAlways(settings, stream) && this.#demanded >= settings.most && !this.#makeRoom()) return;
    const relay = known?.relay ?? this.#make(stream, settings);
    relay.start();
  }

  get #demanded(): number {
    return [...this.#known.values()].filter(({ settings, stream }) => !isAlways(settings, stream)).length;
  }

  /** Gives up one that has brought nothing and that nobody waits for any more: names that the other server does not have keep no others out. */
  #makeRoom(): boolean {
    for (const [path, { relay, stream, settings }] of this.#known) {
      if (isAlways(settings, stream) || this.#parts.hub.find(stream)) continue;
      this.#known.delete(path);
      relay.stop("nobody waits");
      return true;
    }
    return false;
  }

  #isAwaited(stream: StreamName): boolean {
    return this.#parts.hub.find(stream)?.isAwaited === true;
  }

  #make(stream: StreamName, settings: PullSettings): Relay {
    const { hub, puller } = this.#parts;
    const relay = new Relay(
      {
        id: nameOf(randomBytes(9)),
        direction: "pull",
        stream,
        remote: settings,
        byHand: false,
        connect: (order, owner) => {
          if (hub.find(stream)?.state === "live") return "it is published here";
          const pull = puller(schemeOf(order.address));
          return pull ? pull(stream, order, owner) : "nothing fetches from such an address";
        },
        over: () => {
          if (!isAlways(settings, stream)) this.#known.delete(stream.path);
        },
      },
      this.#parts,
    );
    this.#known.set(stream.path, { relay, stream, settings, watchedAt: Date.now() });
    return relay;
  }

  /** Those that are always fetched begin anew when they can; those that nobody watches end. */
  #look(): void {
    if (this.#known.size === 0) return;
    const watched = new Set<string>();
    for (const { role, stream } of this.#parts.sessions.list()) if (role === "viewer") watched.add(stream.path);
    const at = Date.now();
    for (const [path, known] of [...this.#known]) {
      const { relay, stream, settings } = known;
      if (isAlways(settings, stream)) relay.start();
      else if (watched.has(path) || this.#isAwaited(stream)) known.watchedAt = at;
      else if (at - known.watchedAt >= settings.idleMs) {
        this.#known.delete(path);
        relay.stop("nobody watches");
      }
    }
  }
}

function isAlways({ always }: PullSettings, { name }: StreamName): boolean {
  return always.includes(name);
}
