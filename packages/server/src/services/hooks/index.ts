import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { eventName } from "../../core/event-catalogue.ts";
import type { Events, ServerEvent } from "../../core/events.ts";
import type { Log } from "../../core/log.ts";
import { nameOf } from "../../core/secret.ts";
import type { ApiRoute } from "../../http/api.ts";
import type { Records } from "../../storage/records/index.ts";
import type { DeliveryOptions, Letter } from "./delivery.ts";
import { Hook, type HookSettings, type HookTotals, hookName, type Undelivered } from "./hook.ts";
import { hookRoutes } from "./routes.ts";

export type HooksParts = {
  readonly events: Events;
  readonly records: Pick<Records, "deadLetters">;
  readonly log: Log;
  readonly settings: () => readonly HookSettings[];
  /** How it waits between attempts. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly options?: DeliveryOptions;
};

/** All hooks together: what has become of events, and how many wait. */
export type HookFigures = Readonly<HookTotals> & { readonly queued: number };

export type Hooks = {
  readonly routes: readonly ApiRoute[];
  figures(): HookFigures;
  /** The settings have changed: hooks whose address stays keep what waits. */
  changed(): void;
  /** Delivers what can be delivered in a moment, and keeps the rest with the dead letters. */
  close(): Promise<void>;
};

const lastMomentMs = 2_000;
const maxReason = 400;

/** Tells programs elsewhere over HTTP what happens here. */
export function openHooks({ events, records, log, settings, pause = wait, options }: HooksParts): Hooks {
  const bury = async (letters: readonly Undelivered[]) => {
    const kept = letters.map(({ id, reason, ...letter }) => ({ ...letter, event: id, reason: oneLine(reason) }));
    await records.deadLetters.add(kept).catch((error: unknown) => {
      log.error({ letters: kept.length, reason: String(error) }, "events that could not be delivered are lost");
    });
  };
  const totals = { delivered: 0, failed: 0, dead: 0, dropped: 0 };
  const parts = { log, totals, bury, pause, ...(options ? { options } : {}) };
  const leaving = new Set<Promise<void>>();
  let hooks: readonly Hook[] = [];

  const changed = () => {
    const before = new Map(hooks.map((hook) => [hook.name, hook]));
    hooks = settings().map((each) => {
      const name = hookName(each.url);
      const hook = before.get(name) ?? new Hook(each, parts);
      before.delete(name); // of two for one address each has a queue of its own
      hook.change(each);
      return hook;
    });
    for (const hook of before.values()) {
      const left = hook.close(0).finally(() => leaving.delete(left));
      leaving.add(left);
    }
  };
  const leave = events.subscribe((event) => {
    const kind = eventName(event.kind);
    const takers = hooks.filter((hook) => hook.takes(kind, appOf(event)));
    if (takers.length === 0) return;
    const letter = letterOf(event);
    for (const hook of takers) hook.put(letter);
  });
  changed();
  return {
    routes: hookRoutes({ hooks: () => hooks, letters: records.deadLetters, test: () => letterOf({ kind: "test" }) }),
    figures: () => ({ ...totals, queued: hooks.reduce((sum, { state }) => sum + state.queued, 0) }),
    changed,
    close: async () => {
      leave();
      await Promise.all([...leaving, ...hooks.map((hook) => hook.close(lastMomentMs))]);
    },
  };
}

function letterOf(event: ServerEvent | { readonly kind: "test" }): Letter {
  const id = nameOf(randomBytes(12));
  return { id, kind: eventName(event.kind), body: JSON.stringify({ id, at: Date.now(), ...event }) };
}

function appOf(event: ServerEvent): string | undefined {
  return "stream" in event ? event.stream?.slice(0, event.stream.lastIndexOf("/")) : undefined;
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal, ref: false }).catch(() => {}); // it only waits for less long
}

/** As the records keep it. */
function oneLine(text: string): string {
  return text.slice(0, maxReason).replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, " ");
}
