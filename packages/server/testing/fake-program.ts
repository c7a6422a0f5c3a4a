import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A program of these shell commands, to be run in another's place; it goes when the test ends. */
export function fakeProgram(t: TestContext, commands: string): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-fake-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "program");
  writeFileSync(path, `#!/bin/sh\n${commands}\n`);
  chmodSync(path, 0o755);
  return path;
}
