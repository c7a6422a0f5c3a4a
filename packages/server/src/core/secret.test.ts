import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { isOneOf, secretHash } from "./secret.ts";

test("a secret is one of some, and texts of any length are compared without an error (S-24)", () => {
  for (let length = 0; length <= 100; length++) {
    const shown = "x".repeat(length);
    assert.equal(isOneOf(shown, ["y", shown, "z"]), true);
    assert.equal(isOneOf(`${shown}y`, ["", shown, `${shown}z`]), false);
  }
  assert.equal(isOneOf("", []), false);
});

test("what is kept of a secret is its SHA-256", () => {
  assert.equal(secretHash("key"), createHash("sha256").update("key").digest("hex"));
});
