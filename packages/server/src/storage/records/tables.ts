import type { Generated, Kysely } from "kysely";

export type Role = "owner" | "operator" | "viewer";

/** A row's place in the order of making, which lists are paged by. */
type Numbered = { readonly seq: Generated<number> };

/** The tables and their columns. Times are unix milliseconds. */
export type Tables = {
  accounts: Numbered & {
    id: string;
    name: string;
    passwordHash: string;
    role: Role;
    createdAt: number;
    disabledAt: number | null;
  };
  streamKeys: Numbered & {
    id: string;
    label: string;
    app: string;
    stream: string;
    secretHash: string;
    createdAt: number;
    expiresAt: number | null;
    disabledAt: number | null;
    user: string | null;
    adobeSalt: string | null;
    adobeHash: string | null;
    llnwHash: string | null;
  };
  apiTokens: Numbered & {
    id: string;
    accountId: string;
    label: string;
    secretHash: string;
    scopes: string;
    createdAt: number;
    expiresAt: number | null;
    lastUsedAt: number | null;
  };
  revocations: Numbered & { grant: string; until: number; reason: string };
  bans: Numbered & { id: string; address: string; reason: string; createdAt: number; expiresAt: number | null };
  audit: Numbered & {
    id: string;
    at: number;
    actor: string;
    action: string;
    target: string;
    detail: string | null;
    address: string | null;
  };
  deadLetters: Numbered & {
    id: string;
    at: number;
    hook: string;
    event: string;
    kind: string;
    body: string;
    attempts: number;
    reason: string;
  };
};

/** The database, or a transaction on it. */
export type Database = Kysely<Tables>;

type WithoutNulls<Row> = { readonly [Key in keyof Row as null extends Row[Key] ? never : Key]: Row[Key] } & {
  readonly [Key in keyof Row as null extends Row[Key] ? Key : never]?: NonNullable<Row[Key]>;
};

/** A row as the program sees it: without its number, and without what is not there. */
export function recordOf<Row extends { seq: number }>({ seq: _, ...row }: Row): WithoutNulls<Omit<Row, "seq">> {
  const there = Object.entries(row).filter(([, value]) => value !== null);
  return Object.fromEntries(there) as WithoutNulls<Omit<Row, "seq">>;
}
