import { setTimeout as sleep } from "node:timers/promises";
import { CamelCasePlugin, Kysely, sql } from "kysely";
import type { Engine, Failure } from "./engine.ts";
import { migrate } from "./migrations.ts";
import { RecordsError } from "./records-error.ts";
import type { Database, Tables } from "./tables.ts";

const busyTries = 40;
const busyPauseMs = 50;

/** The one way to the database: it opens it, tries again what another writer held up, and says in one kind of error what went wrong. */
export class Store {
  readonly #engine: Engine;
  #database: Promise<Database> | undefined;
  #closed = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Does what is one statement, or only reads. */
  async run<T>(work: (database: Database) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work(await this.#open());
      } catch (error) {
        const failure = await this.#failureOf(error);
        if (failure !== "busy" || tries === busyTries) throw this.#said(error, failure);
        await sleep(busyPauseMs);
      }
    }
  }

  /** Does several things as one, while nobody else writes. */
  change<T>(work: (transaction: Database) => Promise<T>): Promise<T> {
    return this.run((database) =>
      database.transaction().execute(async (transaction) => {
        await this.#engine.lock(transaction);
        return work(transaction);
      }),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#forget();
  }

  #open(): Promise<Database> {
    if (this.#closed) return Promise.reject(new RecordsError("records/unavailable", "the records are closed"));
    this.#database ??= this.#connect().catch((error: unknown) => {
      this.#database = undefined; // the next call tries anew
      throw error;
    });
    return this.#database;
  }

  async #connect(): Promise<Database> {
    const dialect = await this.#engine.connect();
    const database = new Kysely<Tables>({ dialect, plugins: [new CamelCasePlugin()] });
    try {
      await migrate(database, this.#engine);
      return database;
    } catch (error) {
      await database.destroy();
      throw error;
    }
  }

  async #failureOf(error: unknown): Promise<Failure | undefined> {
    if (!(error instanceof Error) || error instanceof RecordsError) return undefined;
    const failure = this.#engine.failure(error);
    if (failure === "broken") await this.#forget();
    return failure;
  }

  async #forget(): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    await database?.then((each) => each.destroy()).catch(() => {}); // what could not be opened need not be closed
  }

  #said(error: unknown, failure: Failure | undefined): unknown {
    switch (failure) {
      case undefined:
        return error;
      case "taken":
        return new RecordsError("records/taken", "there is one with that name, user or secret already", error);
      case "missing":
        return new RecordsError("records/missing", "what it belongs to is not there (any more)", error);
      case "busy":
      case "broken":
      case "away":
        return new RecordsError(
          "records/unavailable",
          `the records cannot be used (${this.#engine.place}): ${sentence(error)}`,
          error,
        );
    }
  }
}

/** A table does not grow without end, whoever asks. */
export async function refuseWhenFull(transaction: Database, table: keyof Tables, most: number): Promise<void> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(transaction);
  if ((rows[0]?.count ?? 0) >= most)
    throw new RecordsError("records/full", `there are ${most} already, as many as there may be: remove some first`);
}

/** A host with several addresses fails with several errors and no message of its own. */
function sentence(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return sentence(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
