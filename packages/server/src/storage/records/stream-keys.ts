import { type Page, type PageRequest, pageOf } from "./pages.ts";
import { refuseWhenFull, type Store } from "./store.ts";
import { recordOf } from "./tables.ts";
import { checked, checkedOrNull, fits, isId, label, newId, secretHash, type TextRule, timeOrNull } from "./values.ts";

/** A secret that may publish one stream, or those that a pattern fits; only hashes of it are kept. */
export type StreamKey = {
  readonly id: string;
  readonly label: string;
  readonly app: string;
  /** A stream's name, or a pattern with `*`. */
  readonly stream: string;
  readonly secretHash: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly disabledAt?: number;
  /** For encoders that know only user and password; no other key has the same. */
  readonly user?: string;
  readonly adobeSalt?: string;
  readonly adobeHash?: string;
  readonly llnwHash?: string;
};

export type NewStreamKey = Omit<StreamKey, "id" | "createdAt" | "disabledAt">;

/** What changes; null takes away. A new secret changes all hashes of it. */
export type StreamKeyChange = {
  readonly label?: string | undefined;
  readonly secretHash?: string | undefined;
  readonly expiresAt?: number | null | undefined;
  readonly disabled?: boolean | undefined;
  readonly user?: string | null | undefined;
  readonly adobeSalt?: string | null | undefined;
  readonly adobeHash?: string | null | undefined;
  readonly llnwHash?: string | null | undefined;
};

export type StreamKeyFilter = { readonly app?: string | undefined; readonly stream?: string | undefined };

export type StreamKeys = {
  create(key: NewStreamKey): Promise<StreamKey>;
  /** Those of an app or of a stream as it was written down: patterns are not matched. */
  list(page?: PageRequest & StreamKeyFilter): Promise<Page<StreamKey>>;
  byHash(secretHash: string): Promise<StreamKey | undefined>;
  byUser(user: string): Promise<StreamKey | undefined>;
  /** The key as it is then; undefined when there is none. */
  update(id: string, change: StreamKeyChange): Promise<StreamKey | undefined>;
  remove(id: string): Promise<boolean>;
};

const most = 100_000;
/** As long as stream-name.ts lets them be. */
const appRule: TextRule = {
  most: 515,
  pattern: /^[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+){0,3}$/,
  form: "the name of an app",
};
const streamRule: TextRule = {
  most: 128,
  pattern: /^[A-Za-z0-9._~*-]+$/,
  form: "a stream's name, or a pattern with * for any characters",
};
const userRule: TextRule = { most: 64 };
const hashRule: TextRule = { most: 128 };

export function streamKeys(store: Store, now: () => number): StreamKeys {
  return {
    create: (key) => create(store, now, key),
    list: async ({ app, stream, ...page } = {}) => {
      if (!(fits(app ?? "a", appRule) && fits(stream ?? "*", streamRule))) return { items: [] };
      return pageOf(
        page,
        0,
        (from, limit) =>
          store.run((database) => {
            let query = database.selectFrom("streamKeys").selectAll().where("seq", ">", from);
            if (app !== undefined) query = query.where("app", "=", app);
            if (stream !== undefined) query = query.where("stream", "=", stream);
            return query.orderBy("seq").limit(limit).execute();
          }),
        recordOf,
      );
    },
    byHash: async (hash) => (fits(hash, secretHash) ? find(store, "secretHash", hash) : undefined),
    byUser: async (user) => (fits(user, userRule) ? find(store, "user", user) : undefined),
    update: async (id, change) => (isId(id) ? update(store, now, id, change) : undefined),
    remove: async (id) => {
      if (!isId(id)) return false;
      const { numDeletedRows } = await store.run((database) =>
        database.deleteFrom("streamKeys").where("id", "=", id).executeTakeFirstOrThrow(),
      );
      return numDeletedRows > 0n;
    },
  };
}

async function create(store: Store, now: () => number, key: NewStreamKey): Promise<StreamKey> {
  const row = {
    id: newId(),
    label: checked("a label", key.label, label),
    app: checked("the app", key.app, appRule),
    stream: checked("the stream", key.stream, streamRule),
    secretHash: checked("the secret's hash", key.secretHash, secretHash),
    createdAt: now(),
    expiresAt: timeOrNull("the expiry", key.expiresAt),
    user: checkedOrNull("the user", key.user, userRule),
    adobeSalt: checkedOrNull("the salt", key.adobeSalt, hashRule),
    adobeHash: checkedOrNull("the hash", key.adobeHash, hashRule),
    llnwHash: checkedOrNull("the hash", key.llnwHash, hashRule),
  };
  return store.change(async (transaction) => {
    await refuseWhenFull(transaction, "streamKeys", most);
    return recordOf(await transaction.insertInto("streamKeys").values(row).returningAll().executeTakeFirstOrThrow());
  });
}

async function update(
  store: Store,
  now: () => number,
  id: string,
  change: StreamKeyChange,
): Promise<StreamKey | undefined> {
  const { disabled } = change;
  const left = <T>(value: T | undefined, check: (value: T) => T) => (value === undefined ? undefined : check(value));
  const columns = {
    label: left(change.label, (text) => checked("a label", text, label)),
    secretHash: left(change.secretHash, (text) => checked("the secret's hash", text, secretHash)),
    expiresAt: left(change.expiresAt, (time) => timeOrNull("the expiry", time)),
    user: left(change.user, (text) => checkedOrNull("the user", text, userRule)),
    adobeSalt: left(change.adobeSalt, (text) => checkedOrNull("the salt", text, hashRule)),
    adobeHash: left(change.adobeHash, (text) => checkedOrNull("the hash", text, hashRule)),
    llnwHash: left(change.llnwHash, (text) => checkedOrNull("the hash", text, hashRule)),
  };
  return store.change(async (transaction) => {
    const one = transaction.selectFrom("streamKeys").selectAll().where("id", "=", id);
    const before = await one.executeTakeFirst();
    if (!before) return undefined;
    const disabledAt = (disabled ?? before.disabledAt !== null) ? (before.disabledAt ?? now()) : null;
    await transaction
      .updateTable("streamKeys")
      .set({ ...columns, disabledAt })
      .where("id", "=", id)
      .execute();
    return recordOf(await one.executeTakeFirstOrThrow());
  });
}

async function find(store: Store, column: "secretHash" | "user", value: string): Promise<StreamKey | undefined> {
  const row = await store.run((database) =>
    database.selectFrom("streamKeys").selectAll().where(column, "=", value).executeTakeFirst(),
  );
  return row && recordOf(row);
}
