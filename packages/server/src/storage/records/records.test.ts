import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import Sqlite from "better-sqlite3";
import { refused } from "../../../testing/records/opened.ts";
import { recordsSuite } from "../../../testing/records/suite.ts";
import { openRecords } from "./index.ts";

async function newFile(t: TestContext): Promise<{ file: string; folder: string }> {
  const root = await mkdtemp(join(tmpdir(), "sluice-records-"));
  t.after(() => rm(root, { recursive: true }));
  const folder = join(root, ".sluice");
  return { folder, file: join(folder, "records.db") };
}

recordsSuite("SQLite", newFile);

test("only the owner may read the file, and those beside it", async (t) => {
  const { file, folder } = await newFile(t);
  const before = await openRecords({ file });
  await before.close();
  await chmod(file, 0o644);
  const records = await openRecords({ file });
  t.after(() => records.close());
  await records.audit.add({ actor: "a", action: "b", target: "c" });
  const names = await readdir(folder);
  assert.deepEqual(names.sort(), ["records.db", "records.db-shm", "records.db-wal"]);
  for (const name of names) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
});

test("records of a newer program are left alone", async (t) => {
  const { file } = await newFile(t);
  await (await openRecords({ file })).close();
  const database = new Sqlite(file);
  database.exec("update schema_version set version = 99");
  database.close();
  await refused(openRecords({ file }), "records/newer");
});

test("while another program holds the file a call waits, then is refused; afterwards it works again", async (t) => {
  const { file } = await newFile(t);
  const records = await openRecords({ file });
  t.after(() => records.close());
  const other = new Sqlite(file);
  t.after(() => void other.close());
  const add = () => records.audit.add({ actor: "a", action: "b", target: "c" });

  other.exec("begin immediate");
  const waiting = add();
  setTimeout(() => other.exec("commit"), 200);
  await waiting;

  other.exec("begin immediate");
  await refused(add(), "records/unavailable");
  other.exec("commit");
  await add();
  assert.equal((await records.audit.page()).items.length, 2);
});

test("records that cannot be opened say where, and can be when the way is clear", async (t) => {
  const { file, folder } = await newFile(t);
  await writeFile(folder, "in the way");
  const said = await refused(openRecords({ file }), "records/unavailable");
  assert.ok(said.includes(file));
  await rm(folder);
  await (await openRecords({ file })).close();

  await writeFile(file, "no database ".repeat(1_000));
  await refused(openRecords({ file }), "records/unavailable");
});

test("an address that is none is refused without repeating it", async () => {
  for (const address of [
    "mysql://u:hunter2@h/d",
    "postgres://u:hunter2%@h/d",
    "postgres://u:hunter2@h:x/d",
    "hunter2",
  ]) {
    const said = await refused(openRecords({ postgres: address }), "records/address");
    assert.ok(!said.includes("hunter2"));
  }
});

test("a database that does not answer is named without its password", async () => {
  const said = await refused(openRecords({ postgres: "postgres://u:hunter2@127.0.0.1:1/d" }), "records/unavailable");
  assert.ok(said.includes("127.0.0.1:1/d"));
  assert.ok(!said.includes("hunter2"));
});
