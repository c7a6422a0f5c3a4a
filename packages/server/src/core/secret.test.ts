import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { isOneOf, nameOf, secretHash } from "./secret.ts";

test("a secret is one of some, and texts of any length are compared without an error (S-24)", () => {
  for (let length = 0; length <= 100; length++) {
    const shown = "x".repeat(length);
    assert.equal(isOneOf(shown, ["y", shown, "z"]), true);
    assert.equal(isOneOf(`${shown}y`, ["", shown, `${shown}z`]), false);
  }
  assert.equal(isOneOf("", []), false);
});

test("a name of bytes can be given to a command: it begins with a letter or a digit", () => {
  for (let first = 0; first < 256; first++)
    assert.match(nameOf(Buffer.from([first, 255, 254])), /^[A-Za-z0-9][\w-]{3}$/);
});

test("what is kept of a secret is its SHA-256", () => {
  assert.equal(secretHash("key"), createHash("sha256").update("key").digest("hex"));
});
