import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type Step, stepsOf } from "../tools/runnable.ts";
import { clip } from "./clips.ts";
import { ffmpeg, missing } from "./peers.ts";
import { type Desk, film, sitDown } from "./reader.ts";
import { doStep } from "./reading.ts";
import { startServer } from "./server.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = ["README.md", ...globSync("docs/**/*.md", { cwd: root }).sort()];
const programs = /(?<![\w./-])(?:ffmpeg|ffplay|ffprobe|rtmpdump|gst-launch-1\.0|openssl|sqlite3|jq)\b/g;

test("what the pages let a reader do can be done, and comes to what they say", {
  skip: missing("bash", "ffmpeg", "curl"),
}, async (t) => {
  const server = await startServer(t, null);
  const made = await ffmpeg(
    `-i ${await clip("stage")} -c:v libx264 -preset ultrafast -g 15 -c:a copy -y`,
    join(server.folder, film),
  ).done;
  assert.equal(made.code, 0, made.err);
  const desk = await sitDown(t, server, await freePort());
  for (const page of pages) {
    const steps = stepsOf(readFileSync(join(root, page), "utf8"));
    if (steps.length > 0) await t.test(page, (inner) => readPage(inner, desk, steps));
  }
});

/** Does what a page says, and then puts everything back. */
async function readPage(t: TestContext, desk: Desk, steps: readonly Step[]): Promise<void> {
  t.after(() => desk.clear());
  const first = steps.find(({ kind }) => kind === "publishes" || kind === "watches" || kind === "run");
  if (first?.kind !== "publishes") await desk.publishUsual();
  for (const step of steps) {
    const [line = ""] = step.block.text.split("\n");
    const skip = step.block.language === "sh" && missing(...new Set(step.block.text.match(programs)));
    await t.test(`line ${step.block.line}: ${line}`, { skip }, () => doStep(desk, step));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
