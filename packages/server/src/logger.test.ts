import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { openLog } from "./logger.ts";

const settings = { level: "debug", format: "auto" } as const;
const secret = "s3cret+/key==";

function opened(options: { format?: "auto" | "text" | "json"; terminal?: boolean; level?: string } = {}) {
  const lines: string[] = [];
  const log = openLog(
    { level: options.level ?? "debug", format: options.format ?? "auto" },
    { terminal: options.terminal ?? false, write: (line) => void lines.push(line) },
  );
  log.configure({ level: options.level ?? "debug", format: options.format ?? "auto" }, [secret, ""]);
  return { log, lines };
}

test("JSON: one object a line, with time, level, message and the fields", () => {
  const { log, lines } = opened();
  log.info({ protocol: "rtmp", figures: { bytes: 12 }, at: [1, 2] }, "session opened");
  assert.equal(lines.length, 1);
  const { time, ...others } = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(others, {
    level: "info",
    protocol: "rtmp",
    figures: { bytes: 12 },
    at: [1, 2],
    message: "session opened",
  });
  assert.ok(lines[0]?.endsWith("}\n"));
});

test("text: time, level, message, then key=value; what could be read otherwise is quoted", () => {
  const { log, lines } = opened({ format: "text" });
  log.warn(
    { stream: "live/a", n: 1, empty: "", words: "a b", quote: 'a"b', equals: "a=b", list: [1], none: null },
    "it happened",
  );
  const [time = "", ...rest] = (lines[0] ?? "").split(" ");
  assert.match(time, /Z$/);
  assert.equal(
    rest.join(" "),
    'warn  it happened stream=live/a n=1 empty="" words="a b" quote="a\\"b" equals="a=b" list=[1] none=null\n',
  );
});

const formats = [
  { format: "auto", terminal: true, text: true, coloured: true },
  { format: "auto", terminal: false, text: false, coloured: false },
  { format: "text", terminal: false, text: true, coloured: false },
  { format: "json", terminal: true, text: false, coloured: false },
] as const;
for (const { format, terminal, text, coloured } of formats) {
  test(`format ${format} ${terminal ? "on" : "without"} a terminal`, () => {
    const { log, lines } = opened({ format, terminal });
    log.error({}, "hello");
    assert.equal(!lines[0]?.startsWith("{"), text);
    assert.equal(lines[0]?.includes("\u001b["), coloured);
  });
}

test("level and format change while it runs", () => {
  const { log, lines } = opened({ level: "warn" });
  log.info({}, "one");
  log.configure({ level: "debug", format: "text" }, []);
  log.debug({}, "two");
  log.configure({ level: "error", format: "json" }, []);
  log.warn({}, "three");
  assert.deepEqual([lines.length, lines[0]?.includes("debug two")], [1, true]);
});

const planted: { name: string; fields: object; text?: string }[] = [
  { name: "in the text", fields: {}, text: `publish with ${secret} now` },
  { name: "in a field", fields: { reason: `the key ${secret} is wrong` } },
  { name: "four levels down", fields: { a: { b: { c: { d: `x${secret}x` } } } } },
  { name: "in a list", fields: { a: [["ok", secret]] } },
  { name: "as a name", fields: { [secret]: 1 } },
  { name: "in an error", fields: { error: new Error(`no ${secret}`) } },
  { name: "in an error's cause, which is left out", fields: { error: new Error("no", { cause: new Error(secret) }) } },
  { name: "in a URL object", fields: { url: new URL(`rtmp://host/live/a?key=${encodeURIComponent(secret)}`) } },
  { name: "percent-encoded", fields: { url: `/live?x=${encodeURIComponent(secret)}` } },
  { name: "deeper than anything is logged", fields: { a: { b: { c: { d: { e: { f: secret } } } } } } },
];
for (const format of ["json", "text"] as const) {
  for (const { name, fields, text } of planted) {
    test(`a known secret is masked ${name} (${format})`, () => {
      const { log, lines } = opened({ format });
      log.info(fields, text ?? "text");
      assert.equal(lines.length, 1);
      assert.ok(!lines[0]?.includes("s3cret"), lines[0]);
    });
  }
}

test("a secret that was taken out of the configuration stays masked", () => {
  const { log, lines } = opened();
  log.configure(settings, ["another-secret"]);
  log.info({ a: secret, b: "another-secret" }, "x");
  assert.ok(!/s3cret|another/.test(lines[0] ?? ""), lines[0]);
});

const secretNames = [
  "key",
  "Key",
  "password",
  "token",
  "secret",
  "authorization",
  "Authorization",
  "query",
  "tcUrl",
  "cookie",
  "streamKey",
  "streamKeys",
  "stream_key",
  "accessToken",
];
for (const name of secretNames) {
  test(`a field called ${name} is masked whatever it holds, also inside others`, () => {
    const { log, lines } = opened();
    log.info({ [name]: "unknown-value", a: { b: [{ [name]: { x: "unknown-value" } }] } }, "x");
    assert.ok(!lines[0]?.includes("unknown-value"), lines[0]);
    assert.equal(lines[0]?.split("[redacted]").length, 3);
  });
}

test("fields with other names are left alone", () => {
  const { log, lines } = opened();
  log.info({ keyframe: true, keyframes: 3, stream: "live/key", monkey: "yes", file: "/a?b" }, "x");
  const { keyframe, keyframes, stream, monkey, file } = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
  assert.deepEqual([keyframe, keyframes, stream, monkey, file], [true, 3, "live/key", "yes", "/a?b"]);
});

const urls: [string, string][] = [
  ["rtmp://host/live/a?key=mistyped&x=1", "rtmp://host/live/a?key=[redacted]&x=1"],
  ["/live/a.flv?x=1&token=abc#z", "/live/a.flv?x=1&token=[redacted]#z"],
  ["rtmp://me:pass@host/app", "rtmp://me:[redacted]@host/app"],
  ["app?streamkey=abc said", "app?streamkey=[redacted] said"],
  ["/live/a?keyframe=abc", "/live/a?keyframe=abc"],
];
for (const [from, to] of urls) {
  test(`${from} is logged as ${to}`, () => {
    const { log, lines } = opened();
    log.info({ url: from }, from);
    const { url, message } = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
    assert.deepEqual([url, message], [to, to]);
  });
}

test("whatever is logged is one line without control characters, and never throws", () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const value = fc.oneof(
    fc.anything({ withDate: true, withBigInt: true, withTypedArray: true, withMap: true }),
    fc.constant(circular),
  );
  const nasty = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("a\nb", "\u001b[2J", "\u009b31m", "\u202eabc", "\u2028", "\r", "\u007f", '"', "\\"),
  );
  fc.assert(
    fc.property(fc.dictionary(nasty, fc.oneof(value, nasty)), nasty, (fields, text) => {
      const { log, lines } = opened({ format: "text" });
      log.info(fields, text);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? "", /^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+\n$/u);
    }),
    { numRuns: 500 },
  );
});

test("a field cannot pretend to be the record's time, level or message", () => {
  const { log, lines } = opened();
  log.info({ level: "error", time: "never", message: "a lie" }, "the truth");
  const { level, level_, message, message_, time_ } = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
  assert.deepEqual([level, level_, message, message_, time_], ["info", "error", "the truth", "a lie", "never"]);
  assert.equal(lines[0]?.match(/"level":/g)?.length, 1);
});

test("a text cannot pretend to be another field or line", () => {
  const { log, lines } = opened({ format: "text" });
  log.info({ agent: "x\n2026-01-01T00:00:00.000Z error all is lost", name: "a level=error" }, "session\nopened");
  assert.match(lines[0] ?? "", /info {2}session\\u\{a\}opened agent="x\\n2026.*lost" name="a level=error"\n$/);
});
