import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { LocalProofs, localProof } from "./local-proof.ts";

const secret = randomBytes(32);
const shown = (method: string, path: string) => localProof(secret, method, path).replace("Local ", "");

test("a proof is good once, for its own request", () => {
  const proofs = new LocalProofs(secret);
  const proof = shown("GET", "/api/v1/streams");
  assert.equal(proofs.isGood(proof, "DELETE", "/api/v1/streams"), false);
  assert.equal(proofs.isGood(proof, "GET", "/api/v1/sessions"), false);
  assert.equal(proofs.isGood(proof, "GET", "/api/v1/streams"), true);
  assert.equal(proofs.isGood(proof, "GET", "/api/v1/streams"), false);
});

test("a proof made with another secret, an old one, and what is none are not good", () => {
  const proofs = new LocalProofs(secret);
  const [time = "", nonce = "", mac = ""] = shown("GET", "/").split(".");
  const others = [
    localProof(randomBytes(32), "GET", "/").replace("Local ", ""),
    `${Number(time) - 61}.${nonce}.${mac}`,
    `${time}.${nonce}.${mac.slice(1)}`,
    `${time}.${nonce}.${"é".repeat(43)}`,
    "..",
    "",
  ];
  for (const other of others) assert.equal(proofs.isGood(other, "GET", "/"), false, other);
});
