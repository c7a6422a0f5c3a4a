import assert from "node:assert/strict";
import test from "node:test";
import { parseConfig } from "./load.ts";
import { secretsIn } from "./secrets.ts";

test("every secret of a configuration is found, wherever it stands, and nothing else", () => {
  const { config } = parseConfig(
    `streamKeys: [key-number-one, key-number-two]
console: { password: "scrypt:${"A".repeat(22)}:${"B".repeat(43)}" }
storage: { postgres: "postgres://sluice:pg-password@127.0.0.1/sluice" }
apps:
  live:
    access:
      jwt: { secret: jwt-secret, issuer: me, jwks: "https://issuer.example/keys?client=jwks-secret" }
      signed: { secret: signed-secret }
      callback: { publish: "https://user:callback-password@example.com/", secret: callback-secret }
  other/app: { access: { jwt: { secret: other-secret } } }
`,
    {},
    "sluice.yaml",
  );
  assert.deepEqual([...secretsIn(config)].sort(), [
    "callback-secret",
    "https://issuer.example/keys?client=jwks-secret",
    "https://user:callback-password@example.com/",
    "jwt-secret",
    "key-number-one",
    "key-number-two",
    "other-secret",
    "postgres://sluice:pg-password@127.0.0.1/sluice",
    `scrypt:${"A".repeat(22)}:${"B".repeat(43)}`,
    "signed-secret",
  ]);
});
