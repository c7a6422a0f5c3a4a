import assert from "node:assert/strict";
import test from "node:test";
import { Bans } from "./bans.ts";

test("an address that is banned is, until the ban ends or is taken back", () => {
  const clock = { now: 1_000 };
  const bans = new Bans([], () => clock.now);
  assert.deepEqual(bans.add({ network: "192.0.2.7", expiresAt: 2_000, reason: "spam" }), {
    network: "192.0.2.7",
    expiresAt: 2_000,
    reason: "spam",
  });
  bans.add({ network: "192.0.2.8" });
  assert.equal(bans.isBanned("192.0.2.7"), true);
  assert.equal(bans.isBanned("::ffff:192.0.2.7"), true);
  assert.equal(bans.isBanned("192.0.2.9"), false);
  clock.now = 2_000;
  assert.equal(bans.isBanned("192.0.2.7"), false);
  assert.equal(bans.isBanned("192.0.2.8"), true);
  assert.deepEqual(
    bans.list().map(({ network }) => network),
    ["192.0.2.8"],
  );
  assert.equal(bans.remove("192.0.2.8"), true);
  assert.equal(bans.remove("192.0.2.8"), false);
  assert.equal(bans.isBanned("192.0.2.8"), false);
});

test("networks of any size are banned, each under one name", () => {
  const bans = new Bans([{ network: "10.1.2.3/8" }, { network: "2001:DB8::1/32" }, { network: "::1" }]);
  assert.deepEqual(
    bans
      .list()
      .map(({ network }) => network)
      .sort(),
    ["10.0.0.0/8", "2001:db8::/32", "::1"],
  );
  for (const address of ["10.255.0.1", "2001:db8:1::1", "::1", "0:0:0:0:0:0:0:1"])
    assert.equal(bans.isBanned(address), true, address);
  for (const address of ["11.0.0.1", "2001:db9::1", "::2", "unknown", ""])
    assert.equal(bans.isBanned(address), false, address);
  assert.equal(bans.remove("10.9.9.9/8"), true);
  assert.equal(bans.isBanned("10.255.0.1"), false);
  assert.equal(bans.remove("nonsense"), false);
});

test("a later ban of the same network takes the place of the first", () => {
  const clock = { now: 1_000 };
  const bans = new Bans([{ network: "192.0.2.7", expiresAt: 2_000 }], () => clock.now);
  bans.add({ network: "192.0.2.7/32", expiresAt: 3_000 });
  clock.now = 2_500;
  assert.equal(bans.isBanned("192.0.2.7"), true);
  assert.equal(bans.list().length, 1);
});

test("what is no network is not taken, nor the 10,001st; what has ended makes room", () => {
  const clock = { now: 1_000 };
  const bans = new Bans([], () => clock.now);
  assert.equal(bans.add({ network: "10.0.0.0/99" }), undefined);
  const nth = (index: number) => `10.0.${index >> 8}.${index & 255}`;
  for (let index = 0; index < 10_000; index++) assert.ok(bans.add({ network: nth(index), expiresAt: 2_000 + index }));
  assert.equal(bans.add({ network: "192.0.2.1" }), undefined);
  assert.ok(bans.add({ network: nth(5), expiresAt: 9_000 }), "one that is there can be changed");
  clock.now = 2_000;
  assert.ok(bans.add({ network: "192.0.2.1" }));
  assert.equal(bans.isBanned("192.0.2.1"), true);
});
