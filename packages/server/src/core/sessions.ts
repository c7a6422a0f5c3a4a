import type { Grant } from "./access.ts";
import { now } from "./clock.ts";
import type { Events } from "./events.ts";
import { Grants } from "./grants.ts";
import type { Log } from "./log.ts";
import type { StreamName } from "./stream-name.ts";

/** What a protocol says of a session that it opens, and how the session is closed from outside. */
export type SessionSource = {
  readonly protocol: string;
  readonly role: "publisher" | "viewer";
  readonly stream: StreamName;
  readonly address: string;
  /** The right that it rests on. It ends with it. */
  readonly grant: Grant;
  /** What the client calls itself. */
  readonly agent?: string | undefined;
  /** What its player calls this playback. */
  readonly player?: string;
  /** The figures now: bytes of media received or sent, how often a viewer was moved forward, which quality it has and how often it was moved between them. */
  figures(): { readonly bytes: number; readonly skips?: number; readonly rendition?: string; readonly moves?: number };
  close(reason: string): void;
};

export type Session = SessionSource & { readonly id: string; readonly openedAt: Date };

const agentLength = 128;

/** Everyone who publishes or watches, over whatever protocol: one line in the log when a session opens, one when it ends. */
export class Sessions {
  readonly grants: Grants;
  readonly #log: Log;
  readonly #events: Events;
  readonly #open = new Map<string, Session>();
  #next = 1;

  constructor(log: Log, events: Events, grants = new Grants()) {
    this.grants = grants;
    this.#log = log;
    this.#events = events;
  }

  get size(): number {
    return this.#open.size;
  }
  list(): IterableIterator<Session> {
    return this.#open.values();
  }
  get(id: string): Session | undefined {
    return this.#open.get(id);
  }

  /** Returns the function that ends the session's record; calling it again does nothing. */
  open(source: SessionSource): (reason: string) => void {
    const id = (this.#next++).toString(36);
    const started = now();
    const { protocol, role, address, player } = source;
    const stream = source.stream.path;
    const agent = source.agent ? printable(source.agent) : undefined;
    this.#open.set(id, { ...source, id, openedAt: new Date() });
    this.#log.info({ session: id, protocol, role, stream, address, agent, player }, `${role} opened`);
    this.#events.emit({ kind: "session opened", session: id, protocol, stream });
    const letGo = this.grants.hold(source.grant, (reason) => source.close(reason));
    return (reason) => {
      if (!this.#open.delete(id)) return;
      letGo();
      const seconds = Math.round(now() - started) / 1000;
      this.#log.info(
        { session: id, protocol, role, stream, address, seconds, ...source.figures(), reason },
        `${role} ended`,
      );
      this.#events.emit({ kind: "session ended", session: id, protocol, stream, reason });
    };
  }
}

/** What strangers call themselves goes into logs and pages: without control characters, and not too long. */
function printable(text: string): string {
  return text.slice(0, agentLength).replaceAll(/[^\x20-\x7e]/g, "?");
}
