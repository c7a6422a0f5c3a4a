import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { startApp } from "../app.ts";
import { loadConfig } from "../config/load.ts";

const program = `
  const { main } = await import(${JSON.stringify(new URL("../cli.ts", import.meta.url).href)});
  process.exitCode = await main(process.argv.slice(1));`;
const log = { debug() {}, info() {}, warn() {}, error() {} };

/** A running server, and its command line beside its configuration. */
async function operated(t: TestContext, more = "") {
  const folder = await mkdtemp(join(tmpdir(), "sluice-operate-"));
  const file = join(folder, "sluice.yaml");
  const text = (port: number) => `auth: open
rtmp: { host: 127.0.0.1, port: 0, secureEnabled: false }
http: { host: 127.0.0.1, port: ${port}, securePort: 0 }
apps: { live: { access: { jwt: { secret: a-secret-for-tokens-of-32-letters }, signed: { secret: signing-secret } } } }
${more}
`;
  await writeFile(file, text(0));
  const { config } = await loadConfig(file, {});
  const app = await startApp(config, log, file);
  await writeFile(file, text(app.ports["http.port"] ?? 0));
  t.after(async () => {
    await app.close("the test is over");
    await rm(folder, { recursive: true, force: true });
  });
  const sluice = async (args: readonly string[], input = "") => {
    const child = spawn(
      process.execPath,
      ["--conditions=@sluice/source", "--input-type=module", "-e", program, "--", "-c", file, ...args],
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    child.stdin.end(input);
    let [output, errors] = ["", ""];
    child.stdout.on("data", (bytes) => {
      output += bytes;
    });
    child.stderr.on("data", (bytes) => {
      errors += bytes;
    });
    const [code] = await once(child, "close");
    return { code: code as number, output, errors };
  };
  return { sluice };
}

test("the command line manages keys, bans and accounts of the running server, and the audit log knows", async (t) => {
  const { sluice } = await operated(t);
  const made = await sluice(["key", "create", "live/cam*", "--label", "studio"]);
  assert.equal(made.errors, "");
  const [, key = "", id = ""] = /^Key {3}([\w-]{32})\nId {4}([\w-]{16})\n/.exec(made.output) ?? [];
  assert.match((await sluice(["key", "list"])).output, new RegExp(`${id}  live  cam\\*    studio`));
  assert.match((await sluice(["key", "rotate", id])).output, /^Key {3}[\w-]{32}\n$/);
  assert.match((await sluice(["key", "disable", id])).output, /disabled/);
  assert.match(
    (await sluice(["ban", "add", "192.0.2.0/24", "--expires", "1h"])).output,
    /^banned .*; 0 sessions ended/,
  );
  assert.match((await sluice(["ban", "list"])).output, /192\.0\.2\.0\/24/);
  const account = await sluice(["account", "create", "anna", "--role", "owner"], "a-long-password\n");
  assert.match(account.output, /^account anna \([\w-]+\): owner/);
  const audit = (await sluice(["audit"])).output;
  for (const action of ["key.create", "key.change", "ban.add", "account.create"])
    assert.ok(audit.includes(action), action);
  assert.ok(!audit.includes(key) && !audit.includes("a-long-password"));
});

test("what the server refuses is one sentence with its code, and so is a server that is not there", async (t) => {
  const { sluice } = await operated(t);
  const refused = await sluice(["kick", "nobody"]);
  assert.deepEqual([refused.code, refused.errors], [1, "there is no such session (session/not-found)\n"]);
  const weak = await sluice(["account", "create", "bob"], "short\n");
  assert.equal(weak.code, 1);
  assert.match(weak.errors, /^password .*\(api\/body\)\n$/);
});

test("tokens and signed addresses are made without the server, for apps that have a secret", async (t) => {
  const { sluice } = await operated(t);
  const token = await sluice(["token", "create", "live/cam", "--action", "publish", "--sessions", "2"]);
  const claims = JSON.parse(Buffer.from(token.output.split(".")[1] ?? "", "base64url").toString()) as object;
  assert.deepEqual({ ...claims, exp: 0 }, { exp: 0, action: "publish", app: "live", stream: "cam", sessions: 2 });
  assert.match((await sluice(["sign", "live/cam"])).output, /^expires=\d{10}&signature=[\w-]{43}\n$/);
  const without = await sluice(["sign", "other/cam"]);
  assert.deepEqual([without.code, /^apps\.other\.access\.signed\.secret is not set/.test(without.errors)], [1, true]);
  const revoked = await sluice(["token", "revoke", token.output.trim()]);
  assert.match(revoked.output, /^revoked; 0 sessions ended/);
});

test("the command line shows the hooks, and that one which leads to this machine is refused", async (t) => {
  const { sluice } = await operated(t, "hooks: [{ url: 'http://127.0.0.1:9/path-secret' }]");
  const listed = await sluice(["hooks", "list"]);
  assert.match(listed.output, /^index +host .*\n0 +127\.0\.0\.1:9 /);
  assert.ok(!listed.output.includes("path-secret"));
  const tested = await sluice(["hooks", "test", "0"]);
  assert.equal(tested.code, 1);
  assert.match(tested.errors, /^it has not arrived: hooks\/address: /);
  const [, id = ""] = /^([\w-]{16}) .*hooks\/address/m.exec((await sluice(["hooks", "dead"])).output) ?? [];
  assert.match((await sluice(["hooks", "discard", id])).output, /discarded/);
  assert.match((await sluice(["hooks", "replay", id])).errors, /\(hooks\/letter\)/);
});
