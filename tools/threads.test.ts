import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";

const threads = fileURLToPath(new URL("../packages/server/bin/threads.mjs", import.meta.url));

test("what V8 does beside it makes way for the server", { skip: process.platform !== "linux" }, () => {
  const script = `
    import { readdirSync, readFileSync } from "node:fs";
    import { getPriority } from "node:os";
    import { serveFirst } from ${JSON.stringify(threads)};
    serveFirst();
    const of = readdirSync("/proc/self/task").map((id) => [readFileSync("/proc/self/task/" + id + "/comm", "utf8").trim(), getPriority(Number(id))]);
    console.log(JSON.stringify({ own: getPriority(), workers: of.filter(([name]) => name === "V8Worker").map(([, nice]) => nice) }));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(stderr, "");
  const { own, workers } = JSON.parse(stdout) as { own: number; workers: number[] };
  assert.ok(workers.length > 0, "this Node names them otherwise");
  assert.deepEqual(
    workers,
    workers.map(() => 19),
  );
  assert.ok(own < 19);
});
