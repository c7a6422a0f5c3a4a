import { chmod, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Database as Sqlite } from "better-sqlite3";
import { type Dialect, SqliteDialect } from "kysely";
import { type Engine, type Failure, isMistake } from "./engine.ts";

/** The driver waits with the whole process, so it waits next to nothing; the store tries again. */
const lockWaitMs = 20;

/** The records in a SQLite file of our own, which only its owner may read. */
export function embedded(file: string): Engine {
  return {
    place: file,
    counter: { type: "integer", autoIncrement: true },
    connect: async () => dialectOf(await openFile(file)),
    lock: async () => {}, // a transaction begins with it
    failure,
  };
}

async function openFile(file: string): Promise<Sqlite> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // The files beside it get the rights that it has.
  await (await open(file, "a", 0o600)).close();
  await chmod(file, 0o600);
  const { default: SqliteFile } = await import("better-sqlite3");
  const database = new SqliteFile(file, { timeout: lockWaitMs });
  try {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.pragma("foreign_keys = ON");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Every transaction here writes. One that takes the lock only when it first does so could find that what it read has changed. */
export function dialectOf(database: Sqlite): Dialect {
  const prepare = (sql: string) => database.prepare<unknown[]>(sql === "begin" ? "begin immediate" : sql);
  return new SqliteDialect({ database: { prepare, close: () => void database.close() } });
}

const failures: readonly (readonly [start: string, failure: Failure])[] = [
  ["SQLITE_CONSTRAINT_UNIQUE", "taken"],
  ["SQLITE_CONSTRAINT_FOREIGNKEY", "missing"],
  ["SQLITE_BUSY", "busy"],
  ["SQLITE_LOCKED", "busy"],
  ["SQLITE_IOERR", "broken"],
  ["SQLITE_CORRUPT", "broken"],
  ["SQLITE_NOTADB", "broken"],
  ["SQLITE_CANTOPEN", "broken"],
  ["SQLITE_READONLY", "broken"],
];

function failure(error: Error): Failure | undefined {
  const code = "code" in error ? String(error.code) : "";
  const known = failures.find(([start]) => code.startsWith(start))?.[1];
  if (known !== undefined) return known;
  // Another call has found the file broken and closed it.
  return isMistake(error) && error.message !== "The database connection is not open" ? undefined : "away";
}
