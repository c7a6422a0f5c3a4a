import type { AccessRequest, Denial } from "./access.ts";
import type { Session, Sessions } from "./sessions.ts";

/** In bits a second; 0 for any. */
export type BandwidthLimits = {
  readonly publisher: number;
  readonly viewer: number;
  /** For all viewers together. */
  readonly total: number;
  readonly app: (app: string) => number;
  /** None of these is set: only sessions whose right says how much it is for are watched. */
  readonly none: boolean;
};

const everyMs = 1_000;
/** A session is judged over so many seconds: a keyframe, or the first seconds of a player that fills its buffer, are no offence. */
const seconds = 10;

/** Watches what sessions carry: ends those that carry more than they may, and lets no more viewers in where all together do. */
export class Bandwidth {
  readonly #sessions: Sessions;
  readonly #limits: () => BandwidthLimits;
  readonly #timer: NodeJS.Timeout;
  /** The bytes of each session after each of the last seconds. */
  readonly #seen = new Map<string, number[]>();
  #byApp = new Map<string, number>();
  #total = 0;

  constructor(sessions: Sessions, limits: () => BandwidthLimits) {
    this.#sessions = sessions;
    this.#limits = limits;
    this.#timer = setInterval(() => this.measure(), everyMs).unref();
  }

  /** Why no more viewers are let in just now. */
  readonly refusal = ({ action, stream }: AccessRequest): Denial | undefined => {
    if (action !== "play") return undefined;
    const { total, app } = this.#limits();
    const most = app(stream.app);
    if (total > 0 && this.#total >= total) return full("limits/bandwidth", "limits.bandwidth");
    if (most > 0 && (this.#byApp.get(stream.app) ?? 0) >= most)
      return full("limits/app-bandwidth", `apps.${stream.app}.bandwidth`);
    return undefined;
  };

  /** Once a second. */
  measure(): void {
    const limits = this.#limits();
    const byApp = new Map<string, number>();
    let total = 0;
    for (const session of this.#watched(limits)) {
      const bits = this.#bits(session);
      if (session.role === "viewer") {
        total += bits.now;
        byApp.set(session.stream.app, (byApp.get(session.stream.app) ?? 0) + bits.now);
      }
      const most = session.grant.bitrate ?? (session.role === "viewer" ? limits.viewer : limits.publisher);
      if (most > 0 && bits.mean > most) session.close(`more than ${(most / 1e6).toFixed(1)} Mbit/s`);
    }
    this.#byApp = byApp;
    this.#total = total;
    for (const id of this.#seen.keys()) if (!this.#sessions.get(id)) this.#seen.delete(id);
  }

  *#watched({ none }: BandwidthLimits): Generator<Session> {
    for (const session of this.#sessions.list()) if (!none || session.grant.bitrate !== undefined) yield session;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** The last second's bits, and a second's on average over the last ten. What a session carried before it was watched does not count: a limit may be set while it runs. */
  #bits({ id, figures, openedAt }: Session): { now: number; mean: number } {
    const { bytes } = figures();
    const isNew = Date.now() - openedAt.getTime() < seconds * 1_000;
    const seen = this.#seen.get(id) ?? [isNew ? 0 : bytes];
    this.#seen.set(id, seen);
    seen.push(bytes);
    if (seen.length > seconds + 1) seen.shift();
    return { now: 8 * (bytes - (seen.at(-2) ?? 0)), mean: (8 * (bytes - (seen[0] ?? 0))) / seconds };
  }
}

function full(rule: string, setting: string): Denial {
  return { allowed: false, rule, reason: `as much is being watched as may be (${setting}); try again later` };
}
