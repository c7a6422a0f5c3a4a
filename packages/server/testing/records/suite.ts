import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { openRecords, type RecordsPlace } from "../../src/storage/records/index.ts";
import { accountTests } from "./accounts.ts";
import { auditTests } from "./audit.ts";
import { barTests } from "./bars.ts";
import { deadLetterTests } from "./dead-letters.ts";
import { type Open, refused } from "./opened.ts";
import { secretTests } from "./secrets.ts";

/** What holds in every database. `place` gives a new one that is removed after the test. */
export function recordsSuite(database: string, place: (t: TestContext) => Promise<RecordsPlace>): void {
  const open: Open = async (t) => {
    const clock = { now: 1_800_000_000_000 };
    const records = await openRecords(await place(t), () => clock.now);
    t.after(() => records.close());
    return { records, clock };
  };
  accountTests(database, open);
  secretTests(database, open);
  barTests(database, open);
  auditTests(database, open);
  deadLetterTests(database, open);

  test(`${database}: what was written is there when the records are opened again`, async (t) => {
    const where = await place(t);
    const first = await openRecords(where);
    const { id } = await first.accounts.create({ name: "ann", passwordHash: "h", role: "owner" });
    await first.close();
    await refused(first.accounts.byId(id), "records/unavailable");
    const second = await openRecords(where);
    t.after(() => second.close());
    assert.equal((await second.accounts.byId(id))?.name, "ann");
  });

  test(`${database}: programs that start at once make the tables once, and all write`, async (t) => {
    const where = await place(t);
    const opened = await Promise.all(Array.from({ length: 4 }, () => openRecords(where)));
    t.after(() => Promise.all(opened.map((each) => each.close())));
    const entries = opened.flatMap((each, index) =>
      Array.from({ length: 10 }, () => each.audit.add({ actor: `${index}`, action: "a", target: "t" })),
    );
    await Promise.all(entries);
    assert.equal((await opened[0]?.audit.page({ limit: 100 }))?.items.length, 40);
  });
}
