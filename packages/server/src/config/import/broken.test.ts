import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { parseConfig } from "../load.ts";
import { ImportError, importConfig, type Server, servers } from "./index.ts";

const folder = fileURLToPath(new URL("../../../testing/import/", import.meta.url));
const fixtures = readdirSync(folder)
  .filter((name) => name.includes("."))
  .map((name) => readFileSync(join(folder, name), "utf8"));
const names = Object.keys(servers) as Server[];
const alone = { include: () => "it cannot be read", newKey: () => "a-key-that-was-made" };

function importText(text: string, from?: Server): string {
  return importConfig({ file: "given", text }, { ...alone, from }).text;
}

const cases: readonly { name: string; from: Server; text: string; says: RegExp }[] = [
  { name: "an open block", from: "nginx", text: "rtmp {\n server {\n", says: /^given:2 the block that begins here/ },
  { name: "an open quote", from: "srs", text: 'listen 1935;\npid "x;\n', says: /^given:2 the quote/ },
  {
    name: "no semicolon",
    from: "srs",
    text: "listen 1935;\nvhost a { b c }",
    says: /^given:2 the setting that begins/,
  },
  { name: "a bracket too many", from: "nginx", text: "rtmp {}\n}", says: /^given:2 there is a }/ },
  { name: "no rtmp", from: "nginx", text: "http { }", says: /^given:1 has no rtmp/ },
  { name: "depth", from: "nginx", text: `rtmp ${"{ a ".repeat(40)}`, says: /^given:1 it is nested too deep/ },
  { name: "number", from: "srs", text: "a;\n".repeat(6_000), says: /^given:5001 there are more than 5000/ },
  { name: "words", from: "srs", text: `a ${"b ".repeat(3_000)};`, says: /^given:1 the setting has more than 2000/ },
  { name: "YAML", from: "mediamtx", text: "paths:\n  a: [\n", says: /^given:\d+ / },
  { name: "no YAML map", from: "mediamtx", text: "just words", says: /^given:1 holds no setting/ },
  { name: "no object", from: "node-media-server", text: "run();", says: /^given:1 has no object/ },
  { name: "an open object", from: "node-media-server", text: '{\n "rtmp": {\n', says: /^given:2 the \{ that stands/ },
  {
    name: "deep lists",
    from: "node-media-server",
    text: `{"a":${"[".repeat(40)}`,
    says: /^given:1 it is nested too deep/,
  },
  { name: "size", from: "nginx", text: " ".repeat(600_000), says: /^given:1 is larger than 512 KiB/ },
];

for (const { name, from, text, says } of cases) {
  test(`broken input of ${from} (${name}) is one error with its line`, () => {
    assert.throws(
      () => importText(text, from),
      (error) => error instanceof ImportError && says.test(error.message),
    );
  });
}

test("what is no configuration of any of them is said to be none", () => {
  assert.throws(() => importText("hello"), /^ImportError: given:1 looks like no configuration of nginx-rtmp, SRS/);
});

test("files that include each other end", () => {
  const include = () => [{ file: "again", text: "include again;" }];
  assert.throws(
    () => importConfig({ file: "given", text: "include again;" }, { ...alone, include, from: "nginx" }),
    /again:1 files include each other/,
  );
});

/** A valid configuration, or one error that says where. */
function holds(text: string, from: Server): void {
  let made: string;
  try {
    made = importText(text, from);
  } catch (error) {
    assert.ok(error instanceof ImportError, String(error));
    assert.match(error.message, /^given:\d+ \S/);
    return;
  }
  assert.doesNotThrow(() => parseConfig(made, {}), made);
}

test("any text gives a valid configuration, or one error", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.constantFrom(...names), holds), {
    numRuns: 150,
  });
});

test("so do pieces of real ones in any order", () => {
  const pieces = fixtures.flatMap((text) => text.split(/(?<=[\n;{}])/));
  const soup = fc.array(fc.constantFrom(...pieces, "{", "}", ";", "\n", '"', "'", "[", "all", "${", "\\"), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(soup, fc.constantFrom(...names), (parts, from) => holds(parts.join(""), from)),
    { numRuns: 150 },
  );
});

test("so do real ones in which something is changed", () => {
  const change = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 30 }),
    put: fc.string({ unit: "binary", maxLength: 8 }),
  });
  fc.assert(
    fc.property(
      fc.nat({ max: fixtures.length - 1 }),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (index, changes) => {
        let text = fixtures[index] ?? "";
        for (const { at, cut, put } of changes) {
          const from = at % (text.length + 1);
          text = text.slice(0, from) + put + text.slice(from + cut);
        }
        for (const name of names) holds(text, name);
      },
    ),
    { numRuns: 40 },
  );
});

test("settings of every name with any words are taken in", () => {
  const words = fc.array(
    fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom("on", "off", "all", "publish", "play", "10.0.0.0/8", "::", "http://x/", "9999999999", "-1"),
    ),
    { maxLength: 4 },
  );
  const known = fixtures.flatMap((text) => Array.from(text.matchAll(/^\s*([a-z_]+)\s/gm), ([, name = ""]) => name));
  const line = fc
    .tuple(fc.constantFrom(...known), words)
    .map(([name, args]) => `${name} ${args.map((arg) => JSON.stringify(arg)).join(" ")};`);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const text = lines.join("\n");
      holds(`rtmp { server { ${text} application live { ${text} } } }`, "nginx");
      holds(
        `${text} vhost v { ${text} security { enabled on; ${text} } http_hooks { enabled on; ${text} } hls { enabled on; ${text} } }`,
        "srs",
      );
    }),
    { numRuns: 40 },
  );
});
