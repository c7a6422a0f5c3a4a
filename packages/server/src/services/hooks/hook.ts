import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Log } from "../../core/log.ts";
import { Delivery, type DeliveryOptions, type DeliverySettings, type Letter, type Outcome } from "./delivery.ts";

/** A hook of the configuration. */
export type HookSettings = DeliverySettings & {
  readonly kinds: readonly string[];
  readonly apps: readonly string[];
  readonly queue: number;
};

/** A letter that could not be delivered, and why. */
export type Undelivered = Letter & { readonly hook: string; readonly attempts: number; readonly reason: string };

/** What has become of events since the start, over all hooks, those included that are gone. */
export type HookTotals = { delivered: number; failed: number; dead: number; dropped: number };

export type HookParts = {
  readonly log: Log;
  /** Where each hook counts besides. */
  readonly totals: HookTotals;
  /** Keeps what cannot be delivered. */
  readonly bury: (letters: readonly Undelivered[]) => Promise<void>;
  /** Waits between attempts, for less long when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly options?: DeliveryOptions;
};

/** How a hook does, without its secrets. */
export type HookState = {
  readonly host: string;
  readonly state: "idle" | "sending" | "waiting" | "off";
  readonly queued: number;
  readonly delivered: number;
  readonly failed: number;
  readonly dead: number;
  readonly dropped: number;
  readonly lastDeliveredAt?: number;
  readonly lastError?: { readonly at: number; readonly reason: string };
};

const pausesMs = [1_000, 5_000, 30_000, 120_000, 600_000] as const;
const maxQueuedBytes = 8 * 1024 * 1024;
/** As the records keep it. */
const maxLetter = 64 * 1024;
const stopped = "the server stopped, or the hook was taken away, before it was sent";

/** One hook: its queue, one letter at a time, in order. What does not arrive is tried again later and later, and is then buried. */
export class Hook {
  /** What its dead letters know it by: the address itself may hold a secret. */
  readonly name: string;
  readonly #parts: HookParts;
  readonly #queue: Letter[] = [];
  readonly #stop = new AbortController();
  #settings: HookSettings;
  #delivery: Delivery;
  /** By which a letter is under way; an older one where the settings have changed meanwhile. */
  #sending: Delivery | undefined;
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #state: "idle" | "sending" | "waiting" = "idle";
  #failing = false;
  #figures: Pick<HookState, "delivered" | "failed" | "dead" | "dropped" | "lastDeliveredAt" | "lastError"> = {
    delivered: 0,
    failed: 0,
    dead: 0,
    dropped: 0,
  };

  constructor(settings: HookSettings, parts: HookParts) {
    this.name = hookName(settings.url);
    this.#parts = parts;
    this.#settings = settings;
    this.#delivery = new Delivery(settings, parts.options);
  }

  get state(): HookState {
    const { url } = this.#settings;
    return {
      host: URL.parse(url)?.host ?? "",
      state: url === "" ? "off" : this.#state,
      queued: this.#queue.length,
      ...this.#figures,
    };
  }

  /** Takes over other settings for the same address; what waits stays, and what is under way arrives once. */
  change(settings: HookSettings): void {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.#settings = settings;
    if (this.#sending !== this.#delivery) this.#delivery.close();
    this.#delivery = new Delivery(settings, this.#parts.options);
    this.#cut();
  }

  /** Whether it is told of such an event. */
  takes(kind: string, app: string | undefined): boolean {
    const { url, kinds, apps } = this.#settings;
    if (url === "" || (kinds.length > 0 && !kinds.includes(kind))) return false;
    return apps.length === 0 || (app !== undefined && apps.includes(app));
  }

  put(letter: Letter): void {
    if (this.#stop.signal.aborted) return;
    if (letter.body.length > maxLetter) return this.#drop();
    this.#queue.push(letter);
    this.#queuedBytes += letter.body.length;
    this.#cut();
    if (this.#queue.length > 0) this.#running ??= this.#run();
  }

  /** One attempt, outside of the queue. */
  try(letter: Letter): Promise<Outcome> {
    return this.#delivery.attempt(letter);
  }

  /** Tries for so long to deliver what waits, and buries the rest. */
  async close(limitMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#stop.abort();
      this.#sending?.close();
      this.#delivery.close();
    }, limitMs);
    if (this.#state === "waiting") this.#stop.abort();
    await this.#running;
    clearTimeout(timer);
    this.#stop.abort();
    this.#delivery.close();
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 && !this.#stop.signal.aborted) {
      const letter = this.#take();
      if (letter) await this.#deliver(letter);
    }
    if (this.#queue.length > 0) await this.#bury(this.#queue.splice(0), 0, stopped);
    this.#state = "idle";
    this.#running = undefined;
  }

  #take(): Letter | undefined {
    const letter = this.#queue.shift();
    this.#queuedBytes -= letter?.body.length ?? 0;
    return letter;
  }

  async #deliver(letter: Letter): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#state = "sending";
      const delivery = this.#delivery;
      this.#sending = delivery;
      const outcome = await delivery.attempt(letter);
      this.#sending = undefined;
      if (delivery !== this.#delivery) delivery.close();
      if (outcome.arrived) return this.#arrived();
      this.#missed(outcome);
      const pauseMs = pausesMs[attempt - 1];
      if (pauseMs === undefined || outcome.hopeless) return this.#bury([letter], attempt, outcome.reason);
      this.#state = "waiting";
      // Not every hook of a program that was away at the same moment.
      await this.#parts.pause(pauseMs * (0.75 + Math.random() / 2), this.#stop.signal);
      if (this.#stop.signal.aborted) return this.#bury([letter], attempt, outcome.reason);
    }
  }

  #arrived(): void {
    this.#count("delivered");
    this.#figures = { ...this.#figures, lastDeliveredAt: Date.now() };
    if (this.#failing) this.#parts.log.info({ host: this.state.host }, "a webhook is answered again");
    this.#failing = false;
  }

  /** Said once, however long it lasts. */
  #missed({ reason }: Outcome): void {
    const lastError = { at: Date.now(), reason };
    this.#count("failed");
    this.#figures = { ...this.#figures, lastError };
    if (!this.#failing) this.#parts.log.warn({ host: this.state.host, reason }, "a webhook is not answered");
    this.#failing = true;
  }

  async #bury(letters: readonly Letter[], attempts: number, reason: string): Promise<void> {
    this.#count("dead", letters.length);
    const { host } = this.state;
    this.#parts.log.warn({ host, letters: letters.length, reason }, "events could not be delivered to a webhook");
    await this.#parts.bury(letters.map((letter) => ({ ...letter, hook: this.name, attempts, reason })));
  }

  /** The oldest go when there is no room. */
  #cut(): void {
    while (this.#queue.length > this.#settings.queue || this.#queuedBytes > maxQueuedBytes) {
      this.#take();
      this.#drop();
    }
  }

  #drop(): void {
    this.#count("dropped");
  }

  #count(what: keyof HookTotals, by = 1): void {
    this.#figures = { ...this.#figures, [what]: this.#figures[what] + by };
    this.#parts.totals[what] += by;
  }
}

/** The same for the same address, and tells nothing about it. */
export function hookName(url: string): string {
  return createHash("sha256").update(`sluice hook ${url}`).digest("hex").slice(0, 16);
}
