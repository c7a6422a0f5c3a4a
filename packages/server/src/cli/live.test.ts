import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import test, { type TestContext } from "node:test";
import { until } from "../../testing/host.ts";
import { publisher } from "../../testing/peer.ts";
import { wholeServer } from "../../testing/whole-server.ts";
import { bodies } from "../../testing/wire-bytes.ts";

const program = `
  const { main } = await import(${JSON.stringify(new URL("../cli.ts", import.meta.url).href)});
  process.exitCode = await main(process.argv.slice(1));`;

/** A server with a live stream, and its command line. */
async function operated(t: TestContext) {
  const server = await wholeServer(t, "auth: open\napps: { live: { hold: 20s } } # mine");
  const source = await publisher(server.rtmp, "cam");
  t.after(() => source.socket.destroy());
  source.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF]);
  await until(() => server.lines.some((line) => /"state":"live"/.test(line)), "the stream is live");
  const start = (args: readonly string[], url = `http://127.0.0.1:${server.http}`) => {
    const child = spawn(
      process.execPath,
      ["--conditions=@sluice/source", "--input-type=module", "-e", program, "--", "-c", server.file, ...args],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, SLUICE_API_URL: url } },
    );
    t.after(() => child.kill("SIGKILL"));
    const run = { child, output: "", errors: "", exit: once(child, "close").then(([code]) => code as number) };
    child.stdout.on("data", (bytes) => {
      run.output += bytes;
    });
    child.stderr.on("data", (bytes) => {
      run.errors += bytes;
    });
    return run;
  };
  const sluice = async (...args: string[]) => {
    const run = start(args);
    return { code: await run.exit, output: run.output, errors: run.errors };
  };
  return { server, sluice, start };
}

test("streams, sessions and the server are shown to people and, as JSON, to programs", async (t) => {
  const { sluice } = await operated(t);
  const [people, programs, sessions, shown, node] = await Promise.all([
    sluice("streams", "--app", "live"),
    sluice("streams", "--json"),
    sluice("sessions", "--role", "publisher"),
    sluice("stream", "show", "live/cam"),
    sluice("node"),
  ]);
  assert.match(people.output, /^path +state +viewers .*\nlive\/cam +live +0 .* B /, people.errors);
  const [stream] = JSON.parse(programs.output) as { path: string; health: object }[];
  assert.deepEqual([stream?.path, typeof stream?.health], ["live/cam", "object"]);
  assert.match(sessions.output, /\n1 +publisher +rtmp +live\/cam +127\.0\.0\.1/);
  assert.match(shown.output, /^Stream {6}live\/cam\nState {7}live\n[\s\S]*video +h264[\s\S]*(No warnings|Warning \()/);
  assert.match(node.output, /^Sluice .*Node v[\s\S]*1 publishers/);
});

test("a stream is ended, and the exit code says what became of a command", async (t) => {
  const { sluice, start } = await operated(t);
  const missing = await sluice("stream", "show", "live/none");
  assert.deepEqual([missing.code, missing.errors], [1, "there is no such stream now (stream/not-found)\n"]);
  const wrong = await sluice("stream", "shwo", "live/cam");
  assert.deepEqual([wrong.code, /unknown command/.test(wrong.errors)], [2, true]);
  const nobody = start(["node"], "http://127.0.0.1:1");
  assert.equal(await nobody.exit, 3);
  assert.match(nobody.errors, /^no server answers at http:\/\/127\.0\.0\.1:1/);
  assert.equal((await sluice("stream", "end", "live/cam")).output, "stream live/cam ends\n");
});

test("events are followed until the command is interrupted", async (t) => {
  const { server, start } = await operated(t);
  const run = start(["events", "--kinds", "session-opened", "--json"]);
  // Nothing says that it listens: somebody comes again and again until it has told of one.
  for (let number = 0; run.output === ""; number++) {
    (await publisher(server.rtmp, `other${number}`)).socket.destroy();
    if (number > 200) throw new Error(`nothing is told: ${run.errors}`);
  }
  const [line = ""] = run.output.split("\n");
  const { kind, role } = JSON.parse(line) as { kind: string; role: string };
  assert.deepEqual([kind, role], ["session opened", "publisher"]);
  run.child.kill("SIGINT");
  assert.equal(await run.exit, 0);
});

test("the configuration is read, tried, changed and taken back", async (t) => {
  const { server, sluice } = await operated(t);
  assert.equal((await sluice("config", "get", "apps.live.hold")).output, "20s\n");
  assert.match((await sluice("config", "get")).output, /# mine/);
  const set = await sluice("config", "set", "apps.live.hold", "30s");
  assert.match(set.output, /apps\.live\.hold +20s +30s +at once\n[\s\S]*the configuration is now [0-9a-f]{16}\n$/);
  assert.match(await readFile(server.file, "utf8"), /hold: 30s \} \} # mine/);
  const other = `${server.file}.other`;
  await writeFile(other, (await readFile(server.file, "utf8")).replace("30s", "soon"));
  const refused = await sluice("config", "check", other);
  assert.deepEqual([refused.code, /sluice\.yaml\.other:\d+ apps\.live\.hold: /.test(refused.errors)], [1, true]);
  await writeFile(other, (await readFile(server.file, "utf8")).replace("30s", "40s"));
  assert.match((await sluice("config", "diff", other)).output, /apps\.live\.hold +30s +40s +at once/);
  assert.equal((await sluice("config", "apply", other)).code, 0);
  const versions = JSON.parse((await sluice("config", "versions", "--json")).output) as { revision: string }[];
  assert.equal(versions.length, 2);
  assert.equal((await sluice("config", "rollback", versions[1]?.revision ?? "")).code, 0);
  assert.equal((await sluice("config", "get", "apps.live.hold")).output, "20s\n");
  assert.equal((await sluice("config", "unset", "apps.live.hold")).code, 0);
});
