import assert from "node:assert/strict";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type Block, hasShapeOf, type Step, shows } from "../tools/runnable.ts";
import { until } from "./peers.ts";
import type { Desk } from "./reader.ts";
import type { Result } from "./shell.ts";

/** Does one step of a page, and judges it as its mark says. */
export async function doStep(desk: Desk, step: Step): Promise<void> {
  const text = desk.here(step.block.text);
  switch (step.kind) {
    case "configuration":
      return desk.configuration.use(text);
    case "file":
      return writeFileSync(join(desk.server.folder, step.name), text);
    case "starts":
      return judge(desk, { code: 0, out: started(desk), err: "" }, step.output);
    case "run":
      return judge(desk, await desk.shell.run(text), step.output);
    case "publishes":
      return desk.publish(step.stream, text);
    case "watches":
      for (const line of linesOf(text)) await watch(desk, step.stream, line);
      return;
    case "serves":
      return serve(desk, text);
    case "opens": {
      const result = await desk.shell.run(text);
      judge(desk, result, step.output);
      return open(desk, step.stream, result.out.trim());
    }
  }
}

function judge(desk: Desk, { code, out, err }: Result, output: Block | undefined): void {
  assert.equal(code, 0, `${out}${err}`);
  assert.doesNotMatch(out, /"status":[45]\d\d\b/);
  if (output?.language === "json") {
    const [actual, expected] = [out, output.text].map((text) => JSON.parse(text) as unknown);
    assert.ok(hasShapeOf(actual, expected), `${out}\nis not like\n${output.text}`);
  } else if (output) {
    const expected = desk.here(output.text);
    assert.ok(shows(out + err, expected), `${out}${err}\ndoes not show\n${expected}`);
  }
}

/** What the server said when it started, as it says it in its own folder. */
function started({ server }: Desk): string {
  return server.output().replaceAll(`${server.folder}/`, "");
}

/** Each line that is no comment is a command that goes on until it is interrupted. */
function linesOf(text: string): string[] {
  const whole = text.replaceAll(/\\\n\s*/g, "");
  return whole.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
}

async function watch(desk: Desk, stream: string, line: string): Promise<void> {
  const before = new Set((await viewers(desk, stream)).map(({ id }) => id));
  const sizes = sizesIn(desk.server.folder);
  const going = desk.shell.begin(line);
  const writes = /\s"?[\w%-]+\.(?:flv|mkv|ts)"?$/.test(line); // its last word is a file, not an address
  const hasWritten = () =>
    Array.from(sizesIn(desk.server.folder)).some(([file, size]) => size > (sizes.get(file) ?? 0) + 20_000);
  const isServed = async () => (await viewers(desk, stream)).some(({ id, bytes }) => !before.has(id) && bytes > 10_000);
  await until(
    async () => going.isOver || ((await isServed()) && (!writes || hasWritten())),
    `${line}: is sent the stream${writes ? ", and written" : ""}`,
  );
  const isOver = going.isOver;
  const { code, out, err } = await going.interrupt();
  assert.ok(!isOver || code === 0, `${line}: ended with ${code}: ${out}${err}`);
}

function sizesIn(folder: string): ReadonlyMap<string, number> {
  return new Map(readdirSync(folder).map((file) => [file, statSync(join(folder, file)).size]));
}

type Viewer = { readonly id: string; readonly bytes: number };

async function viewers(desk: Desk, stream: string): Promise<readonly Viewer[]> {
  const { items } = (await desk.ask(`sessions?role=viewer&stream=${stream}`)) as { readonly items: readonly Viewer[] };
  return items;
}

async function serve(desk: Desk, text: string): Promise<void> {
  const going = desk.shell.begin(text);
  desk.keep(going);
  const port = Number(desk.here("127.0.0.1:3000").split(":")[1]);
  await until(async () => going.isOver || (await answers(port)), "its port answers");
  assert.ok(!going.isOver, JSON.stringify(going.result));
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => socket.end(() => resolve(true)));
    socket.once("error", () => resolve(false));
  });
}

/** An address, what stands behind its `?`, or a token: it lets in, to where nobody is let in without. */
async function open(desk: Desk, stream: string, printed: string): Promise<void> {
  const closed = `${desk.server.http}/${stream}.m3u8`;
  if (printed.startsWith("rtmp:"))
    return desk.publish(stream, `ffmpeg -loglevel error -re -i video.mp4 -c copy -f flv "${printed}"`);
  if (!(await desk.ask(`streams/${stream}`))) await desk.publish(stream);
  assert.equal((await fetch(closed)).status, 403, "without it");
  const query = /^[^/?=]+\.[^/?=]+\.[^/?=]+$/.test(printed) ? `token=${printed}` : printed;
  const answer = await fetch(printed.startsWith("http:") ? printed : `${closed}?${query}`);
  await answer.body?.cancel();
  assert.equal(answer.status, 200, printed);
}
