import { type SchemaModule, sql } from "kysely";
import type { Engine } from "./engine.ts";
import { RecordsError } from "./records-error.ts";
import type { Database } from "./tables.ts";

type Migration = (schema: SchemaModule, engine: Engine) => Promise<void>;
type Versions = { schemaVersion: { version: number } };

/** What makes each version of the schema out of the one before. One that was released never changes. */
const migrations: readonly Migration[] = [firstTables, deadLetters];

/** Brings the schema to what this program knows, whole or not at all, also when several programs start at once. */
export async function migrate(database: Database, engine: Engine): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await engine.lock(transaction);
    const versions = transaction.withTables<Versions>();
    await versions.schema.createTable("schemaVersion").ifNotExists().addColumn("version", "integer").execute();
    const row = await versions.selectFrom("schemaVersion").select("version").executeTakeFirst();
    const from = row?.version ?? 0;
    if (from > migrations.length)
      throw new RecordsError(
        "records/newer",
        `the records (${engine.place}) are of version ${from} and this program knows ${migrations.length}: run the newer program, or go back to a backup`,
      );
    if (from === migrations.length) return;
    for (const each of migrations.slice(from)) await each(transaction.schema, engine);
    if (row) await versions.updateTable("schemaVersion").set({ version: migrations.length }).execute();
    else await versions.insertInto("schemaVersion").values({ version: migrations.length }).execute();
  });
}

async function firstTables(schema: SchemaModule, engine: Engine): Promise<void> {
  const table = (name: string) =>
    schema
      .createTable(name)
      .addColumn("seq", engine.counter.type, (column) =>
        engine.counter.autoIncrement ? column.primaryKey().autoIncrement() : column.primaryKey(),
      );
  const withId = (name: string) => table(name).addColumn("id", "text", (column) => column.notNull().unique());
  await withId("accounts")
    .addColumn("name", "text", (column) => column.notNull().unique())
    .addColumn("passwordHash", "text", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull().check(sql`role in ('owner', 'operator', 'viewer')`))
    .addColumn("createdAt", "bigint", (column) => column.notNull())
    .addColumn("disabledAt", "bigint")
    .execute();
  await withId("streamKeys")
    .addColumn("label", "text", (column) => column.notNull())
    .addColumn("app", "text", (column) => column.notNull())
    .addColumn("stream", "text", (column) => column.notNull())
    .addColumn("secretHash", "text", (column) => column.notNull().unique())
    .addColumn("createdAt", "bigint", (column) => column.notNull())
    .addColumn("expiresAt", "bigint")
    .addColumn("disabledAt", "bigint")
    .addColumn("user", "text", (column) => column.unique())
    .addColumn("adobeSalt", "text")
    .addColumn("adobeHash", "text")
    .addColumn("llnwHash", "text")
    .execute();
  await withId("apiTokens")
    .addColumn("accountId", "text", (column) => column.notNull().references("accounts.id").onDelete("cascade"))
    .addColumn("label", "text", (column) => column.notNull())
    .addColumn("secretHash", "text", (column) => column.notNull().unique())
    .addColumn("scopes", "text", (column) => column.notNull())
    .addColumn("createdAt", "bigint", (column) => column.notNull())
    .addColumn("expiresAt", "bigint")
    .addColumn("lastUsedAt", "bigint")
    .execute();
  await table("revocations")
    .addColumn("grant", "text", (column) => column.notNull().unique())
    .addColumn("until", "bigint", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .execute();
  await withId("bans")
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("createdAt", "bigint", (column) => column.notNull())
    .addColumn("expiresAt", "bigint")
    .execute();
  await withId("audit")
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("target", "text", (column) => column.notNull())
    .addColumn("detail", "text")
    .addColumn("address", "text")
    .execute();
  await schema.createIndex("streamKeysByStream").on("streamKeys").columns(["app", "stream"]).execute();
  await schema.createIndex("apiTokensByAccount").on("apiTokens").column("accountId").execute();
  await schema.createIndex("revocationsByUntil").on("revocations").column("until").execute();
  await schema.createIndex("bansByExpiry").on("bans").column("expiresAt").execute();
  await schema.createIndex("auditByTime").on("audit").column("at").execute();
}

async function deadLetters(schema: SchemaModule, engine: Engine): Promise<void> {
  await schema
    .createTable("deadLetters")
    .addColumn("seq", engine.counter.type, (column) =>
      engine.counter.autoIncrement ? column.primaryKey().autoIncrement() : column.primaryKey(),
    )
    .addColumn("id", "text", (column) => column.notNull().unique())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("hook", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .addColumn("attempts", "integer", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .execute();
}
