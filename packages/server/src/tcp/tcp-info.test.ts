import assert from "node:assert/strict";
import { endianness } from "node:os";
import test from "node:test";
import { tcpInfo, tcpInfoBytes } from "./tcp-info.ts";

const isLittle = endianness() === "LE";

function answer(): Uint8Array {
  const bytes = new Uint8Array(tcpInfoBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, 1_448, isLittle); // tcpi_snd_mss
  view.setUint32(24, 8, isLittle); // tcpi_unacked
  view.setBigUint64(120, 9_000_000_000n, isLittle); // tcpi_bytes_acked
  view.setUint32(144, 4_000, isLittle); // tcpi_notsent_bytes
  view.setUint32(148, 20_500, isLittle); // tcpi_min_rtt
  view.setBigUint64(168, 1_500_000n, isLittle); // tcpi_busy_time
  view.setBigUint64(200, 9_000_010_500n, isLittle); // tcpi_bytes_sent
  view.setBigUint64(208, 500n, isLittle); // tcpi_bytes_retrans
  return bytes;
}

test("what the kernel tells of a connection is read from its places", () => {
  assert.deepEqual(tcpInfo(answer(), tcpInfoBytes), {
    arrivedBytes: 9_000_000_000,
    notSentBytes: 4_000,
    inFlightBytes: 10_000,
    busyUs: 1_500_000,
    roundTripUs: 20_500,
  });
});

test("a kernel that is too old tells less, and what it did not write is not read", () => {
  const nothing = {
    arrivedBytes: undefined,
    notSentBytes: undefined,
    inFlightBytes: undefined,
    busyUs: undefined,
    roundTripUs: undefined,
  };
  assert.deepEqual(tcpInfo(answer(), 0), nothing);
  assert.deepEqual(tcpInfo(answer(), 104), nothing);
  assert.deepEqual(tcpInfo(answer(), 148), { ...nothing, arrivedBytes: 9_000_000_000, notSentBytes: 4_000 });
  assert.deepEqual(tcpInfo(answer(), 192), {
    ...nothing,
    arrivedBytes: 9_000_000_000,
    notSentBytes: 4_000,
    busyUs: 1_500_000,
    roundTripUs: 20_500,
  });
  assert.deepEqual(tcpInfo(answer().subarray(0, 130), 10_000), { ...nothing, arrivedBytes: 9_000_000_000 });
});

test("what came after a gap has arrived", () => {
  const bytes = answer();
  new DataView(bytes.buffer).setUint32(28, 2, isLittle); // tcpi_sacked
  const { arrivedBytes, inFlightBytes } = tcpInfo(bytes, tcpInfoBytes);
  assert.deepEqual({ arrivedBytes, inFlightBytes }, { arrivedBytes: 9_000_002_896, inFlightBytes: 10_000 - 2_896 });
});

test("what this machine dropped itself is not under way", () => {
  const bytes = answer();
  new DataView(bytes.buffer).setBigUint64(200, 9_000_110_500n, isLittle);
  assert.equal(tcpInfo(bytes, tcpInfoBytes).inFlightBytes, 8 * 1_448);
});

test("who connected has one byte more acknowledged than sent", () => {
  const bytes = answer();
  new DataView(bytes.buffer).setBigUint64(200, 9_000_000_499n, isLittle);
  assert.equal(tcpInfo(bytes, tcpInfoBytes).inFlightBytes, 0);
});

test("a connection of which nothing was measured yet has no round trip", () => {
  const bytes = answer();
  new DataView(bytes.buffer).setUint32(148, 0xffffffff, isLittle);
  assert.equal(tcpInfo(bytes, tcpInfoBytes).roundTripUs, undefined);
});
