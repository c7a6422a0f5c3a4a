import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { validate } from "dockerfile-utils";
import { readYaml } from "../packages/server/src/config/yaml-text.ts";
import { renderChart } from "../tools/chart.ts";
import { makeProduction } from "../tools/production.ts";
import { missing, peer, until } from "./peers.ts";

const packaging = fileURLToPath(new URL("../packaging/", import.meta.url));
const anyPorts = {
  SLUICE_RTMP_PORT: "0",
  SLUICE_RTMP_SECURE_PORT: "0",
  SLUICE_HTTP_PORT: "0",
  SLUICE_HTTP_SECURE_PORT: "0",
};

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "sluice-packaging-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What a program has said, when it has ended well. */
function outputOf(program: string, args: readonly string[], input = ""): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", input, timeout: 60_000 });
  assert.equal(status, 0, `${program} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout + stderr;
}

test("what an image has runs alone: the server, its pages, its records and its passwords", async (t) => {
  const place = folder(t);
  const program = join(place, "program");
  makeProduction(program);
  const config = join(place, "sluice.yaml");
  const sluice = join(program, "packages/server/bin/sluice.mjs");
  const { child, text, done } = peer(process.execPath, [sluice, "serve", "--config", config], {
    env: { ...anyPorts, SLUICE_LOG_FORMAT: "json" },
  });
  t.after(async () => {
    child.kill("SIGKILL");
    await done;
  });
  const port = () => /"http\.port":(\d+)/.exec(text.out)?.[1];
  await until(() => port() !== undefined || child.exitCode !== null, "the server listens");
  const http = `http://127.0.0.1:${port()}`;
  for (const path of ["/healthz", "/readyz", "/", "/live/test", "/assets/player/sluice-player.js"]) {
    const answer = await fetch(http + path);
    await answer.arrayBuffer();
    assert.equal(answer.status, 200, path);
  }
  const [, password = ""] = /any user name, password (\S+)/.exec(text.out) ?? [];
  const account = { name: "anna", password: "a long password of hers", role: "owner" };
  const made = await fetch(`${http}/api/v1/accounts`, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(account),
  });
  assert.ok(made.ok, await made.text());
});

test("systemd finds nothing wrong with the unit, and little that it could harm", {
  skip: missing("systemd-analyze"),
}, () => {
  const unit = join(packaging, "sluice.service");
  assert.equal(outputOf("systemd-analyze", ["verify", "--recursive-errors=no", unit]), "");
  outputOf("systemd-analyze", ["security", "--offline=true", "--threshold=25", unit]);
});

test("Compose understands the compose file, and finds all that it needs in it", {
  skip: missing("docker-compose"),
}, () => {
  const read = outputOf("docker-compose", ["-f", join(packaging, "compose.yaml"), "config"]);
  assert.match(read, /dockerfile: packaging\/Dockerfile/);
});

test("a linter finds nothing wrong with the Dockerfile", () => {
  const said = (text: string) => validate(text).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`);
  const text = readFileSync(join(packaging, "Dockerfile"), "utf8");
  assert.deepEqual(said(text), []);
  assert.notDeepEqual(said(`${text}\nHEALTHCHECK --often CMD true\n`), []);
});

/** Of one version of Kubernetes' interface. The package's own types do not hold under the compiler's strictest options. */
type Models = Readonly<Record<string, new (value: unknown) => { validate(): void }>>;
const models = async (version: string): Promise<Models> => import(`kubernetes-models/${version}`);

test("what the chart comes to is what Kubernetes takes", async () => {
  const kinds: Models = { ...(await models("v1")), ...(await models("apps/v1")) };
  const made = [...renderChart(join(packaging, "helm/sluice"), { config: { auth: "open" } })].filter(([name]) =>
    name.endsWith(".yaml"),
  );
  assert.equal(made.length, 3);
  for (const [name, text] of made) {
    const { value } = readYaml(text);
    const { kind, spec } = value as { kind: string; spec?: object };
    const Model = kinds[kind] ?? assert.fail(`${name} is of the kind ${kind}`);
    new Model(value).validate();
    const wrong = { ...(value as object), spec: { ...spec, replicas: "two", ports: "none" }, data: 7 };
    assert.throws(() => new Model(wrong).validate(), name);
  }
});

test("yamllint finds nothing wrong with the files, nor with what the chart comes to", {
  skip: missing("yamllint"),
}, (t) => {
  const place = folder(t);
  const rules =
    "{extends: default, rules: {line-length: {max: 160}, document-start: disable, comments: {min-spaces-from-content: 1}}}";
  const written = ["compose.yaml", "helm/sluice/Chart.yaml", "helm/sluice/values.yaml"].map((file) =>
    join(packaging, file),
  );
  mkdirSync(join(place, "made"));
  const made = [...renderChart(join(packaging, "helm/sluice"), { config: { auth: "open" } })]
    .filter(([name]) => name.endsWith(".yaml"))
    .map(([name, text]) => {
      const file = join(place, "made", name);
      writeFileSync(file, `${text.trim()}\n`);
      return file;
    });
  outputOf("yamllint", ["--strict", "-d", rules, ...written]);
  // Helm's own way of writing lists is not looked at.
  outputOf("yamllint", [
    "-d",
    "{extends: relaxed, rules: {line-length: disable, indentation: disable, octal-values: disable}}",
    ...made,
  ]);
});
