import assert from "node:assert/strict";
import { scryptSync } from "node:crypto";
import test from "node:test";
import fc from "fast-check";
import { checkNothing, checkPassword, hashPassword } from "./password.ts";

test("a password matches its hash, and nothing else does", async () => {
  const hash = await hashPassword("correct horse");
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await checkPassword(hash, "correct horse"), true);
  for (const other of ["", "correct hors", "correct horse ", "Correct horse", "x".repeat(100_000)]) {
    assert.equal(await checkPassword(hash, other), false, other.slice(0, 20));
  }
});

test("two hashes of one password differ", async () => {
  assert.notEqual(await hashPassword("same"), await hashPassword("same"));
});

test("hashes of older configurations match as before: scrypt with N = 16384, r = 8, p = 1 (RFC 7914)", async () => {
  const salt = Buffer.from("sixteen bytes ok");
  const key = scryptSync("same", salt, 32, { N: 16_384, r: 8, p: 1 });
  const hash = `scrypt:${salt.toString("base64url")}:${key.toString("base64url")}`;
  assert.deepEqual([await checkPassword(hash, "same"), await checkPassword(hash, "other")], [true, false]);
});

test("where there is no account the check says no all the same", async () => {
  for (const password of ["", "x", "y".repeat(100_000)]) assert.equal(await checkNothing(password), false);
});

test("what is no hash matches no password, of whatever length, and never throws", async () => {
  const broken = [
    "",
    "scrypt",
    "scrypt:",
    "scrypt::",
    "scrypt:a:",
    "scrypt::b",
    "scrypt:a:b",
    "plain:a:b",
    "scrypt:é:é",
    "$argon2id$",
    "$argon2id$v=19$m=19456,t=2,p=1$AAAA$",
    "$argon2id$v=19$m=4294967295,t=99,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    "a".repeat(100_000),
  ];
  for (const hash of broken) assert.equal(await checkPassword(hash, ""), false, hash.slice(0, 20));
  for (let length = 0; length <= 100; length += 20)
    assert.equal(await checkPassword(`scrypt:c2FsdA:${"A".repeat(length)}`, "x".repeat(length)), false);
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }).map((each) => `scrypt:${each}`),
  );
  await fc.assert(
    fc.asyncProperty(text, fc.string({ unit: "binary" }), async (hash, password) => {
      assert.equal(await checkPassword(hash, password), false);
    }),
    { numRuns: 50 },
  );
});
