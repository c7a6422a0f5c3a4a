import type { Begun } from "../../core/beginning.ts";
import type { Events, ServerEvent } from "../../core/events.ts";
import { Histogram } from "../../core/histogram.ts";
import type { Sessions } from "../../core/sessions.ts";

/** The sessions of one kind: those that there are, and all that they and those before them have carried. */
export type SessionRow = {
  readonly protocol: string;
  readonly role: "publisher" | "viewer";
  readonly app: string;
  open: number;
  opened: number;
  bytes: number;
  /** How often viewers were moved forward, and between qualities. */
  skips: number;
  moves: number;
};

export type SessionFigures = {
  readonly rows: readonly SessionRow[];
  /** How many watch each stream, over whatever protocol. */
  readonly viewers: ReadonlyMap<string, number>;
  /** How many watch each quality, of streams that have several. */
  readonly renditions: ReadonlyMap<string, number>;
};

type Ended = Extract<ServerEvent, { kind: "session ended" }>;
type Refused = Extract<ServerEvent, { kind: "session refused" }>;

/** Up to a second steps are small: that is what people feel. */
const joinBounds = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000];
/** Of more apps than these together no figures of their own are shown. Which have some does not change, because what is counted may not go back. */
const maxApps = 200;
const otherApps = "other";

/** What the sessions have carried that are over, to which those that are open are added when somebody asks. */
export class SessionTally {
  readonly #sessions: Sessions;
  readonly #past = new Map<string, SessionRow>();
  readonly #apps = new Set<string>();
  /** How many were refused. */
  readonly refusals: Map<string, { readonly refused: Refused; count: number }> = new Map();
  /** How long viewers waited from their request to the first byte, by protocol. */
  readonly joins: Map<string, Histogram> = new Map();
  readonly #leave: readonly (() => void)[];

  constructor(sessions: Sessions, events: Events) {
    this.#sessions = sessions;
    this.#leave = [events.subscribe((event) => this.#on(event)), sessions.onBegun((begun) => this.#joined(begun))];
  }

  /** Asks every session once. */
  read(): SessionFigures {
    const rows = new Map(Array.from(this.#past, ([key, row]) => [key, { ...row }]));
    const viewers = new Map<string, number>();
    const renditions = new Map<string, number>();
    for (const { protocol, role, stream, figures } of this.#sessions.list()) {
      const { bytes, skips = 0, moves = 0, rendition } = figures();
      const row = this.#row(rows, protocol, role, stream.app);
      row.open++;
      row.bytes += bytes;
      row.skips += skips;
      row.moves += moves;
      if (role === "viewer") viewers.set(stream.path, (viewers.get(stream.path) ?? 0) + 1);
      if (rendition !== undefined) renditions.set(rendition, (renditions.get(rendition) ?? 0) + 1);
    }
    return { rows: [...rows.values()], viewers, renditions };
  }

  close(): void {
    for (const leave of this.#leave) leave();
  }

  #on(event: ServerEvent): void {
    if (event.kind === "session opened")
      this.#row(this.#past, event.protocol, event.role, appOf(event.stream)).opened++;
    else if (event.kind === "session ended") this.#ended(event);
    else if (event.kind === "session refused") this.#refused(event);
  }

  #ended({ protocol, role, stream, figures }: Ended): void {
    const row = this.#row(this.#past, protocol, role, appOf(stream));
    row.bytes += figures.bytes;
    row.skips += figures.skips ?? 0;
    row.moves += figures.moves ?? 0;
  }

  #refused(refused: Refused): void {
    const key = `${refused.protocol} ${refused.role} ${refused.rule}`;
    const known = this.refusals.get(key);
    if (known) known.count++;
    else this.refusals.set(key, { refused, count: 1 });
  }

  /** Who came before the publisher waited for it, and not for the server. */
  #joined({ protocol, role, requestedAt, startedAt, waited }: Begun): void {
    if (role !== "viewer" || waited) return;
    const histogram = this.joins.get(protocol) ?? new Histogram(joinBounds);
    this.joins.set(protocol, histogram);
    histogram.add(startedAt - requestedAt);
  }

  #row(rows: Map<string, SessionRow>, protocol: string, role: SessionRow["role"], wanted: string): SessionRow {
    const app = this.#label(wanted);
    const key = `${protocol} ${role} ${app}`;
    let row = rows.get(key);
    if (!row) {
      row = { protocol, role, app, open: 0, opened: 0, bytes: 0, skips: 0, moves: 0 };
      rows.set(key, row);
    }
    return row;
  }

  #label(app: string): string {
    if (this.#apps.has(app)) return app;
    if (this.#apps.size >= maxApps) return otherApps;
    this.#apps.add(app);
    return app;
  }
}

function appOf(stream: string): string {
  return stream.slice(0, stream.lastIndexOf("/"));
}
