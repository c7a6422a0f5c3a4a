import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import test from "node:test";
import { MalformedError } from "@sluice/media";
import fc from "fast-check";
import { clientHandshake, type HandshakeKind, serverHandshake } from "./handshake.ts";
import { Demand, type Parser } from "./parser.ts";
import { hmacSha256, sha256 } from "./sha256.ts";

const common = Buffer.from("f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae", "hex");
const hmac = (key: Uint8Array, ...parts: Uint8Array[]) =>
  createHmac("sha256", key).update(Buffer.concat(parts)).digest();

/** Runs a side of the handshake; what it sends and how it ended. */
function run(
  side: (peer: { send(bytes: Uint8Array): void; random(length: number): Uint8Array }) => Parser<HandshakeKind>,
) {
  const state = { sent: Buffer.alloc(0), kind: undefined as HandshakeKind | undefined };
  const peer = {
    send: (bytes: Uint8Array) => {
      state.sent = Buffer.concat([state.sent, bytes]);
    },
    random: (length: number) => randomBytes(length),
  };
  const input = new Demand(
    (function* (): Parser {
      state.kind = yield* side(peer);
    })(),
  );
  return { state, push: (bytes: Uint8Array) => input.push(bytes) };
}

/** The synthetic C1 of the two layouts: time 0, a version, byte i = 7i + 3, and a digest imprinted. */
function syntheticC1(sumAt: number, base: number) {
  const c1 = Buffer.from(Array.from({ length: 1536 }, (_, index) => (7 * index + 3) % 256));
  c1.writeUInt32BE(0, 0);
  c1.writeUInt32BE(0x80000702, 4);
  const at = (((c1[sumAt] ?? 0) + (c1[sumAt + 1] ?? 0) + (c1[sumAt + 2] ?? 0) + (c1[sumAt + 3] ?? 0)) % 728) + base;
  const digest = hmac(Buffer.from("Genuine Adobe Flash Player 001"), c1.subarray(0, at), c1.subarray(at + 32));
  digest.copy(c1, at);
  return { c1, at, digest };
}

const golden = [
  {
    name: "772",
    sumAt: 772,
    base: 776,
    at: 942,
    digest: "8e211aefe949d44221d8905aa6154973bcab5ecb43dc582f65b1de1c2f94e4d5",
    key: "be47901e0f17614f341c5874d282e921437abf14d7abc7583e1256bcde1e410c",
  },
  {
    name: "8",
    sumAt: 8,
    base: 12,
    at: 290,
    digest: "0b441119ef46c4660e578ac88d3bf4c2d8901ff9a39c94bb92cb345f63928860",
    key: "c9b4bfa8650743a87fbcce8ea87abcef69670756c531d6476d141e04ce15331f",
  },
];
for (const { name, sumAt, base, at, digest, key } of golden) {
  test(`a digest in the layout at ${name} is answered in the same one, and S2 is signed with its key`, () => {
    const made = syntheticC1(sumAt, base);
    assert.equal(made.at, at);
    assert.equal(made.digest.toString("hex"), digest);
    const { state, push } = run(serverHandshake);
    push(Buffer.concat([Buffer.of(3), made.c1]));
    assert.equal(state.sent.length, 3073);
    const [s1, s2] = [state.sent.subarray(1, 1537), state.sent.subarray(1537)];
    assert.notEqual(s1.readUInt32BE(4), 0);
    const s1At = (((s1[sumAt] ?? 0) + (s1[sumAt + 1] ?? 0) + (s1[sumAt + 2] ?? 0) + (s1[sumAt + 3] ?? 0)) % 728) + base;
    assert.deepEqual(
      s1.subarray(s1At, s1At + 32),
      hmac(Buffer.from("Genuine Adobe Flash Media Server 001"), s1.subarray(0, s1At), s1.subarray(s1At + 32)),
    );
    assert.equal(
      hmac(Buffer.concat([Buffer.from("Genuine Adobe Flash Media Server 001"), common]), made.digest).toString("hex"),
      key,
    );
    assert.deepEqual(s2.subarray(1504), hmac(Buffer.from(key, "hex"), s2.subarray(0, 1504)));
    push(randomBytes(1536));
    assert.equal(state.kind, "digest");
  });
}

test("a plain client gets all of S0, S1 and S2 before it sends C2; S1 has zeros, S2 echoes C1", () => {
  const c1 = Buffer.concat([Buffer.alloc(8), randomBytes(1528)]);
  const { state, push } = run(serverHandshake);
  push(Buffer.concat([Buffer.of(3), c1]));
  assert.equal(state.sent.length, 3073);
  assert.equal(state.sent[0], 3);
  assert.equal(state.sent.readUInt32BE(5), 0);
  assert.deepEqual(state.sent.subarray(1545).subarray(0, 1528), c1.subarray(8));
  push(randomBytes(1536));
  assert.equal(state.kind, "plain");
});

test("version bytes without a digest are answered plainly, with zeros and bytes of our own", () => {
  const c1 = randomBytes(1536);
  c1.writeUInt32BE(0x09007c02, 4);
  const { state, push } = run(serverHandshake);
  push(Buffer.concat([Buffer.of(3), c1]));
  assert.equal(state.sent.readUInt32BE(5), 0);
  assert.notDeepEqual(state.sent.subarray(9, 1537), c1.subarray(8));
});

for (const digest of [false, true]) {
  test(`our client and our server shake hands, ${digest ? "signed" : "plainly"}, however the bytes are cut`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), (step) => {
        const server = run(serverHandshake);
        const client = run((peer) => clientHandshake(peer, { digest }));
        for (let at = 0; at < 1537; at += step) server.push(client.state.sent.subarray(at, Math.min(at + step, 1537)));
        for (let at = 0; at < 3073; at += step) client.push(server.state.sent.subarray(at, Math.min(at + step, 3073)));
        server.push(client.state.sent.subarray(1537));
        assert.equal(server.state.kind, digest ? "digest" : "plain");
        assert.equal(client.state.kind, digest ? "digest" : "plain");
      }),
      { numRuns: 20 },
    );
  });
}

for (const [first, looksLike] of [
  ["06", "RTMPE"],
  ["47", "text"],
  ["16", "TLS"],
  ["ff", "text"],
  ["20", "text"],
] as const) {
  test(`a first byte of ${first} is refused at once, in words`, () => {
    const { push } = run(serverHandshake);
    assert.throws(
      () => push(Buffer.from(first, "hex")),
      (error) => error instanceof MalformedError && error.code === "rtmp/version" && error.message.includes(looksLike),
    );
  });
}

for (const first of ["00", "03", "04", "1f"]) {
  test(`a first byte of ${first} is taken for version 3`, () => run(serverHandshake).push(Buffer.from(first, "hex")));
}

test("SHA-256 and HMAC are the platform's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 100 }), (data, key) => {
      assert.deepEqual(Buffer.from(sha256(data)), createHash("sha256").update(data).digest());
      assert.deepEqual(Buffer.from(hmacSha256(key, data, key)), hmac(key, data, key));
    }),
  );
});
