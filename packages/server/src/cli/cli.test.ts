import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { checkPassword } from "../config/password.ts";

const program = `
  const { main } = await import(${JSON.stringify(new URL("../cli.ts", import.meta.url).href)});
  process.exitCode = await main(process.argv.slice(1));`;
const anyPorts = {
  SLUICE_RTMP_PORT: "0",
  SLUICE_RTMP_SECURE_PORT: "0",
  SLUICE_HTTP_PORT: "0",
  SLUICE_HTTP_SECURE_PORT: "0",
};

type Run = {
  readonly child: ChildProcess;
  output: string;
  errors: string;
  readonly exit: Promise<number | NodeJS.Signals>;
};

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "sluice-cli-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

function start(t: TestContext, cwd: string, args: readonly string[], environment: Record<string, string> = {}): Run {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("SLUICE_"));
  const child = spawn(
    process.execPath,
    ["--conditions=@sluice/source", "--input-type=module", "-e", program, "--", ...args],
    {
      cwd,
      env: { ...Object.fromEntries(own), ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  t.after(() => child.kill("SIGKILL"));
  const run: Run = {
    child,
    output: "",
    errors: "",
    exit: once(child, "close").then(([code, signal]: (number | NodeJS.Signals)[]) => code ?? signal ?? -1),
  };
  child.stdout?.on("data", (bytes) => {
    run.output += bytes;
  });
  child.stderr?.on("data", (bytes) => {
    run.errors += bytes;
  });
  return run;
}

async function until(run: Run, condition: () => boolean, expected: string): Promise<void> {
  for (const end = performance.now() + 60_000; !condition(); ) {
    if (performance.now() > end) throw new Error(`waited in vain until ${expected}\n${run.output}\n${run.errors}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function finished(
  t: TestContext,
  cwd: string,
  args: readonly string[],
  environment: Record<string, string> = {},
) {
  const run = start(t, cwd, args, environment);
  return { code: await run.exit, output: run.output, errors: run.errors };
}

test("serve: the first start makes a configuration and shows it; a later one does not; signals end it with 0", async (t) => {
  const cwd = await folder(t);
  const first = start(t, cwd, [], anyPorts);
  await until(first, () => first.output.includes("ready in"), "it is ready");
  const key = /\?key=([\w-]{32})/.exec(first.output)?.[1] ?? "";
  assert.ok((await readFile(join(cwd, "sluice.yaml"), "utf8")).includes(key));
  assert.match(first.output, /Watch +http:\/\/127\.0\.0\.1:\d+\/live\/test/);
  first.child.kill("SIGTERM");
  assert.equal(await first.exit, 0);
  assert.match(first.output, /"signal":"SIGTERM","message":"stopping"/);

  const second = start(t, cwd, ["serve", "--config", "sluice.yaml"], { ...anyPorts, SLUICE_RTMP_PROT: "1" });
  await until(second, () => second.output.includes("ready in"), "it is ready");
  assert.ok(!second.output.includes(key));
  assert.match(second.output, /"level":"warn".*SLUICE_RTMP_PROT is no setting; did you mean SLUICE_RTMP_PORT\?/);
  second.child.kill("SIGINT");
  assert.equal(await second.exit, 0);
  assert.equal(first.errors + second.errors, "");
});

test("serve: a changed file is used, a broken one is not, and what needs a restart is said", async (t) => {
  const cwd = await folder(t);
  const file = join(cwd, "my.yaml");
  await writeFile(file, "auth: open\nstreamKeys: [hunter2-hunter2]\n");
  const run = start(t, cwd, ["-c", file], anyPorts);
  await until(run, () => run.output.includes("ready in"), "it is ready");

  await writeFile(file, "auth: maybe\nstreamKeys: [hunter]\n");
  await until(run, () => run.output.includes("streamKeys.0"), "the problems are logged");
  assert.match(run.output, /the changed configuration is not used/);
  assert.match(run.output, /my\.yaml:1:7 auth: \\"maybe\\" is not one of key, open/);

  await writeFile(file, "auth: open\nlog: { level: warn }\npacing: { window: 20ms }\n");
  await until(run, () => run.output.includes("need a restart"), "the restart is asked for");
  assert.match(run.output, /"settings":\["pacing\.window"\]/);

  await writeFile(file, "auth: open\n");
  await until(run, () => run.output.includes("was read again"), "the level is info again");
  const before = run.output.split("was read again").length;
  run.child.kill("SIGHUP");
  await until(run, () => run.output.split("was read again").length > before, "SIGHUP reads it again");
  run.child.kill("SIGTERM");
  assert.equal(await run.exit, 0);
  assert.ok(!(run.output + run.errors).includes("hunter"));
});

for (const [listener, variable] of [
  ["rtmp.port", "SLUICE_RTMP_PORT"],
  ["rtmp.securePort", "SLUICE_RTMP_SECURE_PORT"],
  ["http.port", "SLUICE_HTTP_PORT"],
  ["http.securePort", "SLUICE_HTTP_SECURE_PORT"],
] as const) {
  test(`serve: when the port of ${listener} is taken, one sentence says so`, async (t) => {
    const cwd = await folder(t);
    await writeFile(join(cwd, "sluice.yaml"), "auth: open\n");
    const holder = createServer().listen(0);
    await once(holder, "listening");
    t.after(() => void holder.close());
    const { port } = holder.address() as AddressInfo;
    const { code, errors } = await finished(t, cwd, ["serve"], { ...anyPorts, [variable]: String(port) });
    assert.equal(code, 1);
    assert.equal(
      errors,
      `Sluice cannot start: port ${port} (${listener}) is taken, by another program or another listener; choose another port with ${listener} in sluice.yaml or ${variable} in the environment.\n`,
    );
  });
}

test("serve: what is wrong with the configuration, the certificate or the address is said without a stack", async (t) => {
  const cwd = await folder(t);
  const cases: [string, RegExp][] = [
    ["auth: maybe\n", /^sluice\.yaml:1:7 auth: "maybe" is not one of key, open\n$/],
    [
      "auth: open\ntls: { certificate: a.pem }\n",
      /^Sluice cannot start: tls\.certificate is set but tls\.key is not: .*\n$/,
    ],
    [
      "auth: open\nrtmp: { host: 192.0.2.1 }\n",
      /^Sluice cannot start: the address to listen on for rtmp\.port is none of this machine's; change rtmp\.host in .*\n$/,
    ],
  ];
  for (const [text, says] of cases) {
    await writeFile(join(cwd, "sluice.yaml"), text);
    const { code, errors } = await finished(t, cwd, ["serve"], anyPorts);
    assert.equal(code, 1, text);
    assert.match(errors, says);
  }
});

test("check: says what is wrong, or that nothing is", async (t) => {
  const cwd = await folder(t);
  await writeFile(join(cwd, "sluice.yaml"), "auth: open\n");
  await writeFile(join(cwd, "bad.yaml"), "auht: open\nstreamKeys: [hunter]\n");
  const runs = await Promise.all([
    finished(t, cwd, ["check"]),
    finished(t, cwd, ["check", "--config", "bad.yaml"]),
    finished(t, cwd, ["-c", "none.yaml", "check"]),
    finished(t, cwd, ["check"], { SLUICE_CONFIG: "bad.yaml" }),
    finished(t, cwd, ["check"], { SLUICE_HTTP_PROT: "1" }),
  ]);
  const bad =
    "bad.yaml:1:1 auht: is no setting; did you mean auth?\nbad.yaml:2:14 streamKeys.0: the value is not a text from 8 to 256 characters\n";
  assert.deepEqual(runs, [
    { code: 0, output: "sluice.yaml is valid\n", errors: "" },
    { code: 1, output: "", errors: bad },
    {
      code: 1,
      output: "",
      errors: "none.yaml is not there; start the server once to make one, or name another with --config\n",
    },
    { code: 1, output: "", errors: bad },
    {
      code: 0,
      output: "sluice.yaml is valid\n",
      errors: "warning: SLUICE_HTTP_PROT is no setting; did you mean SLUICE_HTTP_PORT?\n",
    },
  ]);
});

test("password, --version and --help", async (t) => {
  const cwd = await folder(t);
  const [made, version, help, serve, unknown] = await Promise.all([
    finished(t, cwd, ["password"]),
    finished(t, cwd, ["--version"]),
    finished(t, cwd, ["--help"]),
    finished(t, cwd, ["serve", "--help"]),
    finished(t, cwd, ["serve", "--wibble"]),
  ]);
  const [, password = "", hash = ""] = /password {3}(\S+)[\s\S]*password: (\S+)/.exec(made.output) ?? [];
  assert.equal(await checkPassword(hash, password), true);
  assert.deepEqual([version.code, /^\d+\.\d+\.\d+\n$/.test(version.output)], [0, true]);
  for (const word of ["serve", "check", "password", "--config", "Examples:"])
    assert.ok(help.output.includes(word), word);
  assert.match(serve.output, /--config[\s\S]*Examples:/);
  assert.deepEqual([unknown.code, /unknown option/.test(unknown.errors)], [2, true]);
});
