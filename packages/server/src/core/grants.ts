import { createHash } from "node:crypto";
import type { Denial, Grant } from "./access.ts";
import { nameOf } from "./secret.ts";

/** Timers are not set for longer: the platform's fire at once beyond 2³¹ milliseconds. */
const longestTimerMs = 24 * 60 * 60 * 1000;
const maxRevoked = 100_000;
const sweepMs = 60_000;

/** Names a secret without telling it: 72 bits of its hash, as text for paths and lists. */
export function fingerprint(kind: string, secret: string): string {
  return nameOf(createHash("sha256").update(`${kind} ${secret}`).digest().subarray(0, 9));
}

type Held = { readonly grant: Grant; readonly close: (reason: string) => void };

/** The rights that sessions rest on: a session ends with its right, whatever the protocol. */
export class Grants {
  readonly #held = new Map<string, Set<Held>>();
  /** Until when, in milliseconds since 1970. */
  readonly #revoked = new Map<string, number>();
  readonly #sweeper = setInterval(() => this.#sweep(), sweepMs).unref();

  /** Why a right is none (any more), before a session rests on it. */
  refusal({ id, expiresAt, sessions }: Grant): Denial | undefined {
    if (expiresAt !== undefined && expiresAt <= Date.now()) return ended;
    if (id === undefined) return undefined;
    if (this.isRevoked(id)) return revoked;
    return sessions !== undefined && this.count(id) >= sessions ? tooMany(sessions) : undefined;
  }

  /** How many sessions rest on it. */
  count(id: string): number {
    return this.#held.get(id)?.size ?? 0;
  }

  isRevoked(id: string): boolean {
    return (this.#revoked.get(id) ?? 0) > Date.now();
  }

  /** Calls `close` once when the right ends; at the next turn where it is none already. Returns the function that lets go of it. */
  hold(grant: Grant, close: (reason: string) => void): () => void {
    const refused = this.refusal(grant);
    if (refused) {
      const soon = setImmediate(() => close(refused.reason));
      return () => clearImmediate(soon);
    }
    const { id, expiresAt } = grant;
    if (id === undefined && expiresAt === undefined) return nothing; // most viewers, where everybody may watch
    const held = { grant, close };
    const leave = id === undefined ? () => {} : this.#add(id, held);
    const stopClock = expiresAt === undefined ? () => {} : at(expiresAt, () => close(ended.reason));
    return () => {
      leave();
      stopClock();
    };
  }

  /** Ends what rests on the right, and keeps it from being used until `until` (milliseconds since 1970). Returns how many sessions that were. */
  revoke(id: string, until: number): number {
    if (this.#revoked.size >= maxRevoked) this.#sweep();
    if (this.#revoked.size >= maxRevoked) {
      const [oldest] = this.#revoked.keys();
      if (oldest !== undefined) this.#revoked.delete(oldest);
    }
    this.#revoked.set(id, until);
    return this.endNow(id);
  }

  /** Ends what rests on the right; whoever has it may use it again. Returns how many sessions that were. */
  endNow(id: string): number {
    const held = [...(this.#held.get(id) ?? [])];
    for (const each of held) each.close(revoked.reason);
    return held.length;
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  #add(id: string, held: Held): () => void {
    const all = this.#held.get(id) ?? new Set();
    this.#held.set(id, all.add(held));
    return () => {
      all.delete(held);
      if (all.size === 0 && this.#held.get(id) === all) this.#held.delete(id);
    };
  }

  #sweep(): void {
    const now = Date.now();
    for (const [id, until] of this.#revoked) if (until <= now) this.#revoked.delete(id);
  }
}

const nothing = () => {};
const ended: Denial = { allowed: false, rule: "access/ended", reason: "the right to do this has ended" };
const revoked: Denial = { allowed: false, rule: "access/revoked", reason: "the right to do this was revoked" };

function tooMany(sessions: number): Denial {
  const reason = `this token is in use by ${sessions} already, which is as many as may`;
  return { allowed: false, rule: "access/sessions", reason };
}

/** Calls back at a time of day, however far away. Returns the function that gives up. */
function at(time: number, then: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = time - Date.now();
    timer = left > longestTimerMs ? setTimeout(wait, longestTimerMs) : setTimeout(then, Math.max(0, left));
    timer.unref();
  };
  wait();
  return () => clearTimeout(timer);
}
