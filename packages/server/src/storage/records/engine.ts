import type { Dialect, QueryExecutorProvider } from "kysely";

/** What an error means: `busy` passes by itself, `broken` wants a new connection, `away` is over when the database is back. */
export type Failure = "taken" | "missing" | "busy" | "broken" | "away";

/** What differs between the databases; schema and queries are the same. */
export type Engine = {
  /** Where the database is, for people: without its password. */
  readonly place: string;
  /** The type of a column that counts by itself, and whether that has to be said. */
  readonly counter: { readonly type: "integer" | "bigserial"; readonly autoIncrement: boolean };
  connect(): Promise<Dialect>;
  /** Keeps other writers out until the transaction ends, so that what was read in it still holds when it writes. */
  lock(transaction: QueryExecutorProvider): Promise<void>;
  /** What an error of the driver means; undefined for one of the program. */
  failure(error: Error): Failure | undefined;
};

/** Errors of these kinds are mistakes in a program, and no database's. */
export function isMistake(error: Error): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
}
