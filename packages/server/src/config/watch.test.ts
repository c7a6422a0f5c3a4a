import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { watchFiles } from "./watch.ts";

const quick = { settleMs: 10, pollMs: 50 };

async function watched(t: TestContext, setUp: (folder: string) => Promise<void> = async () => {}, settings = quick) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-watch-"));
  await writeFile(join(folder, "a"), "1");
  await setUp(folder);
  let changes = 0;
  const waiting: (() => void)[] = [];
  const close = watchFiles(
    [join(folder, "a"), join(folder, "later", "b")],
    () => {
      changes++;
      waiting.shift()?.();
    },
    settings,
  );
  t.after(async () => {
    close();
    await rm(folder, { recursive: true });
  });
  return {
    folder,
    close,
    count: () => changes,
    /** Resolves when the next change was told; fails when none is told in thirty seconds. */
    next: () =>
      new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error("no change was told")), 30_000);
        waiting.push(() => {
          clearTimeout(late);
          resolve();
        });
      }),
  };
}

const changes: { name: string; change: (folder: string) => Promise<void> }[] = [
  { name: "written to", change: (folder) => writeFile(join(folder, "a"), "22") },
  {
    name: "replaced",
    change: async (folder) => {
      await writeFile(join(folder, "a.tmp"), "2");
      await rename(join(folder, "a.tmp"), join(folder, "a"));
    },
  },
  { name: "removed", change: (folder) => rm(join(folder, "a")) },
  {
    name: "made in a folder that was not there",
    change: async (folder) => {
      await mkdir(join(folder, "later"));
      await writeFile(join(folder, "later", "b"), "1");
    },
  },
];
for (const { name, change } of changes) {
  test(`a file that is ${name} is told of once`, async (t) => {
    const { folder, next, count } = await watched(t);
    const told = next();
    await change(folder);
    await told;
    assert.equal(count(), 1);
  });
}

test("a link that is turned to another folder is a change, as secrets in containers are", async (t) => {
  const { folder, next } = await watched(t, async (path) => {
    for (const name of ["one", "two"]) {
      await mkdir(join(path, name));
      await writeFile(join(path, name, "b"), name);
    }
    await symlink("one", join(path, "later"));
  });
  const told = next();
  await symlink("two", join(folder, "new"));
  await rename(join(folder, "new"), join(folder, "later"));
  await told;
});

test("after the end nothing is told", async (t) => {
  const { folder, close, count } = await watched(t);
  await writeFile(join(folder, "a"), "22");
  close();
  const other = await watched(t);
  const told = other.next();
  await writeFile(join(other.folder, "a"), "22");
  await told;
  assert.equal(count(), 0);
});

test("where the system tells nothing, the poll finds it", async (t) => {
  const { folder, next } = await watched(t, (path) => rm(path, { recursive: true }).then(() => {}));
  const told = next();
  await mkdir(folder);
  await writeFile(join(folder, "a"), "1");
  await told;
});
