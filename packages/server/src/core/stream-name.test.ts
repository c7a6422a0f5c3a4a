import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { streamName } from "./stream-name.ts";

const same: { app: string; name: string; path: string }[] = [
  { app: "live", name: "test", path: "live/test" },
  { app: "live/", name: "/test", path: "live/test" },
  { app: "live/test", name: "", path: "live/test" },
  { app: "a/b", name: "c", path: "a/b/c" },
  { app: "a", name: "b/c", path: "a/b/c" },
  { app: "a//b", name: "c", path: "a/b/c" },
  { app: "live", name: "__proto__", path: "live/__proto__" },
  { app: "constructor", name: "toString", path: "constructor/toString" },
  { app: "live", name: "cam-1.main_2~x", path: "live/cam-1.main_2~x" },
];
for (const { app, name, path } of same) {
  test(`${JSON.stringify(app)} and ${JSON.stringify(name)} are ${path}`, () =>
    assert.equal(streamName(app, name)?.path, path));
}

const refused = [
  "",
  "..",
  ".",
  "../x",
  "a/..",
  "..%2f",
  "%2e%2e",
  "a\\b",
  "a b",
  "a\0b",
  "-rf",
  "a.",
  ".a",
  "a..b",
  "$(id)",
  "`id`",
  "a;b",
  "a|b",
  "<script>",
  "a\nb",
  "ä",
  "e\u0301",
  "C:",
  "a?b",
  "a#b",
  "x".repeat(129),
  "a/b/c/d/e",
  "\ud800",
  "%n",
  "~/../x",
];
for (const name of refused) {
  test(`${JSON.stringify(name).slice(0, 40)} is no stream name`, () =>
    assert.equal(streamName("live", name), undefined));
}

test("a canonical name is canonical: made again from its parts it is the same, and holds nothing but allowed characters", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: "grapheme", maxLength: 40 }),
      (app, name) => {
        const made = streamName(app, name);
        if (!made) return;
        assert.match(made.path, /^[A-Za-z0-9._~/-]+$/);
        assert.deepEqual(streamName(made.app, made.name), made);
      },
    ),
  );
});
