import assert from "node:assert/strict";
import test from "node:test";
import { type Open, refused } from "./opened.ts";

export function auditTests(database: string, open: Open): void {
  test(`${database}: the audit log is read from the newest back, in pages`, async (t) => {
    const { records, clock } = await open(t);
    const { audit } = records;
    const detail = { from: 1, to: [true, null, "é\u0000"] };
    const first = await audit.add({ actor: "ann", action: "account/update", target: "bob", detail, address: "::1" });
    const { id } = first;
    assert.deepEqual(first, {
      id,
      at: clock.now,
      actor: "ann",
      action: "account/update",
      target: "bob",
      detail,
      address: "::1",
    });
    for (const target of ["1", "2", "3", "4"]) await audit.add({ actor: "server", action: "sweep", target });
    const targets = (page: Awaited<ReturnType<typeof audit.page>>) => page.items.map(({ target }) => target);
    const newest = await audit.page({ limit: 2 });
    assert.deepEqual(targets(newest), ["4", "3"]);
    await audit.add({ actor: "server", action: "sweep", target: "5" });
    const next = await audit.page({ limit: 2, before: newest.next });
    assert.deepEqual(targets(next), ["2", "1"]);
    const last = await audit.page({ limit: 2, before: next.next });
    assert.deepEqual(last, { items: [first] });
    await refused(audit.page({ limit: 501 }), "records/invalid");
  });

  test(`${database}: the audit log is swept by age and by number`, async (t) => {
    const { records, clock } = await open(t);
    const { audit } = records;
    for (let index = 0; index < 10; index++) {
      await audit.add({ actor: "a", action: "b", target: `${index}` });
      clock.now += 1_000;
    }
    assert.equal(await audit.sweep({}), 0);
    assert.equal(await audit.sweep({ since: clock.now - 8_000 }), 2);
    assert.equal(await audit.sweep({ rows: 20 }), 0);
    assert.equal(await audit.sweep({ since: clock.now - 7_000, rows: 3 }), 5);
    assert.deepEqual(
      (await audit.page()).items.map(({ target }) => target),
      ["9", "8", "7"],
    );
    assert.equal(await audit.sweep({ rows: 0 }), 3);
    await refused(audit.sweep({ rows: -1 }), "records/invalid");
    await refused(audit.sweep({ since: Number.NaN }), "records/invalid");
  });

  test(`${database}: the audit log holds no secrets and nothing long`, async (t) => {
    const { audit } = (await open(t)).records;
    const detail = { password: "p-secret", nested: [{ streamKey: "k-secret", key: 12345, tokenHash: "t-secret" }] };
    const entry = await audit.add({ actor: "a", action: "b", target: "c", detail: { ...detail, monkey: "kept" } });
    assert.equal(entry.detail?.monkey, "kept");
    assert.doesNotMatch(JSON.stringify(entry), /secret|12345/);
    await refused(
      audit.add({ actor: "a", action: "b", target: "c", detail: { text: "é".repeat(2_048) } }),
      "records/invalid",
    );
    await refused(audit.add({ actor: "", action: "b", target: "c" }), "records/invalid");
    await refused(audit.add({ actor: "a", action: "x".repeat(65), target: "c" }), "records/invalid");
    await refused(audit.add({ actor: "a", action: "b", target: "\u001b[2J" }), "records/invalid");
    await refused(audit.add({ actor: "a", action: "b", target: "c", address: "x".repeat(65) }), "records/invalid");
  });
}
