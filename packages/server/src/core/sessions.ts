import type { Grant } from "./access.ts";
import type { Beginning, Begun } from "./beginning.ts";
import { now } from "./clock.ts";
import type { Events } from "./events.ts";
import { Grants } from "./grants.ts";
import type { Log } from "./log.ts";
import type { StreamName } from "./stream-name.ts";

/** Bytes of media received or sent, how often a viewer was moved forward, which quality it has and how often it was moved between them. */
export type SessionFigures = {
  readonly bytes: number;
  readonly skips?: number;
  readonly rendition?: string;
  readonly moves?: number;
};

/** Where a client is asked to go, in its protocol's own form of an address; nowhere else where there is none. And why. */
export type Reconnection = { readonly address?: string; readonly reason?: string };

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
  /** How it has begun so far; it is told which session that is. */
  readonly beginning?: Beginning;
  /** Asks its client to connect anew; absent where the client would not understand. The same for all sessions of a connection. */
  readonly reconnect?: (request: Reconnection) => void;
  /** The figures now. */
  figures(): SessionFigures;
  close(reason: string): void;
};

export type Session = SessionSource & { readonly id: string; readonly openedAt: Date };

/** Who may not do what, and by which rule. */
export type Refusal = {
  readonly role: "publisher" | "viewer";
  readonly protocol: string;
  readonly address: string;
  readonly rule: string;
  readonly reason?: string;
  readonly stream?: string;
};

const agentLength = 128;

/** Everyone who publishes or watches, over whatever protocol: one line in the log when a session opens, one when it ends. */
export class Sessions {
  readonly grants: Grants;
  readonly #log: Log;
  readonly #events: Events;
  readonly #open = new Map<string, Session>();
  readonly #listeners = new Set<(begun: Begun) => void>();
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
    const { protocol, role, address, player, beginning } = source;
    const stream = source.stream.path;
    const agent = source.agent ? printable(source.agent) : undefined;
    if (beginning) beginning.session = id;
    const session: Session = { ...source, id, openedAt: new Date() };
    this.#open.set(id, session);
    this.#log.info({ session: id, protocol, role, stream, address, agent, player }, `${role} opened`);
    this.#events.emit({ kind: "session opened", session: id, protocol, role, stream });
    const letGo = this.grants.hold(session.grant, (reason) => session.close(reason));
    return (reason) => {
      if (!this.#open.delete(id)) return;
      letGo();
      this.#ended(session, started, reason);
    };
  }

  #ended(session: Session, started: number, reason: string): void {
    const { id, protocol, role, address, stream } = session;
    const seconds = Math.round(now() - started) / 1000;
    const figures = session.figures();
    const ended = { session: id, protocol, role, stream: stream.path };
    this.#log.info({ ...ended, address, seconds, ...figures, reason }, `${role} ended`);
    this.#events.emit({ kind: "session ended", ...ended, figures, reason });
  }

  /** Asks clients to connect anew, each connection once: one line in the log for each session. Returns the sessions whose clients understand. */
  move(asked: Iterable<Session>, request: Reconnection): readonly Session[] {
    const able = [...asked].filter((session) => session.reconnect !== undefined && this.#open.has(session.id));
    for (const reconnect of new Set(able.map((session) => session.reconnect))) reconnect?.(request);
    for (const { id, protocol, role, stream } of able) {
      const fields = { session: id, protocol, role, stream: stream.path };
      this.#log.info({ ...fields, to: request.address, reason: request.reason }, `${role} asked to move`);
      this.#events.emit({ kind: "session asked to move", ...fields, reason: request.reason ?? "" });
    }
    return able;
  }

  /** Somebody may not publish or watch: one line in the log. */
  refused({ role, ...refusal }: Refusal): void {
    const { protocol, rule, stream } = refusal;
    this.#log.warn(refusal, `${role} refused`);
    this.#events.emit({ kind: "session refused", protocol, role, ...(stream === undefined ? {} : { stream }), rule });
  }

  /** Calls back with every session that has begun. Returns the function that ends it. */
  onBegun(listener: (begun: Begun) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The first byte of media goes to a viewer, or has come from a publisher. */
  began({ protocol, role, stream }: Pick<SessionSource, "protocol" | "role" | "stream">, beginning: Beginning): void {
    for (const listener of this.#listeners)
      listener({ ...beginning, protocol, role, stream: stream.path, startedAt: now() });
  }
}

/** What strangers call themselves goes into logs and pages: without control characters, and not too long. */
function printable(text: string): string {
  return text.slice(0, agentLength).replaceAll(/[^\x20-\x7e]/g, "?");
}
