import { inPortions, type Page, type PageRequest, pageOf } from "./pages.ts";
import type { Store } from "./store.ts";
import { recordOf } from "./tables.ts";
import { checked, invalid, isId, newId, reason, type TextRule } from "./values.ts";

/** An event that could not be delivered to a hook. */
export type DeadLetter = {
  readonly id: string;
  readonly at: number;
  /** Which hook it was for. */
  readonly hook: string;
  /** The event's id. */
  readonly event: string;
  readonly kind: string;
  /** What was to be sent. */
  readonly body: string;
  readonly attempts: number;
  readonly reason: string;
};

export type NewDeadLetter = Omit<DeadLetter, "id" | "at">;

export type DeadLetters = {
  /** Keeps them; when there are too many, the oldest go. */
  add(letters: readonly NewDeadLetter[]): Promise<void>;
  /** Newest first; `after` is the `next` of the page above. */
  page(request?: PageRequest): Promise<Page<DeadLetter>>;
  get(id: string): Promise<DeadLetter | undefined>;
  remove(id: string): Promise<boolean>;
};

const most = 1_000;
const portion = 200;
const nameRule: TextRule = { most: 64 };
const maxBody = 64 * 1024;

export function deadLetters(store: Store, now: () => number): DeadLetters {
  return {
    add: async (letters) => {
      const rows = letters.slice(-most).map((letter) => rowOf(letter, now()));
      for (let from = 0; from < rows.length; from += portion) {
        const some = rows.slice(from, from + portion);
        await store.run((database) => database.insertInto("deadLetters").values(some).execute());
      }
      if (rows.length > 0) await removeBeyond(store);
    },
    page: (request = {}) =>
      pageOf(
        request,
        Number.MAX_SAFE_INTEGER,
        (from, limit) =>
          store.run((database) =>
            database
              .selectFrom("deadLetters")
              .selectAll()
              .where("seq", "<", from)
              .orderBy("seq", "desc")
              .limit(limit)
              .execute(),
          ),
        recordOf,
      ),
    get: async (id) => {
      if (!isId(id)) return undefined;
      const row = await store.run((database) =>
        database.selectFrom("deadLetters").selectAll().where("id", "=", id).executeTakeFirst(),
      );
      return row && recordOf(row);
    },
    remove: async (id) => {
      if (!isId(id)) return false;
      const { numDeletedRows } = await store.run((database) =>
        database.deleteFrom("deadLetters").where("id", "=", id).executeTakeFirstOrThrow(),
      );
      return numDeletedRows > 0n;
    },
  };
}

function rowOf({ hook, event, kind, body, attempts, reason: why }: NewDeadLetter, at: number): DeadLetter {
  if (body.length > maxBody) throw invalid("the body", `at most ${maxBody} characters`);
  return {
    id: newId(),
    at,
    hook: checked("the hook", hook, nameRule),
    event: checked("the event", event, nameRule),
    kind: checked("the kind", kind, nameRule),
    body,
    attempts,
    reason: checked("the reason", why, reason),
  };
}

function removeBeyond(store: Store): Promise<number> {
  return inPortions(async (limit) => {
    const { numDeletedRows } = await store.run((database) =>
      database
        .deleteFrom("deadLetters")
        .where("seq", "in", (query) =>
          query.selectFrom("deadLetters").select("seq").orderBy("seq", "desc").limit(limit).offset(most),
        )
        .executeTakeFirstOrThrow(),
    );
    return Number(numDeletedRows);
  });
}
