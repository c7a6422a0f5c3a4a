import type { Access, AccessRequest, Decision, Denial } from "../../core/access.ts";
import type { Events } from "../../core/events.ts";
import type { Hub } from "../../core/hub.ts";
import type { Log } from "../../core/log.ts";
import type { Session, Sessions } from "../../core/sessions.ts";

export type DrainParts = {
  readonly hub: Pick<Hub, "find">;
  readonly sessions: Sessions;
  readonly events: Events;
  readonly log: Log;
};

/** How the server is to be emptied: where clients are sent, what they are told, and how long whoever stays is served. */
export type DrainWish = { readonly address?: string; readonly reason?: string; readonly graceMs: number };

/** How far it is. `asked` understand that they are to go; of those that are left some do, others stay as long as they can. */
export type DrainProgress = {
  readonly state: "none" | "draining" | "drained";
  readonly asked: number;
  readonly askedLeft: number;
  readonly publishersLeft: number;
  readonly viewersLeft: number;
  readonly startedAt?: number;
  readonly endsAt?: number;
  readonly address?: string;
  readonly reason?: string;
};

type Running = DrainWish & {
  readonly startedAt: number;
  readonly endsAt: number;
  readonly asked: number;
  /** Those of them who are still there. */
  readonly askedLeft: Set<string>;
  readonly end: NodeJS.Timeout;
  isOver: boolean;
  isToldOver: boolean;
};

const refused: Denial = {
  allowed: false,
  rule: "server/draining",
  reason: "this server takes nobody any more: connect to another one",
};
const late = "the server was emptied";

/** Empties the server of sessions without a cut for those who can go elsewhere, and lets nobody in meanwhile. */
export class Drain {
  readonly #parts: DrainParts;
  readonly #leave: () => void;
  readonly #waiting = new Set<() => void>();
  #running: Running | undefined;

  constructor(parts: DrainParts) {
    this.#parts = parts;
    this.#leave = parts.events.subscribe((event) => {
      if (event.kind !== "session ended") return;
      this.#running?.askedLeft.delete(event.session);
      this.#noticed();
    });
  }

  get isDraining(): boolean {
    return this.#running !== undefined;
  }

  get progress(): DrainProgress {
    const all = [...this.#parts.sessions.list()];
    const publishersLeft = all.filter(({ role }) => role === "publisher").length;
    const left = { publishersLeft, viewersLeft: all.length - publishersLeft };
    if (!this.#running) return { state: "none", asked: 0, askedLeft: 0, ...left };
    const { startedAt, endsAt, asked, askedLeft, address, reason } = this.#running;
    return {
      state: all.length === 0 ? "drained" : "draining",
      asked,
      askedLeft: askedLeft.size,
      ...left,
      startedAt,
      endsAt,
      ...(address === undefined ? {} : { address }),
      ...(reason === undefined ? {} : { reason }),
    };
  }

  /** Begins, or asks again with another wish. Publishers are asked first: their streams should be there when viewers come. */
  begin(wish: DrainWish): DrainProgress {
    const { sessions, events, log } = this.#parts;
    clearTimeout(this.#running?.end);
    const everyone = [...sessions.list()].sort((a, b) => rank(a) - rank(b));
    const asked = sessions.move(everyone, wish).map(({ id }) => id);
    const startedAt = Date.now();
    const running: Running = {
      ...wish,
      startedAt,
      endsAt: startedAt + wish.graceMs,
      asked: asked.length,
      askedLeft: new Set(asked.filter((id) => sessions.get(id) !== undefined)),
      end: setTimeout(() => this.#end(), wish.graceMs).unref(),
      isOver: false,
      isToldOver: false,
    };
    this.#running = running;
    log.info({ sessions: everyone.length, asked: running.asked, to: wish.address }, "the server is being emptied");
    events.emit({ kind: "drain", state: "begun", sessions: everyone.length });
    this.#noticed();
    return this.progress;
  }

  /** Takes sessions again. Whoever has been asked to go goes all the same. */
  undo(): DrainProgress {
    const { sessions, events, log } = this.#parts;
    if (this.#running) {
      clearTimeout(this.#running.end);
      this.#running = undefined;
      log.info({ sessions: sessions.size }, "the server takes sessions again");
      events.emit({ kind: "drain", state: "undone", sessions: sessions.size });
      this.#settle();
    }
    return this.progress;
  }

  /** When nobody is there any more of those who were asked, or the grace time is over. */
  left(): Promise<void> {
    if (!this.#isWaitedFor()) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.add(resolve));
  }

  /** The authoriser, which says no to newcomers while the server is emptied. Who may not come in anyway learns nothing new. */
  guard(access: Access): Access {
    const { decide, connect } = access;
    const made = (request: AccessRequest, decision: Decision) =>
      (decision.allowed ? this.#refusal(request.action, decision.stream ?? request.stream) : undefined) ?? decision;
    return {
      ...(connect ? { connect: (request) => connect(request) } : {}),
      decide(request) {
        const decision = decide(request);
        return decision instanceof Promise ? decision.then((found) => made(request, found)) : made(request, decision);
      },
    };
  }

  close(): void {
    this.#leave();
    clearTimeout(this.#running?.end);
    this.#settle();
  }

  /** What is still published here is to be had nowhere else, as long as it lasts. */
  #refusal(action: AccessRequest["action"], stream: AccessRequest["stream"]): Denial | undefined {
    if (!this.#running) return undefined;
    const isHere = this.#parts.hub.find(stream)?.state === "live";
    return action === "play" && isHere && !this.#running.isOver ? undefined : refused;
  }

  #end(): void {
    if (!this.#running) return;
    this.#running.isOver = true;
    for (const session of [...this.#parts.sessions.list()]) session.close(late);
    this.#noticed();
  }

  #noticed(): void {
    const running = this.#running;
    if (running && !running.isToldOver && this.#parts.sessions.size === 0) {
      running.isToldOver = true;
      this.#parts.log.info({ seconds: (Date.now() - running.startedAt) / 1000 }, "the server is empty");
      this.#parts.events.emit({ kind: "drain", state: "over", sessions: 0 });
    }
    if (!this.#isWaitedFor()) this.#settle();
  }

  #isWaitedFor(): boolean {
    return this.#running !== undefined && !this.#running.isOver && this.#running.askedLeft.size > 0;
  }

  #settle(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function rank({ role }: Session): number {
  return role === "publisher" ? 0 : 1;
}
