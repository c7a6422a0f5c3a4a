import assert from "node:assert/strict";
import { readFileSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { prepare } from "./prepare.mjs";
import { scratchFolder, standInForNpm, write } from "./scratch-checkout.ts";

/** What `npm ci` would leave behind: a compiler that makes the program, when it is made to or has not yet. */
const installsCompiler = `
  const { mkdirSync, writeFileSync } = require("node:fs");
  mkdirSync("node_modules/typescript/bin", { recursive: true });
  writeFileSync("node_modules/typescript/bin/tsc", \`
    const { appendFileSync, existsSync } = require("node:fs");
    appendFileSync("builds", process.argv.slice(2).join(" ") + "\\\\n");
    if (existsSync("broken")) process.exit(2);
  \`);`;

/** The bundler's place: makes what is started. */
const bundler = `
  import { mkdirSync, writeFileSync } from "node:fs";
  mkdirSync("packages/server/dist/bundle", { recursive: true });
  writeFileSync("packages/server/dist/bundle/cli.js", "");`;

function checkout(t: TestContext, npmBody = installsCompiler) {
  const root = scratchFolder(t);
  for (const name of ["tsconfig.json", "tsconfig.base.json", "package-lock.json"]) write(join(root, name), "{}");
  write(join(root, "tools/bundle.mjs"), bundler);
  for (const name of ["package.json", "tsconfig.json", "src/core/hub.ts", "src/core/hub.test.ts"])
    write(join(root, "packages/server", name), "1");
  const npm = standInForNpm(t, scratchFolder(t), npmBody);
  /** What another `prepare` does. */
  const again = () => {
    const before = npm.calls().length;
    rmSync(join(root, "builds"), { force: true });
    assert.equal(prepare({ root }), process.execPath);
    return { installed: npm.calls().length - before, builds: buildsIn(root) };
  };
  return { root, npm, again };
}

function buildsIn(root: string): string {
  try {
    return readFileSync(join(root, "builds"), "utf8").trim();
  } catch {
    return "";
  }
}

test("the first time installs and builds, the second does nothing", (t) => {
  const { again, npm } = checkout(t);
  assert.deepEqual(again(), { installed: 1, builds: "-b --force" });
  assert.deepEqual(npm.calls()[0]?.slice(0, 2), ["ci", "--include=dev"]);
  assert.deepEqual(again(), { installed: 0, builds: "" });
});

const changes: readonly {
  readonly what: string;
  readonly change: (root: string) => void;
  readonly installed?: number;
  readonly builds: string;
}[] = [
  { what: "a source", change: (root) => write(join(root, "packages/server/src/core/hub.ts"), "22"), builds: "-b" },
  {
    what: "the time of a source, also backwards",
    change: (root) => utimesSync(join(root, "packages/server/src/core/hub.ts"), 1, 1),
    builds: "-b",
  },
  { what: "a new source", change: (root) => write(join(root, "packages/server/src/app.ts"), ""), builds: "-b" },
  { what: "a source less", change: (root) => rmSync(join(root, "packages/server/src/core/hub.ts")), builds: "-b" },
  { what: "a compiler setting", change: (root) => write(join(root, "tsconfig.base.json"), "{ }"), builds: "-b" },
  { what: "a test", change: (root) => write(join(root, "packages/server/src/core/hub.test.ts"), "22"), builds: "" },
  {
    what: "the build deleted",
    change: (root) => rmSync(join(root, "packages/server/dist"), { recursive: true }),
    builds: "-b --force",
  },
  { what: "the lockfile", change: (root) => write(join(root, "package-lock.json"), "{ }"), installed: 1, builds: "-b" },
  {
    what: "the packages deleted",
    change: (root) => rmSync(join(root, "node_modules"), { recursive: true }),
    installed: 1,
    builds: "",
  },
];

for (const { what, change, installed = 0, builds } of changes) {
  test(`changed: ${what}`, (t) => {
    const { root, again } = checkout(t);
    again();
    change(root);
    assert.deepEqual(again(), { installed, builds });
    assert.deepEqual(again(), { installed: 0, builds: "" });
  });
}

test("a build that fails is said, and tried again", (t) => {
  const { root, again } = checkout(t);
  write(join(root, "broken"), "");
  assert.throws(() => prepare({ root }), { message: "The build failed; the errors are above." });
  rmSync(join(root, "broken"));
  assert.deepEqual(again(), { installed: 0, builds: "-b --force" });
});

test("packages that cannot be installed are said, and tried again", (t) => {
  const { root, npm } = checkout(t, "process.exit(1)");
  for (const tries of [1, 2]) {
    assert.throws(() => prepare({ root }), {
      message: "The packages could not be installed; check the network, then try again.",
    });
    assert.equal(npm.calls().length, tries);
  }
});

test("what needs no build is not built", (t) => {
  const { root } = checkout(t);
  prepare({ root, build: false });
  assert.equal(buildsIn(root), "");
});
