import assert from "node:assert/strict";
import { scryptSync } from "node:crypto";
import test from "node:test";
import fc from "fast-check";
import { checkPassword, hashPassword } from "./password.ts";

test("a password matches its hash, and nothing else does", async () => {
  const hash = await hashPassword("correct horse");
  assert.match(hash, /^scrypt:[A-Za-z0-9_-]{22}:[A-Za-z0-9_-]{43}$/);
  assert.equal(await checkPassword(hash, "correct horse"), true);
  for (const other of ["", "correct hors", "correct horse ", "Correct horse", "x".repeat(100_000)]) {
    assert.equal(await checkPassword(hash, other), false, other.slice(0, 20));
  }
});

test("two hashes of one password differ, and are scrypt's with the parameters of RFC 7914 N = 16384, r = 8, p = 1", async () => {
  const [one, two] = [await hashPassword("same"), await hashPassword("same")];
  assert.notEqual(one, two);
  const [, salt = "", key] = one.split(":");
  const derived = scryptSync("same", Buffer.from(salt, "base64url"), 32, { N: 16_384, r: 8, p: 1 });
  assert.equal(derived.toString("base64url"), key);
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
