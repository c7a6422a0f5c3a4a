import assert from "node:assert/strict";
import test from "node:test";
import { openRecords } from "../packages/server/src/storage/records/index.ts";
import { refused } from "../packages/server/testing/records/opened.ts";
import { recordsSuite } from "../packages/server/testing/records/suite.ts";
import { until } from "./peers.ts";
import { type Postgres, postgresPrograms, startPostgres } from "./postgres.ts";

const entry = { actor: "a", action: "b", target: "c" };

if (postgresPrograms === undefined) test("PostgreSQL", { skip: "postgresql not installed" });
else {
  const server = await startPostgres(postgresPrograms);
  test.after(() => server.remove());
  recordsSuite("PostgreSQL", async () => ({ postgres: server.database() }));
  ownTests(server);
}

/** What only a database in a process of its own can do. */
function ownTests(server: Postgres): void {
  test("records of a newer program are left alone in PostgreSQL", async () => {
    const postgres = server.database();
    await (await openRecords({ postgres })).close();
    server.query(postgres, "update schema_version set version = 99");
    await refused(openRecords({ postgres }), "records/newer");
  });

  test("a connection that is cut, also in the middle of a change, costs no more than that call", async (t) => {
    const postgres = server.database();
    const records = await openRecords({ postgres });
    t.after(() => records.close());
    await records.audit.add(entry);
    const ours = "from pg_stat_activity where datname = current_database() and application_name = 'sluice'";
    const waiting = `${ours} and wait_event_type = 'Lock'`;
    server.query(postgres, `select pg_terminate_backend(pid) ${ours}`);
    const works = () => records.audit.add(entry).then(Boolean, () => false);
    await until(works, "a new connection is made");

    server.hold(postgres, "lock table revocations");
    const locks = "select count(*) from pg_locks where relation = 'revocations'::regclass and granted";
    await until(() => server.query(postgres, locks) === "1", "another program holds the table");
    const adding = refused(records.revocations.add({ grant: "g", until: 1, reason: "" }), "records/unavailable");
    await until(() => server.query(postgres, `select count(*) ${waiting}`) === "1", "the change waits for it");
    server.query(postgres, `select pg_terminate_backend(pid) ${waiting}`);
    await adding;
    server.query(postgres, "select pg_terminate_backend(pid) from pg_locks where relation = 'revocations'::regclass");
    await records.revocations.add({ grant: "g", until: 1, reason: "" });
    assert.ok(await works());
  });

  test("while PostgreSQL is down calls are refused, and work again when it is back", async (t) => {
    const records = await openRecords({ postgres: server.database() });
    t.after(() => records.close());
    await records.audit.add(entry);
    await server.stop();
    for (let times = 0; times < 3; times++) await refused(records.audit.add(entry), "records/unavailable");
    await refused(records.bans.add({ address: "::1", reason: "" }), "records/unavailable");
    await server.start();
    await records.audit.add(entry);
    await records.bans.add({ address: "::1", reason: "" });
    assert.equal((await records.audit.page()).items.length, 2);
  });
}
