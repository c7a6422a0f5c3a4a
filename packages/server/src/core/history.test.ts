import assert from "node:assert/strict";
import test from "node:test";
import type { Packet } from "@sluice/media";
import { audioTrack, synthetic, videoTrack } from "../../testing/synthetic.ts";
import { History, type HistoryLimits } from "./history.ts";
import { defaultLogLimits, PacketLog } from "./packet-log.ts";
import { Past } from "./past.ts";

const both = [videoTrack, audioTrack];
const limits: HistoryLimits = { windowUs: 60_000_000, memoryBytes: 1024 ** 3, diskBytes: 0 };

/** A log that keeps two seconds, and the history behind it; `packets` is all that was ever appended. */
function filled(count: number, changed: Partial<HistoryLimits> = {}, frameBytes = 0) {
  const history = new History({ ...limits, ...changed });
  const log = new PacketLog({ ...defaultLogLimits, keepUs: 2_000_000 }, history);
  const packets: Packet[] = [];
  for (const packet of synthetic(count, { frameBytes })) {
    log.append(packet, both, undefined);
    log.trim();
    packets.push(packet);
  }
  return { history, log, past: new Past(log, history), packets };
}

test("what the log lets go of is in the history, at the same positions, with nothing missing and nothing twice", () => {
  const { history, log, past, packets } = filled(1000);
  assert.equal(history.first, 0);
  assert.equal(history.head, log.first);
  assert.ok(log.first > 1800);
  assert.deepEqual(past.read(0, log.head), packets);
  for (const [from, to] of [
    [0, 1],
    [17, 600],
    [1023, 1025],
    [log.first - 1, log.first + 1],
    [log.first, log.head],
  ] as const)
    assert.deepEqual(past.read(from, to), packets.slice(from, to));
});

test("every group is known from the log into the history, and a time leads to the newest before it", () => {
  const { past, log, history } = filled(1000);
  assert.deepEqual(
    [...history.groups, ...log.groups].map(({ dtsUs }) => dtsUs),
    Array.from({ length: 100 }, (_, index) => index * 400_000),
  );
  for (const timeUs of [0, 399_999, 400_000, 12_345_678, log.headUs - 2_000_000, log.headUs, log.headUs + 1]) {
    const group = past.groupAt(timeUs);
    assert.equal(group?.dtsUs, Math.min(Math.floor(timeUs / 400_000) * 400_000, 39_600_000));
    const read = past.read(group?.position ?? -1, log.head);
    assert.ok(!(read instanceof Promise));
    assert.equal(read[0]?.dtsUs, group?.dtsUs);
  }
  assert.equal(past.groupFrom(0)?.position, 2);
  assert.equal(past.groupFrom(3)?.position, 22);
  assert.equal(past.groupFrom(log.newestGroup?.position ?? 0), log.newestGroup);
});

test("what is older than the window goes, and who asks for it gets nothing", () => {
  const { past, packets, log } = filled(3000, { windowUs: 30_000_000 });
  assert.ok(past.first > 0);
  const first = packets[past.first];
  assert.ok(first);
  const ageUs = log.headUs - first.dtsUs;
  assert.ok(ageUs >= 30_000_000 && ageUs < 60_000_000, `${ageUs}`);
  assert.deepEqual(past.read(past.first - 1, past.first + 5), []);
  assert.deepEqual(past.read(past.first, log.head), packets.slice(past.first));
  assert.ok((past.oldestGroup?.position ?? 0) >= past.first);
  assert.equal(past.groupAt(0), past.oldestGroup);
});

test("without a disk the budget of memory is a wall", () => {
  const { history, past, packets, log } = filled(3000, { memoryBytes: 2 * 1024 * 1024 }, 5_000);
  assert.ok(history.memoryBytes <= 2 * 1024 * 1024);
  assert.ok(history.memoryBytes > 1024 * 1024);
  assert.deepEqual(past.read(past.first, log.head), packets.slice(past.first));
});

test("a group that outgrew the log still is a place to start", () => {
  const history = new History(limits);
  const log = new PacketLog({ ...defaultLogLimits, maxGroupUs: 5_000_000, maxPackets: 1_000 }, history);
  for (const packet of synthetic(1000, { gop: 100_000 })) {
    log.append(packet, both, undefined);
    log.trim();
  }
  assert.equal(log.newestGroup, undefined);
  assert.deepEqual(new Past(log, history).groupAt(10_000_000)?.position, 2);
});

test("without a history the past is the log", () => {
  const log = new PacketLog();
  const past = new Past(log, undefined);
  assert.equal(past.oldestGroup, undefined);
  assert.deepEqual(past.read(0, 10), []);
  for (const packet of synthetic(20)) log.append(packet, both, undefined);
  assert.equal(past.first, 0);
  assert.equal(past.groupAt(500_000)?.dtsUs, 400_000);
  assert.deepEqual(past.read(0, 42), log.slice(0, 42));
});
