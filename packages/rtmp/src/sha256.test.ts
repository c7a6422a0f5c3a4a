import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import test from "node:test";
import fc from "fast-check";
import { bytes, hex } from "../testing/chunks.ts";
import { hmacSha256, sha256 } from "./sha256.ts";

const ascii = (text: string) => new Uint8Array(Buffer.from(text, "ascii"));

// FIPS 180-4's own examples.
const digests: { name: string; data: Uint8Array; digest: string }[] = [
  {
    name: "nothing",
    data: ascii(""),
    digest: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  },
  {
    name: "one block",
    data: ascii("abc"),
    digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  },
  {
    name: "two blocks",
    data: ascii("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
    digest: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  },
];
for (const { name, data, digest } of digests) test(`SHA-256 of ${name}`, () => assert.equal(hex(sha256(data)), digest));

// RFC 4231, test cases 1, 2 and 6.
const macs: { name: string; key: Uint8Array; data: string; mac: string }[] = [
  {
    name: "a key of 20 bytes",
    key: bytes("0b".repeat(20)),
    data: "Hi There",
    mac: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  },
  {
    name: "a short key",
    key: ascii("Jefe"),
    data: "what do ya want for nothing?",
    mac: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  },
  {
    name: "a key longer than a block",
    key: bytes("aa".repeat(131)),
    data: "Test Using Larger Than Block-Size Key - Hash Key First",
    mac: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  },
];
for (const { name, key, data, mac } of macs)
  test(`HMAC-SHA-256 with ${name}`, () => assert.equal(hex(hmacSha256(key, ascii(data))), mac));

test("every length around the end of a block is the platform's", () => {
  for (let length = 50; length < 140; length++) {
    const data = new Uint8Array(length).map((_, index) => index);
    assert.equal(hex(sha256(data)), createHash("sha256").update(data).digest("hex"));
    assert.equal(hex(hmacSha256(data, data)), createHmac("sha256", data).update(data).digest("hex"));
  }
});

test("a message in parts is the message, for any bytes and key", () => {
  const some = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(some, some, some, (key, first, second) => {
      const platform = createHmac("sha256", key).update(first).update(second).digest("hex");
      assert.equal(hex(hmacSha256(key, first, second)), platform);
    }),
  );
});
