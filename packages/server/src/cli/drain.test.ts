import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test, { type TestContext } from "node:test";
import { until } from "../../testing/host.ts";
import { MovingPublisher } from "../../testing/moving-publisher.ts";
import { wholeServer } from "../../testing/whole-server.ts";

const program = `
  const { main } = await import(${JSON.stringify(new URL("../cli.ts", import.meta.url).href)});
  process.exitCode = await main(process.argv.slice(1));`;

/** A server with a stream whose publisher can be asked to go elsewhere, and its command line. */
async function operated(t: TestContext) {
  const server = await wholeServer(t, "auth: open");
  const source = await MovingPublisher.open(server.rtmp, "cam", "one after the other");
  t.after(() => void source.client.socket.destroy());
  source.send(1);
  const start = (...args: string[]) => {
    const child = spawn(
      process.execPath,
      ["--conditions=@sluice/source", "--input-type=module", "-e", program, "--", "-c", server.file, ...args],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, SLUICE_API_URL: `http://127.0.0.1:${server.http}` },
      },
    );
    t.after(() => child.kill("SIGKILL"));
    const run = { output: "", errors: "", exit: once(child, "close").then(([code]) => code as number) };
    child.stdout.on("data", (bytes) => {
      run.output += bytes;
    });
    child.stderr.on("data", (bytes) => {
      run.errors += bytes;
    });
    return run;
  };
  const sluice = async (...args: string[]) => {
    const run = start(...args);
    return { code: await run.exit, output: run.output, errors: run.errors };
  };
  return { source, start, sluice };
}

test("a server is emptied from the command line: it says how far it is, and ends when nobody is left", async (t) => {
  const { source, start, sluice } = await operated(t);
  assert.match((await sluice("drain", "--status")).output, /^the server takes sessions\n$/);
  const run = start("drain", "--to", "rtmp://other.example", "--reason", "updates", "--grace", "10m", "--wait");
  await until(
    () => /0 of 1 that were asked have gone; 1 publishers and 0 viewers are left/.test(run.output),
    "it waits",
  );
  const [event] = source.client.events.filter(({ kind }) => kind === "reconnect");
  assert.deepEqual(event, { kind: "reconnect", tcUrl: "rtmp://other.example/live", description: "updates" });
  const { state, askedLeft } = JSON.parse((await sluice("drain", "--status", "--json")).output);
  assert.deepEqual([state, askedLeft], ["draining", 1]);
  source.client.socket.destroy();
  assert.equal(await run.exit, 0, run.errors);
  assert.match(run.output, /\nnobody is left, and nobody is let in\n$/);
  assert.match((await sluice("drain", "--undo")).output, /^the server takes sessions\n$/);
});

test("clients are asked to connect anew by their session or their stream; what cannot be is said", async (t) => {
  const { source, sluice } = await operated(t);
  assert.match((await sluice("reconnect", "live/cam", "--to", "/live")).output, /^1 asked to connect anew\n$/);
  await source.asked();
  const again = await sluice("reconnect", "live/cam", "--role", "publisher", "--json");
  assert.deepEqual(JSON.parse(again.output), { asked: 1, unable: 0 });
  const wrong = await sluice("reconnect", "live/cam", "--to", "http://other.example");
  assert.deepEqual([wrong.code, wrong.output], [1, ""]);
  assert.match(wrong.errors, /api\/body/);
  const none = await sluice("reconnect", "99");
  assert.equal(none.code, 1);
  assert.match(none.errors, /session\/not-found/);
  const soon = await sluice("drain", "--grace", "soon");
  assert.match(soon.errors, /soon is no duration/);
});
