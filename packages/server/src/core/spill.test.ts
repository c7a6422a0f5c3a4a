import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { Spill } from "./spill.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "sluice-spill-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return join(path, "made", "when needed");
}

const bytes = (value: number, length: number) => new Uint8Array(length).fill(value);

test("what was written is read back, whatever was written beside it", async (t) => {
  const directory = folder(t);
  const spill = new Spill((number) => join(directory, `${number}`), 1000);
  assert.equal(existsSync(directory), false);
  const places = await Promise.all(
    Array.from({ length: 20 }, (_, index) => spill.write([bytes(index, 100), bytes(index, 50)], 150)),
  );
  assert.equal(spill.bytes, 3000);
  assert.equal(readdirSync(directory).length, 4);
  for (const [index, place] of places.entries()) assert.deepEqual(await spill.read(place), bytes(index, 150));
});

test("a file goes when nothing in it is wanted any more, and all go at the end", async (t) => {
  const directory = folder(t);
  const spill = new Spill((number) => join(directory, `${number}`), 1000);
  const places = await Promise.all(Array.from({ length: 12 }, (_, index) => spill.write([bytes(index, 300)], 300)));
  for (const place of places.slice(0, 5)) spill.release(place);
  await spill.write([bytes(1, 1)], 1);
  assert.deepEqual(readdirSync(directory).sort(), ["1", "2", "3"]);
  assert.equal(spill.bytes, 9 * 300 + 1);
  for (const place of places.slice(5)) spill.release(place);
  await spill.close();
  assert.deepEqual(readdirSync(directory), []);
  await assert.rejects(spill.write([bytes(1, 1)], 1));
});

test("something larger than a file has a file of its own", async (t) => {
  const directory = folder(t);
  const spill = new Spill((number) => join(directory, `${number}`), 1000);
  const places = [await spill.write([bytes(1, 10)], 10), await spill.write([bytes(2, 5000)], 5000)];
  assert.deepEqual(await spill.read(places[1] ?? assert.fail()), bytes(2, 5000));
  assert.equal(readdirSync(directory).length, 2);
});

test("nothing that is there is written over, and a disk that refuses does so for that write only", async (t) => {
  const directory = folder(t);
  const spill = new Spill((number) => join(directory, `${number}`), 1000);
  await spill.write([bytes(1, 900)], 900);
  writeFileSync(join(directory, "1"), "another's");
  await assert.rejects(spill.write([bytes(2, 900)], 900), { code: "EEXIST" });
  const place = await spill.write([bytes(3, 900)], 900);
  assert.deepEqual(await spill.read(place), bytes(3, 900));
});

test("a full disk is an error, and what it took of the write is given back", async () => {
  const spill = new Spill(() => "/dev/full", 1000);
  await assert.rejects(spill.write([bytes(1, 10)], 10));
});
