import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { part, signedWith, soon, tokenLink } from "../../../testing/tokens.ts";
import { isSigned, keysOfSet, publicKey, secretKey } from "./jwt-keys.ts";
import { signToken } from "./jwt-sign.ts";
import { parseToken } from "./jwt-token.ts";

const secret = "a-secret-that-nobody-else-knows-0123456789";
const keyMakers: Readonly<Record<string, () => { publicKey: KeyObject; privateKey: KeyObject }>> = {
  rsa: () => generateKeyPairSync("rsa", { modulusLength: 2_048 }),
  "P-256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "P-384": () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  "P-521": () => generateKeyPairSync("ec", { namedCurve: "P-521" }),
  ed25519: () => generateKeyPairSync("ed25519"),
  ed448: () => generateKeyPairSync("ed448"),
};
const pairs = Object.fromEntries(Object.entries(keyMakers).map(([name, make]) => [name, make()]));
const algorithms: Readonly<Record<string, readonly string[]>> = {
  rsa: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  "P-256": ["ES256"],
  "P-384": ["ES384"],
  "P-521": ["ES512"],
  ed25519: ["EdDSA"],
  ed448: ["EdDSA"],
};

async function keyFile(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-jwt-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "key.pem");
  await writeFile(path, text);
  return path;
}

const pemOf = (key: KeyObject) => String(key.export({ type: "spki", format: "pem" }));

for (const [kind, names] of Object.entries(algorithms)) {
  test(`a public key of ${kind} in a file lets in what its private key signed with ${names}, and nothing else`, async (t) => {
    const pair = pairs[kind];
    assert.ok(pair);
    const settings = { secret: "", key: await keyFile(t, pemOf(pair.publicKey)) };
    const { rule } = tokenLink(settings);
    for (const alg of names) {
      assert.equal(await rule(signedWith(pair.privateKey, alg)), undefined, alg);
      const other = keyMakers[kind]?.().privateKey;
      assert.ok(other);
      assert.equal(await rule(signedWith(other, alg)), "jwt/signature", alg);
    }
    for (const [foreign, { privateKey }] of Object.entries(pairs))
      for (const alg of algorithms[foreign] ?? [])
        if (!names.includes(alg)) assert.equal(await rule(signedWith(privateKey, alg)), "jwt/key", alg);
    assert.equal(await rule(signToken({ exp: soon() }, secret)), "jwt/key");
  });
}

test("a public key that everybody knows is no secret, whichever way it is written", async (t) => {
  const pem = pemOf(pairs.rsa?.publicKey as KeyObject);
  const forged = (key: string) => {
    const text = `${part({ alg: "HS256" })}.${part({ exp: soon() })}`;
    return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
  };
  const { rule } = tokenLink({ key: await keyFile(t, pem) });
  for (const written of [pem, pem.trim(), ` ${pem}`, `${pem}\n`]) {
    assert.equal(await rule(forged(written)), "jwt/key");
    assert.equal(await tokenLink({ secret: written }).rule(forged(written)), "jwt/key");
  }
});

test("without any key nobody is let in, least of all with an empty secret", async () => {
  assert.equal(await tokenLink({}).rule(signToken({ exp: soon() }, "")), "jwt/key");
  assert.equal(await tokenLink({}).rule(signedWith(pairs.rsa?.privateKey as KeyObject, "RS256")), "jwt/key");
});

test("short RSA keys and curves that are not ours are no keys, and the log says so without the key", async (t) => {
  for (const { publicKey, privateKey } of [
    generateKeyPairSync("rsa", { modulusLength: 1_024 }),
    generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
  ]) {
    const { rule, lines } = tokenLink({ key: await keyFile(t, pemOf(publicKey)) });
    assert.equal(
      await rule(signedWith(privateKey, publicKey.asymmetricKeyType === "rsa" ? "RS256" : "ES256")),
      "jwt/unavailable",
    );
    assert.equal(lines.length, 1);
    assert.doesNotMatch(lines.join(), /BEGIN/);
  }
});

test("a key file may be replaced; one that cannot be read leaves the key as it was", async (t) => {
  const clock = { now: 0 };
  const [old, next] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];
  const path = await keyFile(t, pemOf(old.publicKey));
  const { rule, lines } = tokenLink({ key: path }, { clock: () => clock.now });
  assert.equal(await rule(signedWith(old.privateKey, "EdDSA")), undefined);
  await writeFile(path, "half a key");
  clock.now += 10_000;
  await settled(
    () => rule(signedWith(old.privateKey, "EdDSA")),
    () => lines.length === 1,
  );
  assert.equal(await rule(signedWith(old.privateKey, "EdDSA")), undefined);
  await writeFile(path, pemOf(next.publicKey));
  clock.now += 10_000;
  const shown = signedWith(next.privateKey, "EdDSA");
  let last: string | undefined = "jwt/signature";
  await settled(
    async () => (last = await rule(shown)),
    () => last === undefined,
  );
  assert.equal(await rule(signedWith(old.privateKey, "EdDSA")), "jwt/signature");
});

/** Asks until what goes on behind the answers has happened. */
async function settled(ask: () => Promise<unknown>, isDone: () => boolean): Promise<void> {
  for (const end = performance.now() + 30_000; ; ) {
    await ask();
    if (isDone()) return;
    assert.ok(performance.now() < end, "nothing happened");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("the standards' own examples are signed: RFC 7515 A.3 (ES256), RFC 8037 A.4 (EdDSA)", () => {
  const set = keysOfSet(
    JSON.stringify({
      keys: [
        {
          kty: "EC",
          crv: "P-256",
          x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
          y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        },
        { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
      ],
    }),
  );
  const [ec, ed] = set;
  assert.ok(ec && ed);
  const shown = parseToken(
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
  );
  assert.ok(shown);
  assert.ok(isSigned(shown, ec));
  assert.ok(!isSigned(shown, ed));
  assert.ok(!isSigned({ ...shown, signed: `${shown.signed}A` }, ec));
  const signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  const signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const edwards = { ...shown, algorithm: "EdDSA", signed, signature: Buffer.from(signature, "base64url") };
  assert.ok(isSigned(edwards, ed));
  assert.ok(!isSigned(edwards, ec));
});

test("jwt.io's example is signed, and signatures of any length are compared without an error", () => {
  const shown = parseToken(
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ." +
      "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
  );
  const key = secretKey("your-256-bit-secret");
  assert.ok(shown && key);
  assert.ok(isSigned(shown, key));
  for (let length = 0; length <= 100; length++)
    assert.ok(!isSigned({ ...shown, signature: Buffer.alloc(length) }, key));
});

test("of a set only keys that check signatures are taken, each for its own algorithms", () => {
  const jwk = (name: string, more: object = {}) => ({ ...pairs[name]?.publicKey.export({ format: "jwk" }), ...more });
  const kept = (key: object) => keysOfSet(JSON.stringify({ keys: [key] })).map(({ algorithms: usable }) => usable);
  assert.deepEqual(kept(jwk("P-256")), [["ES256"]]);
  assert.deepEqual(kept(jwk("rsa", { alg: "PS384", use: "sig", key_ops: ["verify"] })), [["PS384"]]);
  for (const left of [
    jwk("rsa", { use: "enc" }),
    jwk("rsa", { key_ops: ["encrypt"] }),
    jwk("rsa", { alg: "HS256" }),
    jwk("P-256", { alg: "ES384" }),
    { kty: "oct", k: "c2VjcmV0" },
    { kty: "new" },
    {},
    [],
  ])
    assert.deepEqual(kept(left), []);
  assert.deepEqual(keysOfSet('{"keys":[null,7,"x"]}'), []);
  for (const text of ["", "[]", "null", "{}", '{"keys":{}}', JSON.stringify({ keys: Array(101).fill({}) })])
    assert.throws(() => keysOfSet(text));
});

test("a signature that was good is good again, and one that differs in a bit is not, however often both are shown", () => {
  const { publicKey: pair, privateKey } = generateKeyPairSync("ed25519");
  const key = publicKey(pair.export({ type: "spki", format: "pem" }).toString());
  const other = publicKey(generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString());
  const signed = `${part({ alg: "EdDSA" })}.${part({ exp: 1 })}`;
  const signature = sign(null, Buffer.from(signed), privateKey);
  const wrong = Buffer.from(signature);
  wrong[0] = (wrong[0] ?? 0) ^ 1;
  const tokens = [signature, wrong].map((each) => parseToken(`${signed}.${each.toString("base64url")}`));
  for (let time = 0; time < 3; time++) {
    assert.deepEqual(
      tokens.map((token) => token && isSigned(token, key)),
      [true, false],
    );
    assert.equal(tokens[0] && isSigned(tokens[0], other), false);
  }
});
