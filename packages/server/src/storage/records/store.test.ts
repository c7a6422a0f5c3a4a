import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import Sqlite from "better-sqlite3";
import { refused } from "../../../testing/records/opened.ts";
import { audit } from "./audit.ts";
import { dialectOf, embedded } from "./embedded.ts";
import { refuseWhenFull, Store } from "./store.ts";

async function newFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-store-"));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, "records.db");
}

test("a full disk is said, and when there is room again all goes on", async (t) => {
  const file = await newFile(t);
  const database = new Sqlite(file);
  const store = new Store({ ...embedded(file), connect: async () => dialectOf(database) });
  t.after(() => store.close());
  const log = audit(store, Date.now);
  await log.add({ actor: "a", action: "b", target: "c" });
  const used = Number(database.pragma("page_count", { simple: true }));
  database.pragma(`max_page_count = ${used + 1}`);
  const fill = async () => {
    for (let index = 0; index < 100; index++)
      await log.add({ actor: "a", action: "b", target: "x".repeat(768), detail: { text: "x".repeat(4_000) } });
  };
  assert.match(await refused(fill(), "records/unavailable"), /full/);
  assert.equal((await log.page()).items.at(-1)?.target, "c");
  database.pragma("max_page_count = 100000");
  await fill();
});

test("a file that has broken is opened anew by the next call", async (t) => {
  const engine = embedded(await newFile(t));
  let opened = 0;
  const connect = () => {
    opened += 1;
    return engine.connect();
  };
  const store = new Store({ ...engine, connect });
  t.after(() => store.close());
  const log = audit(store, Date.now);
  await log.add({ actor: "a", action: "b", target: "c" });
  const disk = Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_READ" });
  await refused(
    store.run(() => Promise.reject(disk)),
    "records/unavailable",
  );
  assert.equal((await log.page()).items.length, 1);
  assert.equal(opened, 2);
});

test("a change that fails leaves nothing behind, and a mistake of the program is not taken for the database's", async (t) => {
  const store = new Store(embedded(await newFile(t)));
  t.after(() => store.close());
  const row = { id: "x", address: "::1", reason: "", createdAt: 1, expiresAt: null };
  const half = store.change(async (transaction) => {
    await transaction.insertInto("bans").values(row).execute();
    throw new TypeError("a mistake");
  });
  await assert.rejects(half, TypeError);
  const rows = await store.run((database) => database.selectFrom("bans").selectAll().execute());
  assert.deepEqual(rows, []);
});

test("a table takes no more than it may", async (t) => {
  const store = new Store(embedded(await newFile(t)));
  t.after(() => store.close());
  const add = () =>
    store.change(async (transaction) => {
      await refuseWhenFull(transaction, "revocations", 2);
      const grant = `${Math.random()}`;
      await transaction.insertInto("revocations").values({ grant, until: 1, reason: "" }).execute();
    });
  await add();
  await add();
  await refused(add(), "records/full");
});
