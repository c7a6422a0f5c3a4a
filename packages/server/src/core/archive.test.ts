import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import { until } from "../../testing/host.ts";
import { audioTrack, synthetic, videoTrack } from "../../testing/synthetic.ts";
import { Archive } from "./archive.ts";
import type { HistoryLimits } from "./history.ts";
import { defaultLogLimits, PacketLog } from "./packet-log.ts";
import { Past } from "./past.ts";

const mebibyte = 1024 * 1024;
const limits: HistoryLimits = { windowUs: 3_600_000_000, memoryBytes: 2 * mebibyte, diskBytes: 1024 * mebibyte };
const both = [videoTrack, audioTrack];

function archiveIn(t: TestContext, directory?: string, memoryBytes = 1024 * mebibyte) {
  const path = directory ?? mkdtempSync(join(tmpdir(), "sluice-archive-"));
  if (directory === undefined) t.after(() => rmSync(path, { recursive: true, force: true }));
  const warnings: object[] = [];
  const ignore = () => {};
  const warn = (fields: object) => void warnings.push(fields);
  const archive = new Archive({
    directory: path,
    memoryBytes,
    log: { debug: ignore, info: ignore, warn, error: ignore },
  });
  t.after(() => archive.close());
  return { archive, path, warnings };
}

/** A stream's log with a history of the archive behind it. `append` adds frames of 5,000 bytes, and lets the disk keep up. */
function streamOf(archive: Archive, changed: Partial<HistoryLimits> = {}) {
  const history = archive.open("live/cam", { ...limits, ...changed });
  const log = new PacketLog({ ...defaultLogLimits, keepUs: 2_000_000 }, history);
  const packets: Packet[] = [];
  const limit = (changed.memoryBytes ?? limits.memoryBytes) + 512 * 1024;
  const append = async (count: number) => {
    for (let number = 0; number < count; number++) {
      for (const packet of synthetic(1, { from: Math.max(0, packets.length - 2) / 2, frameBytes: 5_000 })) {
        log.append(packet, both, undefined);
        log.trim();
        packets.push(packet);
      }
      if (number % 25 === 0) await until(() => history.memoryBytes <= limit, "the disk has kept up");
    }
  };
  return { history, log, past: new Past(log, history), packets, append };
}

test("what memory has no room for is on disk, and comes back as it was", async (t) => {
  const { archive, path, warnings } = archiveIn(t);
  const { history, log, past, packets, append } = streamOf(archive);
  await append(3_000);
  await until(() => history.memoryBytes <= 2 * mebibyte, "the disk has all that is too much");
  assert.ok(history.diskBytes > 10 * mebibyte);
  assert.ok(readdirSync(path).length >= 1);
  assert.equal(past.first, 0);
  assertSame(await past.read(0, log.head), packets);
  assert.ok(past.read(10, 20) instanceof Promise || Array.isArray(past.read(10, 20)));
  assertSame(await past.read(1_000, 1_100), packets.slice(1_000, 1_100));
  assert.ok(!(past.read(log.first - 10, log.first) instanceof Promise));
  assert.deepEqual(warnings, []);
});

test("who reads the same at once reads it once, and again without the disk", async (t) => {
  const { archive, path } = archiveIn(t);
  const { past, packets, append, history } = streamOf(archive);
  await append(2_000);
  await until(() => history.memoryBytes <= 2 * mebibyte, "the disk has all that is too much");
  const reads = Array.from({ length: 50 }, (_, index) => past.read(index, index + 10));
  assert.ok(reads.some((each) => each instanceof Promise));
  for (const [index, read] of (await Promise.all(reads)).entries()) assertSame(read, packets.slice(index, index + 10));
  for (const name of readdirSync(path)) truncateSync(join(path, name), 0);
  assertSame(past.read(0, 10), packets.slice(0, 10));
});

test("the budget on disk is held, and what is kept is whole", async (t) => {
  const { archive, path } = archiveIn(t);
  const { history, past, packets, log, append } = streamOf(archive, { diskBytes: 4 * mebibyte });
  await append(3_000);
  await until(() => history.memoryBytes <= 2 * mebibyte, "the disk has all that is too much");
  assert.ok(history.diskBytes <= 4 * mebibyte);
  assert.ok(history.diskBytes > 2 * mebibyte);
  assert.ok(readdirSync(path).length <= 5);
  assert.ok(past.first > 0);
  assertSame(await past.read(past.first, log.head), packets.slice(past.first));
});

test("files go with the window, and all of them with the stream", async (t) => {
  const { archive, path } = archiveIn(t);
  const { history, past, packets, log, append } = streamOf(archive, {
    windowUs: 60_000_000,
    diskBytes: 64 * mebibyte,
  });
  await append(4_000);
  assert.ok(history.diskBytes < 16 * mebibyte, `${history.diskBytes}`);
  assert.ok(log.headUs - (packets[past.first]?.dtsUs ?? 0) >= 60_000_000);
  assertSame(await past.read(past.first, log.head), packets.slice(past.first));
  history.close();
  await archive.close();
  assert.deepEqual(readdirSync(path), []);
});

test("a disk that refuses everything costs the oldest, one warning, and nothing else", async (t) => {
  const { archive, warnings } = archiveIn(t, "/dev/full/nothing");
  const { history, past, packets, log, append } = streamOf(archive);
  await append(3_000);
  assert.ok(history.memoryBytes <= 4 * mebibyte);
  assert.ok(past.first > 0);
  assertSame(past.read(past.first, log.head), packets.slice(past.first));
  assert.equal(warnings.length, 1);
});

test("a piece that cannot be read takes what is older with it, and no more", async (t) => {
  const { archive, path, warnings } = archiveIn(t);
  const { history, past, packets, log, append } = streamOf(archive, { diskBytes: 64 * mebibyte });
  await append(3_000);
  await until(() => history.memoryBytes <= 2 * mebibyte, "the disk has all that is too much");
  const [oldest] = readdirSync(path).sort(byNumber);
  truncateSync(join(path, oldest ?? ""), 100_000);
  assert.deepEqual(await past.read(500, 600), []);
  assert.ok(past.first > 500);
  assert.equal(warnings.length, 1);
  while (past.first < log.head) {
    const { first } = past;
    const read = await past.read(first, first + 100);
    if (read.length > 0) {
      assertSame(read, packets.slice(first, first + 100));
      break;
    }
    assert.ok(past.first > first);
  }
});

test("all streams share the memory", async (t) => {
  const { archive } = archiveIn(t, undefined, 2 * mebibyte);
  const streams = Array.from({ length: 4 }, () => streamOf(archive));
  for (const { append } of streams) await append(600);
  for (const { append, history } of streams) {
    await append(50);
    await until(() => history.memoryBytes <= 0.75 * mebibyte, "each has its share");
  }
});

test("what a killed server left is removed, what a running one has is not, and other files are nobody's business", async (t) => {
  const { archive, path } = archiveIn(t);
  await archive.clean();
  const gone = spawn(process.execPath, ["-e", ""]);
  await once(gone, "exit");
  const name = (pid: number | undefined) => join(path, `${pid}-0123456789abcdef-0.past`);
  for (const each of [name(gone.pid), name(process.pid), name(process.ppid), join(path, "notes.txt")])
    writeFileSync(each, "x");
  await archive.clean();
  assert.equal(existsSync(name(gone.pid)), false);
  assert.equal(existsSync(name(process.pid)), false);
  assert.equal(existsSync(name(process.ppid)), true);
  assert.equal(existsSync(join(path, "notes.txt")), true);
});

/** The same to the byte. (Asked to compare them itself, the test runner would take minutes to print a difference.) */
function assertSame(actual: readonly Packet[] | Promise<readonly Packet[]>, expected: readonly Packet[]): void {
  assert.ok(!(actual instanceof Promise));
  assert.equal(actual.length, expected.length);
  for (const [index, packet] of expected.entries()) {
    const { data, ...rest } = actual[index] ?? assert.fail();
    assert.ok(Buffer.compare(data, packet.data) === 0 && rest.track === packet.track, `packet ${index}`);
    assert.deepEqual({ ...rest, data: packet.data }, packet);
  }
}

function byNumber(a: string, b: string): number {
  const number = (name: string) => Number(/-(\d+)\.past$/.exec(name)?.[1]);
  return number(a) - number(b);
}
