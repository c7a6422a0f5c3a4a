import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { openConfig, writeFirstConfig } from "./first-start.ts";
import { loadConfig } from "./load.ts";
import { checkPassword } from "./password.ts";

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "sluice-first-start-"));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test("where there is no file, one is made that only its owner reads, with a random key and password", async (t) => {
  const path = await folder(t);
  const file = join(path, "sluice.yaml");
  const { config, warnings, first } = await openConfig(file, {});
  assert.ok(first);
  assert.deepEqual(warnings, []);
  assert.equal(Buffer.from(first.streamKey, "base64url").length, 24);
  assert.deepEqual(config.streamKeys, [first.streamKey]);
  assert.equal(config.auth, "key");
  assert.equal(await checkPassword(config.console.password, first.password), true);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.ok(!(await readFile(file, "utf8")).includes(first.password));
  assert.deepEqual(await readdir(path), ["sluice.yaml"]);

  const again = await openConfig(file, {});
  assert.equal(again.first, undefined);
  assert.deepEqual(again.config, config);
  const other = await openConfig(join(path, "other.yaml"), {});
  assert.notEqual(other.first?.streamKey, first.streamKey);
  assert.notEqual(other.first?.password, first.password);
});

test("every line that is commented out in the new file is allowed when it is not", async (t) => {
  const file = join(await folder(t), "sluice.yaml");
  await writeFirstConfig(file);
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replaceAll(/^# ?(?=(?:rtmp|http|tls):| {2})/gm, ""));
  const { config } = await loadConfig(file, {});
  assert.match(config.tls.certificate, /fullchain\.pem$/);
});

test("a file that is there is never touched, also when two start at once", async (t) => {
  const file = join(await folder(t), "sluice.yaml");
  const made = await Promise.all(Array.from({ length: 8 }, (_, index) => writeFirstConfig(`${file}${index % 2}`)));
  assert.equal(made.filter((each) => each !== undefined).length, 2);
  await writeFile(file, "auth: open\n");
  assert.equal(await writeFirstConfig(file), undefined);
  assert.equal(await readFile(file, "utf8"), "auth: open\n");
});

test("a broken file is not replaced", async (t) => {
  const file = join(await folder(t), "sluice.yaml");
  await writeFile(file, "auth: maybe\n");
  await assert.rejects(openConfig(file, {}), { name: "ConfigError" });
  assert.equal(await readFile(file, "utf8"), "auth: maybe\n");
});

test("where none can be written, the environment has to say who may publish", async (t) => {
  const file = join(await folder(t), "missing", "sluice.yaml");
  await assert.rejects(openConfig(file, {}), {
    name: "ConfigError",
    message: /cannot be written: its folder is not there .*SLUICE_STREAM_KEYS/,
  });
  const { config, warnings, first } = await openConfig(file, { SLUICE_STREAM_KEYS: "12345678" });
  assert.deepEqual([config.streamKeys, first], [["12345678"], undefined]);
  assert.match(warnings.join(), /cannot be written \(its folder is not there\)/);
});
