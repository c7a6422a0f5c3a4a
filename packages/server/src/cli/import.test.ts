import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { parseConfig } from "../config/load.ts";
import { importFrom } from "./import.ts";

const nginx =
  "rtmp { server { listen 1945; include apps.d/*.conf; include gone.conf;\n application live { live on; record all; } } }";

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "sluice-import-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  await writeFile(join(path, "nginx.conf"), nginx);
  return path;
}

/** What is written to standard error meanwhile. */
async function complaints(t: TestContext, run: () => Promise<number>): Promise<{ code: number; said: string }> {
  const written = t.mock.method(process.stderr, "write", () => true);
  const code = await run();
  written.mock.restore();
  return { code, said: written.mock.calls.map(({ arguments: [text] }) => String(text)).join("") };
}

test("sluice import --output writes a new file that its owner alone may read", async (t) => {
  const path = await folder(t);
  const output = join(path, "sluice.yaml");
  const { code, said } = await complaints(t, () => importFrom(join(path, "nginx.conf"), { output }));
  assert.equal(code, 0);
  assert.match(said, /is a configuration of nginx-rtmp: \d+ settings were taken over/);
  const text = await readFile(output, "utf8");
  assert.equal(parseConfig(text, {}).config.rtmp.port, 1945);
  assert.match(text, /gone\.conf cannot be read here/);
  assert.equal((await stat(output)).mode & 0o777, 0o600);
});

test("a file that is there is not written over, and stays as it was", async (t) => {
  const path = await folder(t);
  const output = join(path, "nginx.conf");
  const { code, said } = await complaints(t, () => importFrom(output, { output }));
  assert.equal(code, 1);
  assert.match(said, /is there already/);
  assert.equal(await readFile(output, "utf8"), nginx);
});

test("with --strict the exit code says that something has no counterpart", async (t) => {
  const path = await folder(t);
  const output = join(path, "sluice.yaml");
  const { code } = await complaints(t, () => importFrom(join(path, "nginx.conf"), { output, strict: true }));
  assert.equal(code, 2);
});

for (const [name, says] of [
  ["gone", /gone is not there/],
  [".", /is a folder/],
] as const) {
  test(`${name} cannot be imported, and the reason is said`, async (t) => {
    const path = await folder(t);
    const { code, said } = await complaints(t, () => importFrom(join(path, name), {}));
    assert.equal(code, 1);
    assert.match(said, says);
  });
}

test("a server that is not known is refused by name", async (t) => {
  const { code, said } = await complaints(t, () => importFrom("any", { from: "apache" }));
  assert.equal(code, 1);
  assert.match(said, /There is no apache to import from; there are nginx, srs, mediamtx, node-media-server/);
});
