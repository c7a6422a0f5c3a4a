import type { Presentation } from "./presentation.ts";
import type { Rendition } from "./rendition.ts";

/** `late`: it took too long. */
export type Outcome = "ready" | "late";

/** What a request waits for. */
export type Awaited = {
  /** Those who wait for the same under one name are answered together: whether it is there is asked of the first. Without one it is asked of each. */
  readonly name?: string;
  /** It is something of this one; without it, of any. */
  readonly rendition: Rendition | undefined;
  readonly isReady: () => boolean;
  /** How long it is waited for. */
  readonly seconds: number;
};

type Waiter<Who> = { readonly until: number; readonly who: Who };
/** `tell`: all of them at once. */
type Group<Who> = {
  readonly key: string | Awaited;
  readonly awaited: Awaited;
  readonly tell: Tell<Who>;
  waiters: Set<Waiter<Who>>;
};
type Tell<Who> = (who: readonly Who[], outcome: Outcome) => void;

const maxWaiting = 20_000;
const sweepMs = 500;

/** Requests that wait for what a presentation has not got yet, and are answered at the moment when it has. */
export class Waiting<Who> {
  /** By what they wait for: a name, or what nobody else waits for. */
  readonly #groups = new Map<Presentation, Map<string | Awaited, Group<Who>>>();
  readonly #leave = new Map<Presentation, () => void>();
  readonly #sweeper: NodeJS.Timeout;
  #count = 0;

  constructor() {
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  /** How many wait. */
  get size(): number {
    return this.#count;
  }

  /**
   * Tells `who` once: when it is there or nothing more will come, or when it is late. Those who wait under one name are told together, by the first one's `tell`. Returns the function that gives
   * up, which is false where that is too late; undefined when too many wait.
   */
  wait(presentation: Presentation, awaited: Awaited, who: Who, tell: Tell<Who>): (() => boolean) | undefined {
    if (this.#count >= maxWaiting) return undefined;
    const group = this.#group(presentation, awaited, tell);
    const waiter = { until: performance.now() + awaited.seconds * 1000, who };
    group.waiters.add(waiter);
    this.#count++;
    return () => this.#remove(presentation, group, waiter);
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const leave of this.#leave.values()) leave();
  }

  #group(presentation: Presentation, awaited: Awaited, tell: Tell<Who>): Group<Who> {
    let groups = this.#groups.get(presentation);
    if (!groups) {
      groups = new Map();
      this.#groups.set(presentation, groups);
      this.#leave.set(
        presentation,
        presentation.onGrown((rendition) => this.#wake(presentation, rendition)),
      );
    }
    const named = awaited.name === undefined ? undefined : groups.get(awaited.name);
    // A rendition that has come in the place of another has its name.
    if (named && named.awaited.rendition === awaited.rendition) return named;
    const group = { key: named ? awaited : (awaited.name ?? awaited), awaited, tell, waiters: new Set<Waiter<Who>>() };
    groups.set(group.key, group);
    return group;
  }

  #wake(presentation: Presentation, rendition: Rendition | undefined): void {
    for (const group of this.#groups.get(presentation)?.values() ?? []) {
      const { awaited, waiters } = group;
      const isOver = rendition === undefined;
      if (!isOver && awaited.rendition !== undefined && awaited.rendition !== rendition) continue;
      if (!isOver && !awaited.isReady()) continue;
      group.waiters = new Set();
      this.#count -= waiters.size;
      this.#forget(presentation, group);
      group.tell(
        Array.from(waiters, ({ who }) => who),
        "ready",
      );
    }
  }

  #remove(presentation: Presentation, group: Group<Who>, waiter: Waiter<Who>): boolean {
    if (!group.waiters.delete(waiter)) return false;
    this.#count--;
    if (group.waiters.size === 0) this.#forget(presentation, group);
    return true;
  }

  /** Nobody waits for this any more. */
  #forget(presentation: Presentation, { key }: Group<Who>): void {
    const groups = this.#groups.get(presentation);
    groups?.delete(key);
    if (groups?.size !== 0) return;
    this.#groups.delete(presentation);
    this.#leave.get(presentation)?.();
    this.#leave.delete(presentation);
  }

  #sweep(): void {
    const at = performance.now();
    for (const [presentation, groups] of this.#groups) {
      for (const group of groups.values()) {
        for (const waiter of group.waiters) {
          if (waiter.until > at) continue;
          this.#remove(presentation, group, waiter);
          group.tell([waiter.who], "late");
        }
      }
    }
  }
}
