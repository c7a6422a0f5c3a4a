import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { run } from "./command.ts";

const cwd = process.cwd();
const script = (text: string) => [process.execPath, "-e", text];
const unix = { skip: process.platform === "win32" ? "process groups are Unix's" : false };

test("the exit code and the last message are returned", async () => {
  const line = script("process.send(1); process.send({ passed: 2 }, () => process.exit(3))");
  assert.deepEqual(await run(line, { cwd, limitMs: 20_000 }), { code: 3, message: { passed: 2 }, tookTooLong: false });
});

test("what a signal ends has failed", unix, async () => {
  const { code } = await run(script('process.kill(process.pid, "SIGKILL")'), { cwd, limitMs: 20_000 });
  assert.equal(code, 1);
});

/** Sends the id of a grandchild that would outlive everyone, then does what `then` says. */
const parent = (then: string) => `
  const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  process.on("SIGTERM", () => {});
  process.send(child.pid, () => { ${then} });`;

for (const [name, then, limitMs, tookTooLong] of [
  ["what is left behind", "process.exit(0)", 20_000, false],
  ["what takes too long, with all that it started", "setInterval(() => {}, 1000)", 1_000, true],
] as const) {
  test(`${name} is ended`, unix, async () => {
    const outcome = await run(script(parent(then)), { cwd, limitMs });
    assert.equal(outcome.tookTooLong, tookTooLong);
    assert.equal(outcome.code, tookTooLong ? 1 : 0);
    await untilGone(outcome.message as number);
  });
}

test("an interrupted run ends what it runs", unix, async (t) => {
  const from = new URL("command.ts", import.meta.url).href;
  const outer = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `const { run } = await import(${JSON.stringify(from)});
       await run([process.execPath, "-e", "console.log(process.pid); setInterval(() => {}, 1000)"], { cwd: "/", limitMs: 60000 });`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  t.after(() => outer.kill("SIGKILL"));
  const [pid] = (await once(outer.stdout, "data")) as [Buffer];
  outer.kill("SIGINT");
  assert.deepEqual(await once(outer, "exit"), [130, null]);
  await untilGone(Number(pid.toString()));
});

async function untilGone(pid: number): Promise<void> {
  for (const end = performance.now() + 30_000; isThere(pid); ) {
    assert.ok(performance.now() < end, `process ${pid} is still there`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
