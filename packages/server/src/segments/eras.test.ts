import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { until } from "../../testing/host.ts";
import { openEras } from "./eras.ts";

test("numbers go on upwards after a restart, and stay small", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "eras-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "eras");
  const first = await openEras(file);
  assert.deepEqual([first.next(), first.next(), first.next(1), first.next(2)], [1, 2, 2, 3]);
  const isKept = (text: string) => existsSync(file) && readFileSync(file, "latin1") === text;
  await until(() => isKept("3\n"), "they are kept");
  assert.equal((await openEras(file)).next(), 4);
  await until(() => isKept("4\n"), "the next one too");
});

test("where nothing can be kept numbers are given out all the same", async () => {
  const eras = await openEras("/nowhere/at/all");
  assert.deepEqual([eras.next(), eras.next()], [1, 2]);
});
