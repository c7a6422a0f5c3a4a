import { type Accounts, accounts } from "./accounts.ts";
import { type ApiTokens, apiTokens } from "./api-tokens.ts";
import { type Audit, audit } from "./audit.ts";
import { type Bans, bans } from "./bans.ts";
import { type DeadLetters, deadLetters } from "./dead-letters.ts";
import { embedded } from "./embedded.ts";
import { postgres } from "./postgres.ts";
import { type Revocations, revocations } from "./revocations.ts";
import { Store } from "./store.ts";
import { type StreamKeys, streamKeys } from "./stream-keys.ts";

export type { Account } from "./accounts.ts";
export type { DeadLetter } from "./dead-letters.ts";
export { RecordsError } from "./records-error.ts";

/** A file of our own, or a PostgreSQL database by its address. */
export type RecordsPlace = { readonly file: string } | { readonly postgres: string };

/**
 * What is remembered over restarts. Times are unix milliseconds. What cannot be done is a `RecordsError`; while the database is away every call
 * fails with `records/unavailable`, and works again when it is back.
 */
export type Records = {
  readonly accounts: Accounts;
  readonly streamKeys: StreamKeys;
  readonly apiTokens: ApiTokens;
  readonly revocations: Revocations;
  readonly bans: Bans;
  readonly audit: Audit;
  readonly deadLetters: DeadLetters;
  close(): Promise<void>;
};

/** Opens the records, and makes or renews their tables. */
export async function openRecords(place: RecordsPlace, now: () => number = Date.now): Promise<Records> {
  const store = new Store("file" in place ? embedded(place.file) : postgres(place.postgres));
  await store.run(async () => {});
  return {
    accounts: accounts(store, now),
    streamKeys: streamKeys(store, now),
    apiTokens: apiTokens(store, now),
    revocations: revocations(store, now),
    bans: bans(store, now),
    audit: audit(store, now),
    deadLetters: deadLetters(store, now),
    close: () => store.close(),
  };
}
