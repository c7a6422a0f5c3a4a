import assert from "node:assert/strict";
import test from "node:test";
import type { Account } from "../../src/storage/records/index.ts";
import { type Open, refused } from "./opened.ts";

export function accountTests(database: string, open: Open): void {
  test(`${database}: an account is found by name and id, changes, and goes`, async (t) => {
    const { records, clock } = await open(t);
    const { accounts } = records;
    await accounts.create({ name: "owner", passwordHash: "h", role: "owner" });
    const ann = await accounts.create({ name: "ann.b-c_1", passwordHash: "hash", role: "viewer" });
    const { id } = ann;
    assert.match(id, /^[\w-]{16}$/);
    const made: Account = { id, name: "ann.b-c_1", passwordHash: "hash", role: "viewer", createdAt: clock.now };
    assert.deepEqual(ann, made);
    assert.deepEqual(await accounts.byName("ann.b-c_1"), made);
    assert.deepEqual(await accounts.byId(id), made);
    assert.deepEqual(await accounts.update(id, {}), made);

    clock.now += 1_000;
    const disabled = { ...made, role: "operator", passwordHash: "other", disabledAt: clock.now };
    assert.deepEqual(await accounts.update(id, { role: "operator", passwordHash: "other", disabled: true }), disabled);
    clock.now += 1_000;
    assert.deepEqual(await accounts.update(id, { disabled: true }), disabled, "disabled since the first time");
    assert.equal((await accounts.update(id, { disabled: false }))?.disabledAt, undefined);

    assert.equal(await accounts.remove(id), true);
    assert.equal(await accounts.remove(id), false);
    assert.equal(await accounts.update(id, { disabled: true }), undefined);
    assert.equal(await accounts.byId(id), undefined);
    assert.equal(await accounts.byName("ann.b-c_1"), undefined);
  });

  test(`${database}: the last owner who may log in stays one`, async (t) => {
    const { accounts } = (await open(t)).records;
    const { id: first } = await accounts.create({ name: "first", passwordHash: "h", role: "owner" });
    const { id: second } = await accounts.create({ name: "second", passwordHash: "h", role: "owner" });
    await accounts.create({ name: "other", passwordHash: "h", role: "operator" });
    await accounts.update(second, { disabled: true });
    await refused(accounts.update(first, { disabled: true }), "records/last-owner");
    await refused(accounts.update(first, { role: "operator" }), "records/last-owner");
    await refused(accounts.remove(first), "records/last-owner");
    assert.equal((await accounts.update(first, { passwordHash: "new" }))?.passwordHash, "new");
    assert.equal(await accounts.remove(second), true, "a disabled owner is none");
    const { id: third } = await accounts.create({ name: "third", passwordHash: "h", role: "owner" });
    assert.equal((await accounts.update(first, { role: "viewer" }))?.role, "viewer");
    await refused(accounts.remove(third), "records/last-owner");
  });

  test(`${database}: of many owners who go at once one stays`, async (t) => {
    const { accounts } = (await open(t)).records;
    const names = Array.from({ length: 8 }, (_, index) => `owner${index}`);
    const made = await Promise.all(names.map((name) => accounts.create({ name, passwordHash: "h", role: "owner" })));
    const ends = await Promise.allSettled(
      made.map(({ id }, index) =>
        index % 2 === 0 ? accounts.remove(id) : accounts.update(id, { disabled: true, role: "viewer" }),
      ),
    );
    assert.equal(ends.filter(({ status }) => status === "rejected").length, 1);
    const { items } = await accounts.list();
    assert.equal(items.filter(({ role, disabledAt }) => role === "owner" && disabledAt === undefined).length, 1);
  });

  test(`${database}: a name is one account's, and what it may be is said`, async (t) => {
    const { accounts } = (await open(t)).records;
    await accounts.create({ name: "ann", passwordHash: "h", role: "owner" });
    await refused(accounts.create({ name: "ann", passwordHash: "h", role: "viewer" }), "records/taken");
    for (const name of ["", "Ann", "a b", "a\u0000", "é", "x".repeat(65)]) {
      await refused(accounts.create({ name, passwordHash: "h", role: "viewer" }), "records/invalid");
      assert.equal(await accounts.byName(name), undefined);
    }
    const long = await refused(
      accounts.create({ name: "b", passwordHash: "s3cret".repeat(99), role: "viewer" }),
      "records/invalid",
    );
    assert.ok(!long.includes("s3cret"));
    await refused(accounts.create({ name: "b", passwordHash: "h", role: "admin" as "owner" }), "records/invalid");
    assert.equal(await accounts.byId("\u0000' or 1=1"), undefined);
    assert.equal((await accounts.list()).items.length, 1);
  });

  test(`${database}: a list comes in pages, in the order of making, also while it changes`, async (t) => {
    const { accounts } = (await open(t)).records;
    const names = ["e", "d", "c", "b", "a"];
    for (const name of names) await accounts.create({ name, passwordHash: "h", role: "owner" });
    const first = await accounts.list({ limit: 2 });
    assert.deepEqual(
      first.items.map(({ name }) => name),
      ["e", "d"],
    );
    await accounts.remove(first.items[1]?.id ?? "");
    const second = await accounts.list({ limit: 2, after: first.next });
    assert.deepEqual(
      second.items.map(({ name }) => name),
      ["c", "b"],
    );
    const last = await accounts.list({ limit: 2, after: second.next });
    assert.deepEqual([last.items.map(({ name }) => name), last.next], [["a"], undefined]);
    for (const limit of [0, -1, 1.5, 501, Number.NaN]) await refused(accounts.list({ limit }), "records/invalid");
    for (const after of ["", "x", "-1", "1; drop", "9".repeat(16)])
      await refused(accounts.list({ after }), "records/invalid");
  });
}
