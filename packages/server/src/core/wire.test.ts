import assert from "node:assert/strict";
import test from "node:test";
import { dataTrack, type Packet } from "@sluice/media";
import fc from "fast-check";
import type { Format } from "./format.ts";
import { defaultLogLimits, PacketLog } from "./packet-log.ts";
import { Wire } from "./wire.ts";

const nothing = new Uint8Array();

/** A log of packets whose payloads have these sizes, and a wire whose bytes are the payloads. */
function filled(sizes: readonly number[], limits = defaultLogLimits) {
  const log = new PacketLog(limits);
  const append = (size: number) =>
    log.append(
      {
        kind: "data",
        track: dataTrack,
        dtsUs: log.head,
        ptsUs: log.head,
        keyframe: false,
        data: new Uint8Array(size).fill(log.head % 251),
      },
      [],
      undefined,
    );
  for (const size of sizes) append(size);
  const positions: number[] = [];
  const rows = new Map<object, number[]>();
  const format: Format = {
    key: "payload",
    start: () => nothing,
    change: () => nothing,
    encode: (packet: Packet, row) => {
      positions.push(packet.dtsUs);
      rows.set(row, [...(rows.get(row) ?? []), packet.dtsUs]);
      return packet.data;
    },
  };
  return { log, append, wire: new Wire(log, format), positions, rows, encoded: () => positions.length };
}

/** What a cursor that goes from one position to another writes. */
function read(wire: Wire, from: number, limit: number): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = from; at < limit; ) {
    const { to, bytes } = wire.batch(at, limit);
    assert.ok(to > at && to <= limit, `${at} to ${to} of ${limit}`);
    parts.push(bytes);
    at = to;
  }
  return Buffer.concat(parts);
}

const payloads = (log: PacketLog, from: number, limit: number) =>
  Buffer.concat(log.slice(from, limit).map(({ data }) => data));

test("whoever reads from wherever to wherever, in whatever order, gets the bytes of the packets between", () => {
  const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 10_000, max: 400_000 }));
  const reads = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(size, { minLength: 1, maxLength: 60 }), reads, (sizes, spans) => {
      const { wire, log } = filled(sizes);
      for (const [a, b] of spans) {
        const from = a % sizes.length;
        const limit = from + 1 + (b % (sizes.length - from));
        assert.ok(read(wire, from, limit).equals(payloads(log, from, limit)));
      }
    }),
    { numRuns: 50 },
  );
});

test("no packet is encoded twice, whoever reads what first, and those of a row follow each other without a gap", () => {
  const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 10_000, max: 400_000 }));
  const reads = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(size, { minLength: 1, maxLength: 60 }), reads, (sizes, spans) => {
      const { wire, positions, rows } = filled(sizes);
      for (const [a, b] of spans) {
        const from = a % sizes.length;
        read(wire, from, from + 1 + (b % (sizes.length - from)));
      }
      assert.equal(new Set(positions).size, positions.length);
      for (const row of rows.values())
        assert.deepEqual(
          row,
          row.map((_, index) => (row[0] ?? 0) + index),
        );
    }),
    { numRuns: 50 },
  );
});

test("who reads as it comes in reads one row, though it takes many blocks", () => {
  const { wire, log, append, rows } = filled([], { ...defaultLogLimits, maxBytes: 1_000_000 });
  for (let number = 0; number < 500; number++) {
    append(number % 50 === 0 ? 300_000 : 3_000);
    read(wire, log.head - 1, log.head);
    if (log.trim()) wire.trim();
  }
  assert.equal(rows.size, 1);
});

test("cursors that stand at different places share the bytes, and nothing is encoded for the second", () => {
  const { wire, log, append, encoded } = filled([]);
  for (let number = 0; number < 200; number++) {
    append(100);
    read(wire, Math.max(0, number - (number % 3)), log.head);
  }
  assert.equal(encoded(), 200);
  assert.equal(read(wire, 20, 190).length, 17_000);
  assert.equal(encoded(), 200);
  const [one, other] = [wire.batch(20, 190), wire.batch(20, 190)];
  assert.equal(one, other);
});

test("what the log lets go of is not kept", () => {
  const { wire, log, append } = filled([], { ...defaultLogLimits, maxBytes: 100_000 });
  for (let number = 0; number < 1000; number++) {
    append(1000);
    read(wire, log.head - 1, log.head);
    if (log.trim()) wire.trim();
  }
  assert.ok(log.first > 800);
  assert.ok(read(wire, log.first, log.head).equals(payloads(log, log.first, log.head)));
});

test("a batch has at most as many bytes as are asked for, and at least one packet; what was asked for before does not matter", () => {
  const { wire } = filled([100, 100, 100, 500, 100]);
  const ends = (most?: number) => [0, 1, 3].map((from) => wire.batch(from, 5, most).to);
  for (let turn = 0; turn < 2; turn++) {
    assert.deepEqual(ends(250), [2, 3, 4]);
    assert.deepEqual(ends(), [5, 5, 5]);
    assert.deepEqual(ends(1), [1, 2, 4]);
  }
  assert.equal(wire.batch(0, 1).to, 1);
});
