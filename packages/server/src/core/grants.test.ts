import assert from "node:assert/strict";
import test from "node:test";
import { until } from "../../testing/host.ts";
import { fingerprint, Grants } from "./grants.ts";

test("a fingerprint is short, the same for the same secret, and tells neither kind nor secret", () => {
  const id = fingerprint("key", "hunter2-hunter2");
  assert.match(id, /^[\w-]{12}$/);
  assert.equal(fingerprint("key", "hunter2-hunter2"), id);
  assert.notEqual(fingerprint("jwt", "hunter2-hunter2"), id);
});

test("a right that ends ends what rests on it; what was let go of is not called", async (t) => {
  const grants = new Grants();
  t.after(() => grants.close());
  const closed: string[] = [];
  grants.hold({ allowed: true, expiresAt: Date.now() + 30 }, (reason) => closed.push(reason));
  grants.hold({ allowed: true, expiresAt: Date.now() + 30 }, () => closed.push("let go"))();
  await until(() => closed.length > 0, "the session has ended");
  assert.deepEqual(closed, ["the right to do this has ended"]);
  assert.equal(grants.refusal({ allowed: true, expiresAt: Date.now() - 1 })?.rule, "access/ended");
});

test("a right that ends in a year does not end at once", async (t) => {
  const grants = new Grants();
  t.after(() => grants.close());
  const closed: string[] = [];
  grants.hold({ allowed: true, expiresAt: Date.now() + 365 * 86_400_000 }, (reason) => closed.push(reason));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(closed, []);
});

test("a revoked right ends every session that rests on it, and gives no new one until its time is over", async (t) => {
  const grants = new Grants();
  t.after(() => grants.close());
  const closed: string[] = [];
  grants.hold({ allowed: true, id: "a" }, (reason) => closed.push(`1 ${reason}`));
  grants.hold({ allowed: true, id: "a" }, (reason) => closed.push(`2 ${reason}`));
  grants.hold({ allowed: true, id: "b" }, (reason) => closed.push(`3 ${reason}`));
  assert.equal(grants.revoke("a", Date.now() + 60_000), 2);
  assert.deepEqual(closed, ["1 the right to do this was revoked", "2 the right to do this was revoked"]);
  assert.equal(grants.refusal({ allowed: true, id: "a" })?.rule, "access/revoked");
  assert.equal(grants.refusal({ allowed: true, id: "b" }), undefined);
  grants.revoke("b", Date.now() - 1);
  assert.equal(grants.isRevoked("b"), false);
});

test("as many sessions as may rest on a right, and one more that came at the same moment is ended", async (t) => {
  const grants = new Grants();
  t.after(() => grants.close());
  const closed: string[] = [];
  const grant = { allowed: true, id: "a", sessions: 2 } as const;
  const first = grants.hold(grant, () => closed.push("first"));
  grants.hold(grant, () => closed.push("second"));
  assert.equal(grants.refusal(grant)?.rule, "access/sessions");
  grants.hold(grant, (reason) => closed.push(reason));
  await until(() => closed.length > 0, "the third has ended");
  assert.match(closed.join(), /^this token is in use by 2 already/);
  first();
  assert.equal(grants.refusal(grant), undefined);
  assert.equal(grants.count("a"), 1);
});
