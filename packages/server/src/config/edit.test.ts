import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { differences, unknownMarks, withChanges, withoutSecrets, withSecrets } from "./edit.ts";
import { parseConfig } from "./load.ts";

const text = `# my server
auth: key
streamKeys:
  - first-secret-key # OBS
  - "second: secret key"
console: { password: '$argon2id$v=19$m=19456,t=2,p=1$mQTAE+0jttnpvOZIJb4rIQ$lfuIZNVqctcGM+weoAvuwEOls/wYofIFkO2fsYCpZDc' }   # made by sluice password
apps:
  live:
    hold: 20s
    access:
      jwt: { secret: "a long shared secret of mine" }
`;
const of = (yaml: string) => parseConfig(yaml, {}).config;

test("no secret is shown; everything else is, comments and order too", () => {
  const shown = withoutSecrets(text);
  for (const secret of [
    "first-secret-key",
    "second: secret key",
    "$argon2id$v=19$m=19456,t=2,p=1$mQTAE+0jttnpvOZIJb4rIQ$lfuIZNVqctcGM+weoAvuwEOls/wYofIFkO2fsYCpZDc",
    "a long shared secret of mine",
  ])
    assert.ok(!shown.includes(secret), secret);
  assert.equal(
    shown.replaceAll(/"kept:[0-9a-f]{16}"/g, "SECRET"),
    text
      .replace("first-secret-key", "SECRET")
      .replace('"second: secret key"', "SECRET")
      .replace(
        "'$argon2id$v=19$m=19456,t=2,p=1$mQTAE+0jttnpvOZIJb4rIQ$lfuIZNVqctcGM+weoAvuwEOls/wYofIFkO2fsYCpZDc'",
        "SECRET",
      )
      .replace('"a long shared secret of mine"', "SECRET"),
  );
});

test("what was shown can be written back, changed or in another order, and the secrets are what they were", () => {
  assert.deepEqual(of(withSecrets(withoutSecrets(text), text)), of(text));
  const [, first = "", second = ""] = /- ("kept:\w+") # OBS\n {2}- ("kept:\w+")/.exec(withoutSecrets(text)) ?? [];
  const swapped = withoutSecrets(text).replace(first, "OTHER").replace(second, first).replace("OTHER", second);
  assert.deepEqual(of(withSecrets(swapped, text)).streamKeys, ["second: secret key", "first-secret-key"]);
  assert.deepEqual(unknownMarks(withSecrets(swapped, text)), []);
  const foreign = `streamKeys: ["kept:0123456789abcdef"]`;
  assert.deepEqual(unknownMarks(withSecrets(foreign, text)), ["kept:0123456789abcdef"]);
});

test("what differs is told key by key in the order of the schema, secrets by their marks, and what waits for the next start", () => {
  const changed = text
    .replace("20s", "30s")
    .replace("first-secret-key", "a-new-secret-key")
    .concat("http: { port: 9090 }\n");
  const found = differences(of(text), of(changed));
  assert.deepEqual(
    found.map(({ key, restart }) => [key, restart]),
    [
      ["streamKeys", false],
      ["http.port", true],
      ["apps.live.hold", false],
    ],
  );
  assert.ok(!JSON.stringify(found).includes("secret-key"));
});

test("a key is set where it stands, and taken out; comments stay", () => {
  const set =
    withChanges(text, [
      { path: ["apps", "live", "hold"], value: "1m" },
      { path: ["apps", "live", "segment"], value: "4s" },
      { path: ["console"] },
    ]) ?? "";
  assert.match(set, /^# my server\n/);
  assert.match(set, /first-secret-key # OBS/);
  const config = of(set);
  assert.equal(config.apps.live?.hold, "1m");
  assert.equal(config.apps.live?.segment, "4s");
  assert.equal(config.console.password, "");
});

test("a key is set where the file has no section for it yet, and taken out where it is not there", () => {
  const hold = { path: ["apps", "live", "hold"], value: "1m" };
  for (const before of ["", "apps:\n", "apps: 5\n", "apps: { live: }\n", "just a text\n", "apps: [one]\n"])
    assert.equal(of(withChanges(before, [hold]) ?? "").apps.live?.hold, "1m", before);
  const gone = [{ path: ["apps", "live", "hold"] }, { path: ["pacing", "window"] }];
  assert.equal(withChanges("auth: open # yes\n", gone), "auth: open # yes\n");
  assert.equal(withChanges("auth: [\n", [hold]), "auth: [\n", "what cannot be read stays as it is");
  assert.equal(withChanges("a: &x { b: 1 }\nc: *x\n", [{ path: ["a"] }]), undefined);
});

test("whatever the text is, nothing is thrown, and no secret of a text that can be read is shown", () => {
  fc.assert(
    fc.property(fc.string(), (any) => {
      withoutSecrets(any);
      withSecrets(any, text);
      unknownMarks(any);
    }),
  );
  fc.assert(
    fc.property(fc.string({ minLength: 8, maxLength: 60 }), (secret) => {
      const yaml = `streamKeys: [${JSON.stringify(secret)}]`;
      const shown = withoutSecrets(yaml);
      assert.ok(/^streamKeys: \["kept:[0-9a-f]{16}"\]$/.test(shown), shown);
    }),
  );
});
