import type { X509Certificate } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Log } from "../core/log.ts";
import type { KeyAndChain } from "./acme-order.ts";
import type { AcmeStore } from "./acme-store.ts";
import { type Pair, reasonOf } from "./pair.ts";

/** How long is waited for what, in milliseconds. */
export type AcmeTiming = {
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** No name is ordered twice within this time, whatever its certificate says: a wrong clock must not use up what the authority allows. */
  readonly leastIntervalMs: number;
};

export type AcmeOptions = {
  readonly domains: readonly string[];
  readonly store: Pick<AcmeStore, "read" | "write">;
  /** Gets a new certificate for a domain. */
  order(domain: string, signal: AbortSignal): Promise<KeyAndChain>;
  /** What an operator should look at when it fails. */
  readonly hint: string;
  readonly timing?: AcmeTiming;
};

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const usual: AcmeTiming = { firstRetryMs: 5 * minuteMs, longestRetryMs: 6 * hourMs, leastIntervalMs: hourMs };
const renewBeforeMs = 30 * dayMs;
/** A machine may sleep, and its clock may be set: what is due is looked at this often at least. */
const longestPauseMs = hourMs;

type Name = { readonly domain: string; pair: Pair | undefined; failures: number; dueAt: number };

/** Has a certificate for each domain: orders one where there is none, renews it before it ends, and tries again after a failure. One order at a time. */
export class AcmeCertificates {
  readonly #options: AcmeOptions;
  readonly #timing: AcmeTiming;
  readonly #log: Log;
  readonly #names: readonly Name[];
  readonly #ended = new AbortController();
  #running = false;

  constructor(options: AcmeOptions, log: Log) {
    this.#options = options;
    this.#timing = options.timing ?? usual;
    this.#names = options.domains.map((domain) => ({ domain, pair: undefined, failures: 0, dueAt: 0 }));
    this.#log = log;
  }

  /** Reads what is kept; orders nothing yet. */
  async read(): Promise<void> {
    for (const name of this.#names) {
      const { domain } = name;
      name.pair = await this.#options.store.read(domain).catch((error: unknown) => {
        const reason = reasonOf(error);
        this.#log.warn({ domain, reason }, "the kept TLS certificate cannot be used; a new one is ordered");
        return undefined;
      });
      if (name.pair) name.dueAt = renewAt(name.pair.leaf);
    }
  }

  /** Those that are there, in the order of the configuration. */
  pairs(): Pair[] {
    return this.#names.flatMap(({ pair }) => pair ?? []);
  }

  /** Begins to order and to renew; `changed` is called after each new certificate. */
  start(changed: () => void): void {
    if (this.#running) return;
    this.#running = true;
    void this.#run(changed).catch((error: unknown) => {
      if (!this.#ended.signal.aborted)
        this.#log.error({ reason: reasonOf(error) }, "TLS certificates are no longer renewed");
    });
  }

  close(): void {
    this.#ended.abort();
  }

  async #run(changed: () => void): Promise<void> {
    const { signal } = this.#ended;
    for (;;) {
      const next = this.#names.reduce((first, each) => (each.dueAt < first.dueAt ? each : first));
      const left = next.dueAt - Date.now();
      if (left > 0) await wait(Math.min(left, longestPauseMs), undefined, { signal, ref: false });
      else if (await this.#renew(next, signal)) changed();
      signal.throwIfAborted();
    }
  }

  /** True when there is a new certificate. */
  async #renew(name: Name, signal: AbortSignal): Promise<boolean> {
    const { domain } = name;
    const { order, store, hint } = this.#options;
    this.#log.info({ domain }, "a TLS certificate is being ordered");
    try {
      const pair = await store.write(domain, await unlessAborted(order(domain, signal), signal));
      name.pair = pair;
      name.failures = 0;
      name.dueAt = Math.max(renewAt(pair.leaf), Date.now() + this.#timing.leastIntervalMs);
      this.#log.info(
        { domain, validTo: pair.leaf.validTo, renewal: new Date(name.dueAt).toISOString() },
        "a TLS certificate was obtained",
      );
      return true;
    } catch (error) {
      signal.throwIfAborted();
      name.failures += 1;
      name.dueAt = Date.now() + retryDelay(name.failures, this.#timing, Math.random());
      const fields = { domain, reason: reasonOf(error), hint, again: new Date(name.dueAt).toISOString() };
      const { pair } = name;
      if (pair) this.#log.error({ ...fields, validTo: pair.leaf.validTo }, "the TLS certificate could not be renewed");
      else this.#log.error(fields, "a TLS certificate could not be obtained");
      return false;
    }
  }
}

/** When a certificate is renewed: 30 days before its end, or when a third of its time is left, whichever is later. */
export function renewAt({ validFrom, validTo }: Pick<X509Certificate, "validFrom" | "validTo">): number {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return to - Math.min(renewBeforeMs, (to - from) / 3);
}

/** How long to wait after so many failures in a row: twice as long each time, a quarter more or less, so that servers do not come all at once. `random` is between 0 and 1. */
export function retryDelay(failures: number, { firstRetryMs, longestRetryMs }: AcmeTiming, random: number): number {
  return Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs) * (0.75 + random / 2);
}

/** A server that stops does not wait for an authority. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
