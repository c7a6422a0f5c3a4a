import { PostgresDialect, type PostgresPool, type PostgresPoolClient, type PostgresQueryResult, sql } from "kysely";
import type { Pool, PoolClient } from "pg";
import { type Engine, type Failure, isMistake } from "./engine.ts";
import { RecordsError } from "./records-error.ts";

const connections = 8;
const connectMs = 5_000;
const statementMs = 10_000;
/** Longer than the server's own limit, so it ends only what a server that has vanished would never end. */
const answerMs = 15_000;
const int8 = 20;
/** "sluice" in bytes: the lock among this program's writers. */
const writersLock = 0x736c_7569_6365;

/** The records in a PostgreSQL database. The driver is loaded when it is used. */
export function postgres(address: string): Engine {
  const url = parse(address);
  return {
    place: placeOf(url),
    counter: { type: "bigserial", autoIncrement: false },
    connect: async () => new PostgresDialect({ pool: poolOf(await openPool(address)) }),
    lock: async (transaction) => void (await sql`select pg_advisory_xact_lock(${writersLock})`.execute(transaction)),
    failure,
  };
}

/** The cause is left out: it would repeat the address, and the password with it. */
function parse(address: string): URL {
  const url = /^postgres(?:ql)?:\/\//.test(address) && URL.canParse(address) ? new URL(address) : undefined;
  if (url && [url.username, url.password, url.pathname].every(isEscapedWell)) return url;
  throw new RecordsError(
    "records/address",
    "storage.postgres is no address such as postgres://user:password@host/database; characters like @, / and % in the password are written %40, %2F and %25",
  );
}

function isEscapedWell(text: string): boolean {
  return !/%(?![0-9a-f]{2})/i.test(text);
}

function placeOf({ host, pathname, searchParams }: URL): string {
  return `postgres://${host || (searchParams.get("host") ?? "")}${pathname}`;
}

async function openPool(connectionString: string): Promise<Pool> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    connectionString,
    max: connections,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: answerMs,
    keepAlive: true,
    application_name: "sluice",
    // The one place where what SQLite gives as a number and PostgreSQL as text becomes the same.
    types: { getTypeParser: (type, format) => (type === int8 ? Number : pg.types.getTypeParser(type, format)) },
  });
  // A connection that is lost between two queries, in the pool or out of it, would end the process; the next query says so itself.
  pool.on("error", () => {});
  pool.on("connect", (client) => void client.on("error", () => {}));
  return pool;
}

function poolOf(pool: Pool): PostgresPool {
  return { options: pool.options, end: () => pool.end(), connect: async () => clientOf(await pool.connect()) };
}

/** The pool would lend a connection again whose last query had no answer in time. */
function clientOf(client: PoolClient): PostgresPoolClient {
  let silent = false;
  const query = async <Row>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<Row>> => {
    try {
      const result: unknown = await client.query(text, [...values]);
      return result as PostgresQueryResult<Row>;
    } catch (error) {
      silent ||= error instanceof Error && error.message === "Query read timeout";
      throw error;
    }
  };
  const release = (destroy = false) => client.release(destroy || silent);
  return { query: query as PostgresPoolClient["query"], release };
}

/** SQLSTATE classes, PostgreSQL 15 appendix A. */
const failures: Readonly<Record<string, Failure>> = {
  "23505": "taken",
  "23503": "missing",
  "40001": "busy",
  "40P01": "busy",
  "55P03": "busy",
};

function failure(error: Error): Failure | undefined {
  const known = failures["code" in error ? String(error.code) : ""];
  return known ?? (isMistake(error) ? undefined : "away");
}
