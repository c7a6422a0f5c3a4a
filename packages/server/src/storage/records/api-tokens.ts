import type { Selectable } from "kysely";
import { type Page, type PageRequest, pageOf } from "./pages.ts";
import { refuseWhenFull, type Store } from "./store.ts";
import { recordOf, type Tables } from "./tables.ts";
import { checked, fits, invalid, isId, label, newId, secretHash, type TextRule, timeOrNull } from "./values.ts";

/** A secret with which a program speaks for an account, for some purposes; only a hash of it is kept. */
export type ApiToken = {
  readonly id: string;
  readonly accountId: string;
  readonly label: string;
  readonly secretHash: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
};

export type NewApiToken = Omit<ApiToken, "id" | "createdAt" | "lastUsedAt">;

export type ApiTokens = {
  create(token: NewApiToken): Promise<ApiToken>;
  list(page?: PageRequest & { readonly accountId?: string | undefined }): Promise<Page<ApiToken>>;
  byHash(secretHash: string): Promise<ApiToken | undefined>;
  /** Notes that it was used, to the minute. */
  touch(id: string): Promise<void>;
  remove(id: string): Promise<boolean>;
};

const most = 10_000;
const maxScopes = 32;
const scopeRule: TextRule = {
  most: 64,
  pattern: /^[a-z0-9:.*_-]+$/,
  form: "1 to 64 lower-case letters, digits and the characters : . * _ -",
};
/** A token that is used all the time would else be written all the time. */
const touchMs = 60_000;

export function apiTokens(store: Store, now: () => number): ApiTokens {
  return {
    create: (token) => create(store, now, token),
    list: async ({ accountId, ...page } = {}) => {
      if (accountId !== undefined && !isId(accountId)) return { items: [] };
      return pageOf(
        page,
        0,
        (from, limit) =>
          store.run((database) => {
            let query = database.selectFrom("apiTokens").selectAll().where("seq", ">", from);
            if (accountId !== undefined) query = query.where("accountId", "=", accountId);
            return query.orderBy("seq").limit(limit).execute();
          }),
        shown,
      );
    },
    byHash: async (hash) => {
      if (!fits(hash, secretHash)) return undefined;
      const row = await store.run((database) =>
        database.selectFrom("apiTokens").selectAll().where("secretHash", "=", hash).executeTakeFirst(),
      );
      return row && shown(row);
    },
    touch: async (id) => {
      const at = now();
      if (!isId(id)) return;
      await store.run((database) =>
        database
          .updateTable("apiTokens")
          .set({ lastUsedAt: at })
          .where("id", "=", id)
          .where((is) => is.or([is("lastUsedAt", "is", null), is("lastUsedAt", "<=", at - touchMs)]))
          .execute(),
      );
    },
    remove: async (id) => {
      if (!isId(id)) return false;
      const { numDeletedRows } = await store.run((database) =>
        database.deleteFrom("apiTokens").where("id", "=", id).executeTakeFirstOrThrow(),
      );
      return numDeletedRows > 0n;
    },
  };
}

async function create(store: Store, now: () => number, token: NewApiToken): Promise<ApiToken> {
  if (token.scopes.length > maxScopes) throw invalid("the list of scopes", `at most ${maxScopes} long`);
  const scopes = token.scopes.map((scope) => checked("a scope", scope, scopeRule));
  const row = {
    id: newId(),
    accountId: checked("the account", token.accountId, { most: 16 }),
    label: checked("a label", token.label, label),
    secretHash: checked("the secret's hash", token.secretHash, secretHash),
    scopes: JSON.stringify(scopes),
    createdAt: now(),
    expiresAt: timeOrNull("the expiry", token.expiresAt),
  };
  return store.change(async (transaction) => {
    await refuseWhenFull(transaction, "apiTokens", most);
    return shown(await transaction.insertInto("apiTokens").values(row).returningAll().executeTakeFirstOrThrow());
  });
}

function shown(row: Selectable<Tables["apiTokens"]>): ApiToken {
  return { ...recordOf(row), scopes: JSON.parse(row.scopes) as string[] };
}
