import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** A folder that is gone when the test is over. */
export function scratchFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-tools-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Puts a program of our own in npm's place for one test: it keeps what it was called with, then does what `body` says. */
export function standInForNpm(t: TestContext, folder: string, body: string): { calls(): string[][] } {
  const log = join(folder, "npm-calls");
  const script = join(folder, "npm-cli.js");
  const keep = `require("node:fs").appendFileSync(${JSON.stringify(log)}, JSON.stringify(process.argv.slice(2)) + "\\n");`;
  write(script, `${keep}\n${body}`);
  setForTest(t, "npm_execpath", script);
  const calls = () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);
  return { calls: () => calls().map((line) => JSON.parse(line) as string[]) };
}

/** An environment variable that is as it was when the test is over. */
export function setForTest(t: TestContext, name: string, value: string | undefined): void {
  const before = process.env[name];
  const put = (to: string | undefined) => {
    if (to === undefined) delete process.env[name];
    else process.env[name] = to;
  };
  put(value);
  t.after(() => put(before));
}

/** A file and the folders above it. */
export function write(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
}
