import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { findNode, isNewEnough } from "../packages/server/bin/runtime.mjs";
import { scratchFolder, setForTest, standInForNpm, write } from "./scratch-checkout.ts";

const fetched = "24.21.0";
const packageName = `node-${process.platform}-${process.arch}`;
const unix = { skip: process.platform === "win32" ? "the stand-in is a shell script" : false };

/** What npm would install: a program that says which Node it is. */
const installs = (version: string) => `
  const { mkdirSync, writeFileSync } = require("node:fs");
  const home = process.argv[process.argv.indexOf("--prefix") + 1] + "/node_modules/${packageName}";
  mkdirSync(home + "/bin", { recursive: true });
  writeFileSync(home + "/package.json", JSON.stringify({ version: "${version}" }));
  writeFileSync(home + "/bin/node", "#!/bin/sh\\necho v${version}\\n", { mode: 0o755 });`;

for (const [version, answer] of [
  ["18.0.0", false],
  ["20.20.2", false],
  ["22.17.1", false],
  ["22.18.0", true],
  ["23.0.0", true],
  ["24.21.0", true],
] as const) {
  test(`Node ${version} is ${answer ? "" : "not "}new enough`, () => assert.equal(isNewEnough(version), answer));
}

test("a Node that is new enough is used as it is", (t) => {
  const folder = scratchFolder(t);
  assert.equal(findNode(folder, "24.0.0"), process.execPath);
  assert.deepEqual(readdirSync(folder), []);
});

test("an old Node fetches a new one once, and leaves nothing else behind", unix, (t) => {
  const folder = join(scratchFolder(t), "toolchain");
  const npm = standInForNpm(t, scratchFolder(t), installs(fetched));
  const binary = join(folder, "node_modules", packageName, "bin", "node");
  assert.equal(findNode(folder, "20.20.2"), binary);
  assert.equal(findNode(folder, "20.20.2"), binary);
  assert.deepEqual(
    npm.calls().map((args) => [args[0], args.at(-1)]),
    [["install", `${packageName}@${fetched}`]],
  );
  assert.deepEqual(readdirSync(folder), ["node_modules"]);
});

test("a Node of another version, or half a one, is replaced", unix, (t) => {
  const folder = scratchFolder(t);
  const home = join(folder, "node_modules", packageName);
  const npm = standInForNpm(t, scratchFolder(t), installs(fetched));
  write(join(home, "package.json"), '{"version":"22.18.0"}');
  write(join(home, "bin/node"), "");
  assert.equal(findNode(folder, "18.0.0"), join(home, "bin/node"));
  write(join(home, "package.json"), "{");
  findNode(folder, "18.0.0");
  assert.equal(npm.calls().length, 2);
});

const failures: readonly (readonly [name: string, npm: string, says: RegExp])[] = [
  [
    "without a network",
    'console.error("npm error code EAI_AGAIN"); process.exit(1)',
    /^Node 24\.21\.0 could not be fetched: the npm registry cannot be reached; check the network.* or install Node 22\.18 or newer yourself\.$/,
  ],
  [
    "where npm has a reason of its own",
    'console.error("npm error code E404\\nnpm error 404 Not Found"); process.exit(1)',
    /could not be fetched: npm says: 404 Not Found\. /,
  ],
  ["where npm says nothing", "process.exit(3)", /could not be fetched: npm ended with code 3\. /],
  ["where the fetched one does not run", installs("0.0.0"), /it arrived but does not run on this system\. /],
];

for (const [name, npm, says] of failures) {
  test(`fetching ${name} says so and leaves nothing behind`, unix, (t) => {
    const folder = scratchFolder(t);
    standInForNpm(t, scratchFolder(t), npm);
    assert.throws(() => findNode(folder, "20.20.2"), { message: says });
    assert.deepEqual(readdirSync(join(folder, "node_modules")), []);
    assert.deepEqual(readdirSync(folder), ["node_modules"]);
  });
}

test("fetching without npm, or where nothing can be written, says so", unix, (t) => {
  const folder = scratchFolder(t);
  setForTest(t, "npm_execpath", undefined);
  setForTest(t, "PATH", folder);
  assert.throws(() => findNode(join(folder, "a"), "20.20.2"), { message: /: there is no npm on PATH; / });
  writeFileSync(join(folder, "file"), "");
  assert.throws(() => findNode(join(folder, "file"), "20.20.2"), {
    message: /file.* cannot be written \(ENOTDIR\)\. /,
  });
});

/** A process that becomes `script`, as itself or, by a Node of another path, as its child. */
function becoming(t: TestContext, script: string, as: "itself" | "its child") {
  const folder = scratchFolder(t);
  write(join(folder, "script.mjs"), script);
  const runtime = fileURLToPath(new URL("../packages/server/bin/runtime.mjs", import.meta.url));
  const node = as === "itself" ? "process.execPath" : JSON.stringify(join(folder, "node"));
  write(join(folder, "node"), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, 0o755);
  write(
    join(folder, "start.mjs"),
    `import { become } from ${JSON.stringify(runtime)}; become(${node}, [${JSON.stringify(join(folder, "script.mjs"))}, "a b", "$c"]);`,
  );
  const child = spawn(process.execPath, [join(folder, "start.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (text) => {
    output += text;
  });
  return { child, folder, output: () => output, closed: once(child, "close") };
}

for (const as of ["itself", "its child"] as const) {
  test(`${as}: arguments go in and the exit code comes out`, unix, async (t) => {
    const { closed, output } = becoming(
      t,
      "console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;",
      as,
    );
    assert.deepEqual(await closed, [7, null]);
    assert.equal(output(), '["a b","$c"]\n');
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    test(`${as}: ${signal} arrives once and is waited for`, unix, async (t) => {
      const script = `
        let seen = 0;
        process.on("${signal}", () => { seen += 1; setTimeout(() => { console.log("seen", seen); process.exit(5); }, 50); });
        setInterval(() => {}, 1000);
        console.log("ready");`;
      const { child, closed, output } = becoming(t, script, as);
      await once(child.stdout ?? child, "data");
      child.kill(signal);
      assert.deepEqual(await closed, [5, null]);
      assert.equal(output(), "ready\nseen 1\n");
    });
  }
}

test("a child that a signal ends gives the shell's code for it", unix, async (t) => {
  const { closed } = becoming(t, 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);', "its child");
  assert.deepEqual(await closed, [137, null]);
});

test("a Node that cannot be started is one sentence", unix, async (t) => {
  const folder = scratchFolder(t);
  mkdirSync(join(folder, "bin"));
  const runtime = fileURLToPath(new URL("../packages/server/bin/runtime.mjs", import.meta.url));
  const code = `const { become } = await import(${JSON.stringify(runtime)}); become(${JSON.stringify(join(folder, "bin"))}, []);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  assert.deepEqual(await once(child, "close"), [1, null]);
  assert.match(errors, /^.*bin could not be started: .*EACCES\n$/);
});
