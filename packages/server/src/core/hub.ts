import type { Archive } from "./archive.ts";
import { Arrivals } from "./arrivals.ts";
import { now } from "./clock.ts";
import type { Events } from "./events.ts";
import { History, type HistoryLimits } from "./history.ts";
import type { Pacer } from "./pacer.ts";
import type { Paths } from "./paths.ts";
import type { Source, SourceOwner } from "./source.ts";
import { Stream, type StreamSettings } from "./stream.ts";
import type { StreamName } from "./stream-name.ts";

/** What happens when a stream that is live is published again: by anyone (`takeover`), by no one (`reject`), or by whoever shows the same key (`same-key`). */
export type DuplicatePolicy = "reject" | "same-key" | "takeover";

export type AppSettings = StreamSettings & {
  readonly duplicate: DuplicatePolicy;
  /** How much is kept of what a stream's log lets go of; nothing where it is absent. */
  readonly history?: HistoryLimits;
  /** How long viewers wait for a stream whose protocols do not wait by themselves; they do not where it is absent. */
  readonly waitMs?: number;
};

export type HubLimits = { readonly maxStreams: number };

/** Why the hub said no. */
export type HubRefusal = { readonly code: "stream/live" | "stream/limit" | "stream/app"; readonly reason: string };

const sweepMs = 1_000;

/** All streams of this process by their canonical names. */
export class Hub {
  readonly pacer: Pacer;
  /** Those who wait for a stream without a cursor. */
  readonly arrivals: Arrivals = new Arrivals((name) => this.await(name));
  readonly #events: Events;
  readonly #appSettings: (app: string) => AppSettings | undefined;
  readonly #limits: () => HubLimits;
  readonly #archive: Archive | undefined;
  readonly #paths: Paths | undefined;
  readonly #streams = new Map<string, Stream>();
  /** Those that viewers wait for. They have a limit of their own, so that waiting cannot keep publishers out. */
  readonly #waiting = new Set<Stream>();
  readonly #listeners = new Set<(stream: Stream) => void>();
  /** Those that have ended, with viewers who have not seen the end. */
  readonly #lingering = new Set<Stream>();
  /** Which key publishes which stream. */
  readonly #keys = new WeakMap<Stream, string | undefined>();
  /** Those whose source gives way to whoever publishes here. */
  readonly #yielding = new WeakSet<Stream>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: {
    pacer: Pacer;
    events: Events;
    app: (app: string) => AppSettings | undefined;
    limits: () => HubLimits;
    /** Where histories are kept; without one they are in memory only. */
    archive?: Archive;
    /** What the platform tells of viewers' connections. */
    paths?: Paths;
  }) {
    this.pacer = options.pacer;
    this.#events = options.events;
    this.#appSettings = options.app;
    this.#limits = options.limits;
    this.#archive = options.archive;
    this.#paths = options.paths;
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  get streams(): IterableIterator<Stream> {
    return this.#streams.values();
  }

  find(name: StreamName): Stream | undefined {
    return this.#streams.get(name.path);
  }

  /** How long viewers of an app's streams wait in `arrivals`; 0 where they do not. */
  waitMs(app: string): number {
    return this.#appSettings(app)?.waitMs ?? 0;
  }

  /**
   * Makes the caller the stream's source. `key` names the publisher's right without telling it (a fingerprint); a second publisher with the same one takes over
   * where the app allows it. Decided in one step, so of any number who try at once exactly one gets it.
   */
  publish(
    name: StreamName,
    key: string | undefined,
    owner: SourceOwner,
  ): { stream: Stream; source: Source } | HubRefusal {
    const settings = this.#appSettings(name.app);
    if (!settings) return unknownApp(name);
    const known = this.find(name);
    const published = this.#streams.size - this.#waiting.size;
    if ((!known || this.#waiting.has(known)) && published >= this.#limits().maxStreams) return full;
    const stream = known ?? this.#create(name, settings);
    const policy = stream.moves ? "moved" : settings.duplicate;
    if (!this.#mayOpen(stream, policy, key, owner.yields === true))
      return { code: "stream/live", reason: `${name.path} is being published already` };
    this.#keys.set(stream, key);
    if (owner.yields) this.#yielding.add(stream);
    else this.#yielding.delete(stream);
    return { stream, source: stream.open(owner) };
  }

  /** The stream, or one that waits for its source. */
  await(name: StreamName): Stream | HubRefusal {
    const settings = this.#appSettings(name.app);
    if (!settings) return unknownApp(name);
    const stream = this.find(name);
    if (stream) return stream;
    return this.#waiting.size >= this.#limits().maxStreams ? full : this.#create(name, settings);
  }

  close(reason: string): void {
    clearInterval(this.#sweeper);
    for (const stream of [...this.#streams.values(), ...this.#lingering]) stream.end(reason);
    this.pacer.close();
  }

  /** Calls back with every new stream, before its first packet. Returns the function that ends it. */
  onStream(listener: (stream: Stream) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #mayOpen(stream: Stream, policy: DuplicatePolicy | "moved", key: string | undefined, yields: boolean): boolean {
    if (stream.state === "waiting" || this.#yielding.has(stream)) return true;
    if (yields) return false;
    return stream.state !== "live" || mayTakeOver(policy, key, this.#keys.get(stream));
  }

  #create(name: StreamName, settings: AppSettings): Stream {
    const stream = new Stream(name, settings, {
      pacer: this.pacer,
      onChange: (changed) => this.#changed(changed),
      history: (rung) => this.#history(rung === undefined ? name.path : `${name.path}@${rung}`, settings.history),
      paths: this.#paths,
    });
    this.#streams.set(name.path, stream);
    this.#waiting.add(stream);
    for (const listener of this.#listeners) listener(stream);
    return stream;
  }

  #history(name: string, limits: HistoryLimits | undefined): History | undefined {
    if (!limits) return undefined;
    return this.#archive?.open(name, limits) ?? new History(limits);
  }

  #changed(stream: Stream): void {
    if (stream.state !== "waiting") this.#waiting.delete(stream);
    if (stream.state === "ended") this.#streams.delete(stream.name.path);
    if (stream.lingers) this.#lingering.add(stream);
    this.#events.emit({ kind: "stream", stream: stream.name.path, state: stream.state });
  }

  #sweep(): void {
    const at = now();
    for (const stream of this.#streams.values()) stream.sweep(at);
    for (const stream of this.#lingering) {
      stream.sweep(at);
      if (!stream.lingers) this.#lingering.delete(stream);
    }
  }
}

const full: HubRefusal = {
  code: "stream/limit",
  reason: "the server carries as many streams as it may (limits.streams)",
};

function unknownApp({ app }: StreamName): HubRefusal {
  return { code: "stream/app", reason: `there is no app ${app} (add it under apps in the configuration)` };
}

/** A publisher that has been asked to connect anew shows what it showed before; where nothing is asked for, that is nothing. */
function mayTakeOver(policy: DuplicatePolicy | "moved", key: string | undefined, current: string | undefined): boolean {
  if (policy === "takeover") return true;
  if (policy === "moved") return key === current;
  return policy === "same-key" && key !== undefined && key === current;
}
