import { type Page, type PageRequest, pageOf } from "./pages.ts";
import { RecordsError } from "./records-error.ts";
import { refuseWhenFull, type Store } from "./store.ts";
import { type Database, type Role, recordOf } from "./tables.ts";
import { checked, fits, invalid, isId, newId, type TextRule } from "./values.ts";

/** Who may use the console and the API. */
export type Account = {
  readonly id: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly disabledAt?: number;
};

export type NewAccount = Pick<Account, "name" | "passwordHash" | "role">;

export type AccountChange = {
  readonly passwordHash?: string | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
};

/** The accounts. One enabled owner is always left, once there was one. */
export type Accounts = {
  create(account: NewAccount): Promise<Account>;
  list(page?: PageRequest): Promise<Page<Account>>;
  byName(name: string): Promise<Account | undefined>;
  byId(id: string): Promise<Account | undefined>;
  /** The account as it is then; undefined when there is none. */
  update(id: string, change: AccountChange): Promise<Account | undefined>;
  /** Its API tokens go with it. False when there is none. */
  remove(id: string): Promise<boolean>;
};

const most = 1_000;
const nameRule: TextRule = {
  most: 64,
  pattern: /^[a-z0-9._-]+$/,
  form: "1 to 64 lower-case letters, digits, dots, underscores and hyphens",
};
const hashRule: TextRule = { most: 512 };
const roles: readonly Role[] = ["owner", "operator", "viewer"];

export function accounts(store: Store, now: () => number): Accounts {
  return {
    create: async ({ name, passwordHash, role }) => {
      const row = {
        id: newId(),
        name: checked("an account's name", name, nameRule),
        passwordHash: checked("a password's hash", passwordHash, hashRule),
        role: checkedRole(role),
        createdAt: now(),
      };
      return store.change(async (transaction) => {
        await refuseWhenFull(transaction, "accounts", most);
        return recordOf(await transaction.insertInto("accounts").values(row).returningAll().executeTakeFirstOrThrow());
      });
    },
    list: (page = {}) =>
      pageOf(
        page,
        0,
        (from, limit) =>
          store.run((database) =>
            database.selectFrom("accounts").selectAll().where("seq", ">", from).orderBy("seq").limit(limit).execute(),
          ),
        recordOf,
      ),
    byName: async (name) => (fits(name, nameRule) ? store.run((database) => find(database, "name", name)) : undefined),
    byId: async (id) => (isId(id) ? store.run((database) => find(database, "id", id)) : undefined),
    update: async (id, change) => (isId(id) ? update(store, now, id, change) : undefined),
    remove: async (id) => isId(id) && remove(store, id),
  };
}

function update(store: Store, now: () => number, id: string, change: AccountChange): Promise<Account | undefined> {
  const { disabled } = change;
  const passwordHash =
    change.passwordHash === undefined ? undefined : checked("a password's hash", change.passwordHash, hashRule);
  const newRole = change.role === undefined ? undefined : checkedRole(change.role);
  return store.change(async (transaction) => {
    const before = await find(transaction, "id", id);
    if (!before) return undefined;
    const role = newRole ?? before.role;
    const disabledAt = (disabled ?? before.disabledAt !== undefined) ? (before.disabledAt ?? now()) : null;
    if (role !== "owner" || disabledAt !== null) await refuseIfLast(transaction, before);
    const row = await transaction
      .updateTable("accounts")
      .set({ role, disabledAt, passwordHash: passwordHash ?? before.passwordHash })
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return recordOf(row);
  });
}

function remove(store: Store, id: string): Promise<boolean> {
  return store.change(async (transaction) => {
    const account = await find(transaction, "id", id);
    if (!account) return false;
    await refuseIfLast(transaction, account);
    await transaction.deleteFrom("accounts").where("id", "=", id).execute();
    return true;
  });
}

async function refuseIfLast(transaction: Database, { id, role, disabledAt }: Account): Promise<void> {
  if (role !== "owner" || disabledAt !== undefined) return;
  const other = await transaction
    .selectFrom("accounts")
    .select("id")
    .where("role", "=", "owner")
    .where("disabledAt", "is", null)
    .where("id", "!=", id)
    .limit(1)
    .executeTakeFirst();
  if (!other)
    throw new RecordsError(
      "records/last-owner",
      "this is the last owner who may log in: make another one first, then this one may go",
    );
}

async function find(database: Database, column: "id" | "name", value: string): Promise<Account | undefined> {
  const row = await database.selectFrom("accounts").selectAll().where(column, "=", value).executeTakeFirst();
  return row && recordOf(row);
}

function checkedRole(role: Role): Role {
  if (roles.includes(role)) return role;
  throw invalid("a role", `one of ${roles.join(", ")}`);
}
