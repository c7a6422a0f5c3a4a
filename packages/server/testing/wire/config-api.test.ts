import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "node:test";
import { ConfigFile, Overtaken } from "../../src/app/config-file.ts";
import { operatorOf } from "../whole-operator.ts";
import { wholeServer } from "../whole-server.ts";

const yaml = `# mine
auth: key
streamKeys: [a-very-secret-key] # OBS
apps: { live: { hold: 20s } }
`;

type Current = { revision: string; text: string; values: Record<string, unknown> };
type Verdict = {
  valid: boolean;
  problems: { line?: number; key: string; text: string }[];
  differences: { key: string; before: unknown; after: unknown; restart: boolean }[];
  revision?: string;
};

test("an operator reads the configuration without its secrets, tries a change, makes it, and takes it back", async (t) => {
  const server = await wholeServer(t, yaml);
  const api = await operatorOf(server);
  const { text, values, revision } = await api.get<Current>("config");
  assert.ok(!JSON.stringify([text, values]).includes("a-very-secret-key"));
  assert.match(text, /# mine[\s\S]*"kept:[0-9a-f]{16}"\] # OBS/);

  const wanted = text.replace("20s", "25s");
  const tried = await api.post<Verdict>("config/check", { text: wanted });
  assert.equal(tried.valid, true);
  assert.deepEqual(tried.differences, [{ key: "apps.live.hold", before: "20s", after: "25s", restart: false }]);
  assert.equal(await readFile(server.file, "utf8").then((now) => now.includes("20s")), true, "nothing was changed");

  const applied = await api.post<Verdict>("config", { text: wanted, revision });
  const written = await readFile(server.file, "utf8");
  assert.match(written, /hold: 25s/);
  assert.match(written, /# mine[\s\S]*a-very-secret-key[\s\S]*# OBS/);
  assert.equal((await api.get<Current>("config")).revision, applied.revision);

  const overtaken = await api.ask("POST", "config", { text: wanted, revision });
  assert.deepEqual([overtaken.status, overtaken.code], [409, "config/overtaken"]);

  await api.post("config/rollback", { revision });
  assert.match(await readFile(server.file, "utf8"), /hold: 20s/);
  const { items } = await api.get<{ items: { revision: string }[] }>("config/versions");
  assert.deepEqual(
    items.map((each) => each.revision),
    [applied.revision, revision],
  );
});

test("single keys are set with the rest of the file as it was; a mistake is told by its line and changes nothing", async (t) => {
  const server = await wholeServer(t, yaml);
  const api = await operatorOf(server);
  const change = { changes: [{ path: ["apps", "live", "ladder"], value: "auto" }] };
  const tried = await api.ask("PATCH", "config", { ...change, dryRun: true });
  assert.deepEqual((tried.body as Verdict).differences[0]?.key, "apps.live.ladder");
  const applied = await api.ask("PATCH", "config", change);
  assert.equal(applied.status, 200, JSON.stringify(applied.body));
  const written = await readFile(server.file, "utf8");
  assert.match(written, /# mine/);
  assert.match(written, /ladder: auto/);
  const wrong = await api.ask("PATCH", "config", { changes: [{ path: ["apps", "live", "hold"], value: "soon" }] });
  assert.deepEqual([wrong.status, wrong.code], [400, "config/invalid"]);
  assert.equal(await readFile(server.file, "utf8"), written);
  const text = `${written}nonsense: 1\n`;
  const verdict = await api.post<Verdict>("config/check", { text });
  assert.equal(verdict.valid, false);
  assert.equal(verdict.problems[0]?.key, "nonsense");
  assert.ok((verdict.problems[0]?.line ?? 0) > 1);
  const foreign = await api.post<Verdict>("config/check", {
    text: written.replace("a-very-secret-key", '"kept:0123456789abcdef"'),
  });
  assert.match(foreign.problems[0]?.text ?? "", /stands for no secret/);
});

test("the audit log says which keys were changed, and no secret; versions are their owner's alone", async (t) => {
  const server = await wholeServer(t, yaml);
  const api = await operatorOf(server);
  await api.ask("PATCH", "config", { changes: [{ path: ["streamKeys"], value: ["another-secret-key"] }] });
  const { items } = await api.get<{ items: { action: string; detail?: unknown }[] }>("audit");
  const noted = items.find(({ action }) => action === "config.change");
  assert.match(JSON.stringify(noted?.detail), /"changed":\["streamKeys"\]/);
  assert.ok(!JSON.stringify([items, server.lines]).includes("secret-key"));
  const folder = join(dirname(server.file), ".sluice", "config");
  for (const name of await readdir(folder)) {
    const { mode } = await stat(join(folder, name));
    assert.equal(mode & 0o077, 0);
  }
});

test("of two who change the file at once one is told; what somebody else wrote is never lost", async (t) => {
  const server = await wholeServer(t, yaml);
  const file = new ConfigFile(server.file);
  const { revision, text } = await file.read();
  const both = await Promise.allSettled([
    file.write(`${text}# one\n`, revision),
    file.write(`${text}# two\n`, revision),
  ]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const lost = both.find(({ status }) => status === "rejected") as PromiseRejectedResult;
  assert.ok(lost.reason instanceof Overtaken);
  await writeFile(server.file, `${text}# by hand\n`);
  await assert.rejects(file.write(text, revision), Overtaken);
  assert.match(await readFile(server.file, "utf8"), /by hand/);
});
