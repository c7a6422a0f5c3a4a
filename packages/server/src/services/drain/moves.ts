import type { Reconnection, Session, Sessions } from "../../core/sessions.ts";

const late = "asked to connect anew, and still there when the time was over";

/** Clients that have been asked to connect anew: they are served until they leave, but not for ever. */
export class Moves {
  readonly #sessions: Sessions;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /** Asks those who would understand; returns them. Whoever of them is there after `graceMs` is let go. */
  ask(sessions: Iterable<Session>, request: Reconnection, graceMs: number): readonly Session[] {
    const asked = this.#sessions.move(sessions, request);
    if (asked.length === 0) return asked;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      for (const { id } of asked) this.#sessions.get(id)?.close(late);
    }, graceMs).unref();
    this.#timers.add(timer);
    return asked;
  }

  /** Nobody is let go any more. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
