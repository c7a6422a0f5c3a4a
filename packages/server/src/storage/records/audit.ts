import type { Selectable } from "kysely";
import { inPortions, type Page, pageOf } from "./pages.ts";
import type { Store } from "./store.ts";
import { recordOf, type Tables } from "./tables.ts";
import { checked, checkedOrNull, checkedTime, invalid, newId, type TextRule } from "./values.ts";

type Detail = Readonly<Record<string, unknown>>;

/** One change that somebody made. */
export type AuditEntry = {
  readonly id: string;
  readonly at: number;
  /** Who: an account's name, or the part of the program that did it. */
  readonly actor: string;
  readonly action: string;
  /** What it was done to. */
  readonly target: string;
  readonly detail?: Detail;
  /** Where it came from. */
  readonly address?: string;
};

export type NewAuditEntry = Omit<AuditEntry, "id" | "at">;

export type Audit = {
  add(entry: NewAuditEntry): Promise<AuditEntry>;
  /** Newest first; `before` is the `next` of the page above. */
  page(request?: {
    readonly before?: string | undefined;
    readonly limit?: number | undefined;
  }): Promise<Page<AuditEntry>>;
  /** Removes what is older than a time (unix milliseconds), and all but so many of the newest; returns how many. */
  sweep(keep: { readonly since?: number | undefined; readonly rows?: number | undefined }): Promise<number>;
};

const actorRule: TextRule = { most: 128 };
const actionRule: TextRule = { most: 64 };
const targetRule: TextRule = { least: 0, most: 768 };
const addressRule: TextRule = { most: 64 };
const maxDetailBytes = 4 * 1024;
const redacted = "[redacted]";
/** Names of what is a secret, or could be guessed at with it. */
const secretName = /password|passphrase|secret|token|hash|salt|authorization|cookie|signature|(?:^|[^a-z])keys?$/i;
const keyName = /[a-z]Keys?$/;

export function audit(store: Store, now: () => number): Audit {
  return {
    add: async (entry) => {
      const row = {
        id: newId(),
        at: now(),
        actor: checked("the actor", entry.actor, actorRule),
        action: checked("the action", entry.action, actionRule),
        target: checked("the target", entry.target, targetRule),
        detail: detailText(entry.detail),
        address: checkedOrNull("the address", entry.address, addressRule),
      };
      return shown(
        await store.run((database) =>
          database.insertInto("audit").values(row).returningAll().executeTakeFirstOrThrow(),
        ),
      );
    },
    page: ({ before, limit } = {}) =>
      pageOf(
        { after: before, limit },
        Number.MAX_SAFE_INTEGER,
        (from, most) =>
          store.run((database) =>
            database
              .selectFrom("audit")
              .selectAll()
              .where("seq", "<", from)
              .orderBy("seq", "desc")
              .limit(most)
              .execute(),
          ),
        shown,
      ),
    sweep: async ({ since, rows }) => {
      const old = since === undefined ? 0 : await removeBefore(store, checkedTime("the age", since));
      return rows === undefined ? old : old + (await removeBeyond(store, rows));
    },
  };
}

function removeBefore(store: Store, since: number): Promise<number> {
  return inPortions(async (portion) => {
    const { numDeletedRows } = await store.run((database) =>
      database
        .deleteFrom("audit")
        .where("seq", "in", (query) => query.selectFrom("audit").select("seq").where("at", "<", since).limit(portion))
        .executeTakeFirstOrThrow(),
    );
    return Number(numDeletedRows);
  });
}

function removeBeyond(store: Store, rows: number): Promise<number> {
  if (!Number.isSafeInteger(rows) || rows < 0) throw invalid("how many rows to keep", "a whole number");
  return inPortions(async (portion) => {
    const { numDeletedRows } = await store.run((database) =>
      database
        .deleteFrom("audit")
        .where("seq", "in", (query) =>
          query.selectFrom("audit").select("seq").orderBy("seq", "desc").limit(portion).offset(rows),
        )
        .executeTakeFirstOrThrow(),
    );
    return Number(numDeletedRows);
  });
}

/** As JSON, with what has a secret's name blacked out. */
function detailText(detail: Detail | undefined): string | null {
  if (detail === undefined) return null;
  const text = JSON.stringify(detail, (name, value: unknown) =>
    (secretName.test(name) || keyName.test(name)) && value !== null && typeof value !== "boolean" ? redacted : value,
  );
  // JSON can hold a zero or half a character only as an escape, so either database takes the text.
  if (Buffer.byteLength(text) <= maxDetailBytes) return text;
  throw invalid("the detail", `at most ${maxDetailBytes} bytes of JSON`);
}

function shown(row: Selectable<Tables["audit"]>): AuditEntry {
  const { detail, ...entry } = recordOf(row);
  return detail === undefined ? entry : { ...entry, detail: JSON.parse(detail) as Detail };
}
