import assert from "node:assert/strict";
import test from "node:test";
import { type Open, refused } from "./opened.ts";

/** Revocations and bans. */
export function barTests(database: string, open: Open): void {
  test(`${database}: a revocation is in force until its end`, async (t) => {
    const { records, clock } = await open(t);
    const { revocations } = records;
    const end = clock.now + 100;
    await revocations.add({ grant: "jwt:1", until: end, reason: "lost" });
    await revocations.add({ grant: "jwt:2", until: end + 100, reason: "" });
    await revocations.add({ grant: "jwt:1", until: end - 50, reason: "shorter" });
    assert.deepEqual(await revocations.inForce(), [
      { grant: "jwt:1", until: end, reason: "lost" },
      { grant: "jwt:2", until: end + 100, reason: "" },
    ]);
    assert.deepEqual([await revocations.has("jwt:1"), await revocations.has("jwt:3")], [true, false]);
    clock.now = end;
    assert.equal(await revocations.has("jwt:1"), false);
    assert.deepEqual(
      (await revocations.inForce()).map(({ grant }) => grant),
      ["jwt:2"],
    );
    assert.deepEqual([await revocations.sweep(), await revocations.sweep()], [1, 0]);
    await revocations.add({ grant: "jwt:2", until: end + 500, reason: "longer" });
    clock.now = end + 499;
    assert.equal(await revocations.has("jwt:2"), true);
    assert.equal(await revocations.has("\u0000"), false);
    await refused(revocations.add({ grant: "", until: 1, reason: "" }), "records/invalid");
    await refused(revocations.add({ grant: "x".repeat(257), until: 1, reason: "" }), "records/invalid");
    await refused(revocations.add({ grant: "g", until: Number.POSITIVE_INFINITY, reason: "" }), "records/invalid");
    await refused(revocations.add({ grant: "g", until: 1, reason: "x".repeat(513) }), "records/invalid");
  });

  test(`${database}: all revocations come, however many, and go`, async (t) => {
    const { records, clock } = await open(t);
    const { revocations } = records;
    const until = clock.now + 1;
    for (let index = 0; index < 600; index++) await revocations.add({ grant: `${index}`, until, reason: "" });
    assert.equal(new Set((await revocations.inForce()).map(({ grant }) => grant)).size, 600);
    clock.now = until;
    assert.equal(await revocations.sweep(), 600);
  });

  test(`${database}: a ban is in force until its expiry, or until it is removed`, async (t) => {
    const { records, clock } = await open(t);
    const { bans } = records;
    const forGood = await bans.add({ address: "2001:db8::/32", reason: "spam" });
    const short = await bans.add({ address: "192.0.2.7", reason: "", expiresAt: clock.now + 10 });
    assert.deepEqual(forGood, { id: forGood.id, address: "2001:db8::/32", reason: "spam", createdAt: clock.now });
    assert.deepEqual(await bans.inForce(), [forGood, short]);
    clock.now += 10;
    assert.deepEqual(await bans.inForce(), [forGood]);
    assert.deepEqual([await bans.sweep(), await bans.sweep()], [1, 0]);
    assert.deepEqual([await bans.remove(forGood.id), await bans.remove(forGood.id)], [true, false]);
    assert.deepEqual(await bans.inForce(), []);
    for (const address of [
      "",
      "x",
      "1.2.3",
      "1.2.3.4/33",
      "1.2.3.4/",
      "1.2.3.4/8/8",
      "::1/129",
      "fe80::1%eth0",
      "1.2.3.4/-1",
    ])
      await refused(bans.add({ address, reason: "" }), "records/invalid");
  });
}
