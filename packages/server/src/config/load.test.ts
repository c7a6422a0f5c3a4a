import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { Value } from "typebox/value";
import type { Environment } from "./environment.ts";
import { configKeys } from "./keys.ts";
import { loadConfig, parseConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";
import { type Config, configSchema } from "./schema.ts";
import { rootShape } from "./shape.ts";

const hash = `scrypt:${"A".repeat(22)}:${"B".repeat(43)}`;

/** The lines of the error, or the configuration. */
function outcome(text: string, environment: Environment = {}): Config | string[] {
  try {
    return parseConfig(text, environment).config;
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
}

function accepted(text: string, environment: Environment = {}): Config {
  return parseConfig(text, environment).config;
}

test("an empty file is the defaults, each of which its own rules allow", () => {
  const config = accepted("");
  assert.ok(Value.Check(configSchema, config));
  assert.deepEqual(outcome(JSON.stringify(config)), config);
  assert.deepEqual(config.http, { host: "::", port: 8080, securePort: 8443, origins: ["*"] });
  assert.deepEqual([config.rtmp.port, config.auth], [1935, "key"]);
  assert.deepEqual(Object.keys(config.apps), ["live"]);
  const { access, ladder, ladderStart, ladderIdle, thumbnails, thumbnailWidth, pull, ...rest } = config.apps.live ?? {};
  assert.deepEqual([access?.publish, access?.play, pull?.url], [["key"], [], ""]);
  assert.deepEqual([ladder, ladderStart, ladderIdle, thumbnails, thumbnailWidth], ["none", "stream", "30s", "0s", 320]);
  assert.deepEqual(rest, {
    hold: "15s",
    duplicate: "same-key",
    segment: "2s",
    part: "200ms",
    keep: "6s",
    maxBytes: "64MiB",
    dvr: "5m",
    dvrMemory: "16MiB",
    dvrDisk: "1GiB",
    maxLag: "4s",
    stall: "20s",
    bandwidth: 0,
    ...{ enhanced: config.apps.live?.enhanced, encoders: config.apps.live?.encoders, push: [] },
  });
});

test("defaults are not shared: what one configuration is made of, another does not see", () => {
  accepted("").http.origins.push("https://example.com");
  assert.deepEqual(accepted("").http.origins, ["*"]);
});

test("what is written replaces the default and leaves its neighbours", () => {
  const config = accepted("http: { port: 81 }\napps:\n  show/one: { hold: 0s, maxBytes: 65536 }\nlimits:\n");
  assert.deepEqual([config.http.port, config.http.securePort], [81, 8443]);
  assert.deepEqual(Object.keys(config.apps), ["show/one"]);
  assert.deepEqual(
    [config.apps["show/one"]?.hold, config.apps["show/one"]?.maxBytes, config.apps["show/one"]?.keep],
    ["0s", 65536, "6s"],
  );
  assert.equal(config.limits.streams, 10_000);
  assert.equal(accepted("limits:\n", { SLUICE_LIMITS_STREAMS: "5" }).limits.streams, 5);
});

test("an app without settings of its own is an app all the same", () => {
  const { apps } = accepted("apps:\n  live:\n  show/one: { hold: 1s }\n  last: ~\n");
  assert.deepEqual(Object.keys(apps), ["live", "show/one", "last"]);
  assert.deepEqual([apps.live?.hold, apps.last?.hold], ["15s", "15s"]);
  assert.deepEqual(Object.keys(accepted("", { SLUICE_APPS: "{ live, cam: }" }).apps), ["live", "cam"]);
  assert.deepEqual(outcome("apps:\n  a b:\n"), [
    "sluice.yaml:2:3 apps.a b: the name is not an app: one to four parts of letters, digits, . _ ~ and - with / between them",
  ]);
});

test("apps that nobody wrote are not found, whatever they are called", () => {
  const proto = "__proto__";
  for (const text of ["", "apps: { live: {} }", 'apps: { "__proto__": { hold: 1s } }']) {
    const { apps } = accepted(text);
    for (const name of ["constructor", "toString", "hasOwnProperty"]) assert.equal(apps[name], undefined, name);
  }
  assert.equal(accepted('apps: { "__proto__": { hold: 1s } }').apps[proto]?.hold, "1s");
  assert.equal(({} as { hold?: string }).hold, undefined);
});

const wrong: { name: string; text: string; says: string[] }[] = [
  {
    name: "every problem at once, in the order of the file",
    text: "rtmp:\n  prot: 1\n  port: 70000\nauht: open\napps:\n  live:\n    hold: 0.2\n",
    says: [
      "sluice.yaml:2:3 rtmp.prot: is no setting; did you mean port?",
      "sluice.yaml:3:9 rtmp.port: 70000 is not a whole number from 0 to 65535",
      "sluice.yaml:4:1 auht: is no setting; did you mean auth?",
      "sluice.yaml:7:11 apps.live.hold: 0.2 is not a duration such as 200ms, 6s or 2m",
    ],
  },
  { name: "a choice", text: "auth: maybe", says: ['sluice.yaml:1:7 auth: "maybe" is not one of key, open'] },
  {
    name: "a flag",
    text: "rtmp: { enabled: yes }",
    says: ['sluice.yaml:1:18 rtmp.enabled: "yes" is not true or false'],
  },
  {
    name: "a number with a fraction",
    text: "http: { port: 80.5 }",
    says: ["sluice.yaml:1:15 http.port: 80.5 is not a whole number from 0 to 65535"],
  },
  {
    name: "a number where a text belongs",
    text: "http: { host: 5 }",
    says: ["sluice.yaml:1:15 http.host: 5 is not a text from 1 to 255 characters; put it in quotes"],
  },
  {
    name: "a duration beyond its limits",
    text: "apps: { live: { keep: 20m } }",
    says: ['sluice.yaml:1:23 apps.live.keep: "20m" is not between 1s and 10m'],
  },
  {
    name: "a size beyond its limits",
    text: "apps: { live: { maxBytes: 63KiB } }",
    says: ['sluice.yaml:1:27 apps.live.maxBytes: "63KiB" is not between 64KiB and 16GiB'],
  },
  {
    name: "a size in a unit that nobody knows",
    text: "apps: { live: { maxBytes: 64MB } }",
    says: ['sluice.yaml:1:27 apps.live.maxBytes: "64MB" is not a size such as 65536, 512KiB or 64MiB'],
  },
  {
    name: "a value for a section",
    text: "log: info",
    says: ['sluice.yaml:1:6 log: "info" is not a section with keys of its own'],
  },
  {
    name: "a list for a section",
    text: "log: [info]",
    says: ["sluice.yaml:1:6 log: a list is not a section with keys of its own"],
  },
  {
    name: "an item of a list",
    text: "http:\n  origins:\n    - https://example.com\n    - example.com\n",
    says: ['sluice.yaml:4:7 http.origins.1: "example.com" is not an origin such as https://example.com, or *'],
  },
  {
    name: "an app's name",
    text: "apps: { ../etc: {} }",
    says: [
      "sluice.yaml:1:9 apps.../etc: the name is not an app: one to four parts of letters, digits, . _ ~ and - with / between them",
    ],
  },
  {
    name: "an unknown key that is like none",
    text: "tls: { wibble: 1 }",
    says: ["sluice.yaml:1:8 tls.wibble: is no setting; there are certificate, key, certificates, acme"],
  },
  {
    name: "a key that is set twice",
    text: "auth: key\nauth: open",
    says: ["sluice.yaml:2:1 this key was set above already"],
  },
  {
    name: "a list for the whole",
    text: "- auth",
    says: ["sluice.yaml:1:1 has to hold keys and values, such as auth: key"],
  },
  {
    name: "a word for the whole",
    text: "auth",
    says: ["sluice.yaml:1:1 has to hold keys and values, such as auth: key"],
  },
  {
    name: "a second document",
    text: "auth: key\n---\nauth: open",
    says: ["sluice.yaml:2:1 a second document begins here (---); there has to be one"],
  },
  {
    name: "a value of an alias is where it was written",
    text: "apps:\n  a: &a\n    hold: soon\n  b: *a\n",
    says: [
      'sluice.yaml:3:11 apps.a.hold: "soon" is not a duration such as 200ms, 6s or 2m',
      'sluice.yaml:3:11 apps.b.hold: "soon" is not a duration such as 200ms, 6s or 2m',
    ],
  },
  {
    name: "control characters are shown, not sent to the terminal",
    text: '"a\\e[31m\\nb": 1\nauth: "\\e[2J\\u202e"',
    says: [
      `sluice.yaml:1:1 a\\u{1b}[31m\\u{a}b: is no setting; there are ${Object.keys(rootShape.properties ?? {}).join(", ")}`,
      'sluice.yaml:2:7 auth: "\\u001b[2J\\u{202e}" is not one of key, open',
    ],
  },
];
for (const { name, text, says } of wrong) test(`refused: ${name}`, () => assert.deepEqual(outcome(text), says));

const notYaml: { name: string; text: string; says: RegExp }[] = [
  { name: "a tab in the indentation", text: "rtmp:\n\tport: 1", says: /^sluice\.yaml:2:1 there is a tab/ },
  {
    name: "keys that do not stand under each other",
    text: "rtmp:\n  port: 1\n host: x",
    says: /^sluice\.yaml:3:\d+ the indentation is wrong/,
  },
  { name: "an open bracket", text: "streamKeys: [a", says: /^sluice\.yaml:1:\d+ .*a bracket is not closed/ },
  { name: "a tag", text: "auth: !open x", says: /^sluice\.yaml:1:7 tags/ },
  { name: "an alias without an anchor", text: "auth: *open", says: /^sluice\.yaml:1:7 an alias/ },
  { name: "a key that is a list", text: "? [a]\n: b", says: /^sluice\.yaml:1:\d+ a key has to be a text/ },
  { name: "aliases that multiply", text: bomb(), says: /there are too many values/ },
  { name: "an alias within itself", text: "apps: &a { live: *a }", says: /nested too deep|too many values/ },
  { name: "a thousand brackets", text: "[".repeat(1_000), says: /^sluice\.yaml:1:\d+ / },
];
for (const { name, text, says } of notYaml) {
  test(`refused as YAML: ${name}`, () => {
    const lines = outcome(text);
    assert.ok(Array.isArray(lines) && lines.length === 1, String(lines));
    assert.match(lines[0] ?? "", says);
  });
}

/** Nine lists of nine of the list before: 9⁹ values. */
function bomb(): string {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
  return names
    .map((name, index) => `${name}: &${name} [${Array(9).fill(index === 0 ? "x" : `*${names[index - 1]}`)}]`)
    .join("\n");
}

const secret = "hunter2-hunter2";
const planted = [
  `streamKeys: ${secret}`,
  `streamKeys: [[${secret}]]`,
  `streamKeys: { ${secret}: ${secret} }`,
  `streamKeys: [*${secret}]`,
  `streamKeys: [!${secret} a]`,
  `streamKeys: ["${secret}]`,
  `streamKeys:\n  - ${secret}: ${secret}\n - ${secret}`,
  `streamKeys: ["${secret.repeat(30)}"]`,
  `console: { password: ${secret} }`,
  `console: { password: [${secret}] }`,
  `console: { password: "\\q${secret}" }`,
  `console:\n  password: @${secret}`,
  `storage: { postgres: "mysql://sluice:${secret}@host/records" }`,
];
for (const text of planted) {
  test(`a secret is not repeated: ${text.slice(0, 45).replaceAll("\n", "⏎")}`, () => {
    const lines = outcome(text);
    assert.ok(Array.isArray(lines));
    assert.ok(!lines.join().includes("hunter2"), lines.join());
  });
}

test("every key has a variable of its own, which sets it", () => {
  const byName = new Map(configKeys.map(({ path, variable }) => [path.join("."), variable]));
  assert.equal(new Set(byName.values()).size, byName.size);
  assert.equal(byName.get("rtmp.securePort"), "SLUICE_RTMP_SECURE_PORT");
  assert.equal(byName.get("httpFlv.enabled"), "SLUICE_HTTP_FLV_ENABLED");
  assert.equal(byName.get("streamKeys"), "SLUICE_STREAM_KEYS");
  const config = accepted("rtmp: { port: 1, host: '::1' }\nauth: open", {
    SLUICE_AUTH: "key",
    SLUICE_RTMP_PORT: "1940",
    SLUICE_STREAM_KEYS: "one-key-one, two-key-two,",
    SLUICE_HTTP_FLV_ENABLED: "false",
    SLUICE_APPS: "{ show: { hold: 1m, maxBytes: 1MiB } }",
    SLUICE_CONSOLE_PASSWORD: hash,
    SLUICE_PACING_WINDOW: "20ms",
    SLUICE_CONFIG: "elsewhere.yaml",
    SLUICE_HTTP_PORT: "",
    PATH: "/bin",
  });
  assert.deepEqual([config.auth, config.rtmp.port, config.rtmp.host], ["key", 1940, "::1"]);
  assert.deepEqual(config.streamKeys, ["one-key-one", "two-key-two"]);
  assert.deepEqual([config.httpFlv.enabled, config.console.password, config.pacing.window], [false, hash, "20ms"]);
  assert.deepEqual(Object.keys(config.apps), ["show"]);
  assert.equal(config.http.port, 8080);
});

test("what is wrong with the environment is said after the file's problems, by variable", () => {
  const lines = outcome("auth: 1", {
    SLUICE_RTMP_PORT: "x",
    SLUICE_APPS: "{ a: { hold: 1 } }",
    SLUICE_STREAM_KEYS: secret.slice(0, 7),
  });
  assert.deepEqual(lines, [
    "sluice.yaml:1:7 auth: 1 is not one of key, open",
    "SLUICE_APPS apps.a.hold: 1 is not a duration such as 200ms, 6s or 2m",
    'SLUICE_RTMP_PORT rtmp.port: "x" is not a whole number from 0 to 65535',
    "SLUICE_STREAM_KEYS streamKeys.0: the value is not a text from 8 to 256 characters",
  ]);
  assert.deepEqual(outcome("", { SLUICE_APPS: "{ a: *b }" }), [
    "SLUICE_APPS apps: an alias (*name) has no anchor (&name) above it; a text that begins with * has to be in quotes",
  ]);
});

test("unknown variables, and a server that nobody can publish to, are worth a warning", () => {
  const environment = { SLUICE_RTMP_PROT: "1", SLUICE_WIBBLE: "1", SLUICE_STREAM_KEYS: "12345678", OTHER: "1" };
  assert.deepEqual(parseConfig("", environment).warnings, [
    "SLUICE_RTMP_PROT is no setting; did you mean SLUICE_RTMP_PORT?",
    "SLUICE_WIBBLE is no setting",
  ]);
  assert.match(parseConfig("", {}).warnings.join(), /nobody can publish/);
  assert.deepEqual(parseConfig("auth: open", {}).warnings, []);
  assert.match(parseConfig("auth: open\napps: {}", {}).warnings.join(), /apps is empty/);
});

test("the file: read as it is, refused when it is too large or no text, and the system's error when it is not there", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-config-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "my.yaml");
  await writeFile(file, "\ufeffauth: open\r\nhttp:\r\n  port: 81\r\n");
  const { config } = await loadConfig(file, {});
  assert.deepEqual([config.auth, config.http.port], ["open", 81]);
  await writeFile(file, `auth: open\n#${" ".repeat(1024 * 1024)}`);
  await assert.rejects(loadConfig(file, {}), { name: "ConfigError", message: `${file} is larger than 1 MiB` });
  await writeFile(file, Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]));
  await assert.rejects(loadConfig(file, {}), { name: "ConfigError", message: `${file} is no UTF-8 text` });
  await assert.rejects(loadConfig(join(folder, "other.yaml"), {}), { code: "ENOENT" });
  await mkdir(join(folder, "folder.yaml"));
  await assert.rejects(loadConfig(join(folder, "folder.yaml"), {}), { code: "EISDIR" });
});

const key = fc.constantFrom(
  "auth",
  "streamKeys",
  "http",
  "port",
  "origins",
  "apps",
  "live",
  "hold",
  "log",
  "level",
  "rtmp",
  "__proto__",
  "x",
);
const leaf = fc.oneof(
  fc.constantFrom("key", "open", "info", "12s", "1MiB", "*", "::", "12345678", "true", ""),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double(),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
  ),
}));

test("any text at all gives a configuration that the schema allows, or problems that name a line", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(
        fc.constantFrom(
          "a",
          ":",
          " ",
          "\n",
          "-",
          "&a ",
          "*a",
          "!",
          "|",
          ">",
          "'",
          '"',
          "{",
          "}",
          "[",
          "]",
          ",",
          "#",
          "\t",
          "?",
          "apps",
          "auth",
        ),
      )
      .map((parts) => parts.join("")),
    tree.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const result = outcome(text);
      if (Array.isArray(result)) for (const line of result) assert.match(line, /^sluice\.yaml:\d+:\d+ ./);
      else assert.ok(Value.Check(configSchema, result));
    }),
    { numRuns: 500 },
  );
});

test("our own check agrees with TypeBox's about every value but the limits of a duration and a size that are text", () => {
  const paths = configKeys.map(({ path }) => path);
  fc.assert(
    fc.property(fc.constantFrom(...paths), tree, (path, value) => {
      const text = JSON.stringify(path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value));
      fc.pre(!text.includes("null")); // a key left empty is one that is not there: only our own check knows
      const result = outcome(text);
      const whole = Value.Default(configSchema, JSON.parse(text));
      const isLimit = Array.isArray(result) && result.every((line) => line.includes(`" is not between `));
      assert.equal(!Array.isArray(result) || isLimit, Value.Check(configSchema, whole), `${text} ${result}`);
    }),
    { numRuns: 1_000 },
  );
});

test("every key says what it is for and has a default that it allows", () => {
  for (const { path, shape } of configKeys) {
    assert.ok((shape.description ?? "").length > 10, path.join("."));
    assert.notEqual(shape.default, undefined, path.join("."));
  }
  assert.equal(rootShape.type, "object");
});
