import type { ServerResponse } from "node:http";
import { eventName } from "../../core/event-catalogue.ts";
import type { Events, ServerEvent } from "../../core/events.ts";
import { HttpError } from "../../http/http-error.ts";
import { dated } from "./event-shape.ts";

/** So many events are kept for who was away for a moment. */
const keptEvents = 1_000;
const maxListeners = 200;
/** Who takes no more than that is let go, and comes again. */
const maxWaitingBytes = 256 * 1024;
const heartbeatMs = 15_000;
/** Whoever listens shows anew who he is after that: a browser does so by itself. */
const longestMs = 15 * 60_000;

type Kept = { readonly number: number; readonly event: ReturnType<typeof dated> };

/** What happens in the server, told to whoever listens, as server-sent events. */
export class Feed {
  readonly #kept: Kept[] = [];
  readonly #listeners = new Set<(event: Kept) => void>();
  readonly #leave: () => void;
  readonly #endings = new Set<() => void>();
  #number = 0;

  constructor(events: Events) {
    this.#leave = events.subscribe((event) => this.#tell(event));
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  close(): void {
    this.#leave();
    for (const end of [...this.#endings]) end();
  }

  /** Answers with what happens from now on, and with what happened after the event `since`. `kinds`: only these. */
  answer(response: ServerResponse, { since, kinds }: { since?: number; kinds?: ReadonlySet<string> } = {}): void {
    if (this.#listeners.size >= maxListeners)
      throw new HttpError(429, "api/listeners", "as many listen to events as can: end some, or ask for the lists");
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    const write = ({ number, event }: Kept) => {
      if (kinds && !kinds.has(event.kind)) return;
      response.write(`id: ${number}\nevent: ${eventName(event.kind)}\ndata: ${JSON.stringify(event)}\n\n`);
      if (response.writableLength > maxWaitingBytes) response.destroy();
    };
    const beat = setInterval(() => response.write(": \n\n"), heartbeatMs).unref();
    const end = () => void response.end();
    const longest = setTimeout(end, longestMs).unref();
    response.once("close", () => {
      clearInterval(beat);
      clearTimeout(longest);
      this.#listeners.delete(write);
      this.#endings.delete(end);
    });
    response.write(`retry: 2000\n: ${this.#number}\n\n`);
    for (const event of since === undefined ? [] : this.#kept) if (event.number > (since ?? 0)) write(event);
    this.#listeners.add(write);
    this.#endings.add(end);
  }

  #tell(event: ServerEvent): void {
    const kept = { number: ++this.#number, event: dated(event) };
    this.#kept.push(kept);
    if (this.#kept.length > keptEvents) this.#kept.shift();
    for (const write of this.#listeners) write(kept);
  }
}
