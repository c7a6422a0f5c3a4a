import { randomUUID } from "node:crypto";
import type { Log } from "../../core/log.ts";
import { otlpBody } from "./otlp.ts";
import type { Span } from "./spans.ts";

export type ExportSettings = {
  /** Where to; empty for nowhere. */
  readonly endpoint: string;
  /** NAME=VALUE. */
  readonly headers: readonly string[];
};

export type ExportTimes = { readonly collectMs: number; readonly retryMs: number; readonly limitMs: number };

const defaultTimes: ExportTimes = { collectMs: 1_000, retryMs: 5_000, limitMs: 10_000 };
const longestRetryMs = 5 * 60_000;
const maxQueued = 4_096;
const maxSent = 1_024;

/**
 * Sends spans away, some at once, behind everybody's back: never more than one request at a time, and what does not fit into the queue is left out. While the other side does not
 * take any the log says so once, nothing is queued, and it is tried again later and later.
 */
export class Exporter {
  readonly #settings: () => ExportSettings;
  readonly #log: Log;
  readonly #times: ExportTimes;
  readonly #instance = randomUUID();
  #queue: Span[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #failures = 0;
  /** Nothing is tried there before that; of `Date.now()`. */
  #paused = { endpoint: "", until: 0 };
  #isClosed = false;

  constructor(settings: () => ExportSettings, log: Log, times = defaultTimes) {
    this.#settings = settings;
    this.#log = log;
    this.#times = times;
  }

  /** Whether it is worth while to make spans now. */
  get takes(): boolean {
    const { endpoint } = this.#settings();
    if (this.#isClosed || endpoint === "" || this.#queue.length >= maxQueued) return false;
    return endpoint !== this.#paused.endpoint || Date.now() >= this.#paused.until;
  }

  add(spans: readonly Span[]): void {
    if (!this.takes) return;
    this.#queue.push(...spans);
    this.#schedule();
  }

  /** Sends what there is, if the other side takes it now. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#sending;
    if (this.#queue.length > 0 && this.#failures === 0) await this.#send(Math.min(1_000, this.#times.limitMs));
  }

  #schedule(): void {
    if (this.#timer || this.#sending || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#send(this.#times.limitMs).finally(() => {
        this.#sending = undefined;
        if (this.#queue.length > 0) this.#schedule();
      });
    }, this.#times.collectMs).unref();
  }

  async #send(limitMs: number): Promise<void> {
    const { endpoint, headers } = this.#settings();
    const spans = this.#queue.splice(0, maxSent);
    if (endpoint === "") return;
    try {
      const response = await fetch(endpoint, {
        method: "POST",
        headers: { ...headersFrom(headers), "content-type": "application/json" },
        body: otlpBody(spans, this.#instance),
        redirect: "error",
        signal: AbortSignal.timeout(limitMs),
      });
      await response.body?.cancel();
      if (response.ok) this.#succeeded();
      else this.#failed(endpoint, `it answered ${response.status}`);
    } catch (error) {
      this.#failed(endpoint, reasonOf(error));
    }
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#log.info({}, "traces are taken again");
    this.#failures = 0;
  }

  #failed(endpoint: string, reason: string): void {
    this.#queue = [];
    const waitMs = Math.min(this.#times.retryMs * 2 ** this.#failures, longestRetryMs);
    this.#paused = { endpoint, until: Date.now() + waitMs };
    if (this.#failures++ > 0) return;
    this.#log.warn({ reason }, "traces cannot be sent (tracing.endpoint); sessions are not traced until they can");
  }
}

function headersFrom(pairs: readonly string[]): Record<string, string> {
  const cut = (pair: string) => pair.indexOf("=");
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, cut(pair)).toLowerCase(), pair.slice(cut(pair) + 1)]));
}

/** What `fetch` says first is always the same. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: { code?: unknown; message?: unknown } };
  return String(cause?.code ?? cause?.message ?? message ?? error);
}
