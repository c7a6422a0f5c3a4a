import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fetchFfmpeg8 } from "./ffmpeg8.ts";
import { scratchFolder, standInForNpm } from "./scratch-checkout.ts";

const unix = { skip: process.platform === "win32" };

/** What npm would install: a module that can be loaded, or cannot. */
const installs = (module: string) => `
const { join } = require("node:path");
const { mkdirSync, writeFileSync } = require("node:fs");
const folder = join(process.argv[process.argv.indexOf("--prefix") + 1], "node_modules/node-av/dist/lib");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "index.js"), ${JSON.stringify(module)});`;

test("FFmpeg 8 is fetched once, without scripts", unix, (t) => {
  t.mock.method(console, "log", () => {});
  const folder = join(scratchFolder(t), "toolchain/node-av");
  const npm = standInForNpm(t, scratchFolder(t), installs("exports.x = 1;"));
  fetchFfmpeg8(folder);
  fetchFfmpeg8(folder);
  assert.equal(npm.calls().length, 1);
  assert.ok(npm.calls()[0]?.includes("--ignore-scripts"));
  assert.deepEqual(readdirSync(join(folder, "..")), ["node-av"]);
});

for (const [why, body] of [
  ["cannot be reached", "process.exit(1)"],
  ["sends what does not run here", installs("throw new Error();")],
] as const) {
  test(`where the registry ${why}, it says what is skipped, and leaves nothing behind`, unix, (t) => {
    const said = t.mock.method(console, "log", () => {});
    const folder = join(scratchFolder(t), "node-av");
    standInForNpm(t, scratchFolder(t), body);
    fetchFfmpeg8(folder);
    assert.match(String(said.mock.calls.at(-1)?.arguments[0]), /FFmpeg 8 .* is not there: .*; skipped: /);
    assert.ok(!existsSync(folder));
    assert.deepEqual(readdirSync(join(folder, "..")), []);
  });
}
