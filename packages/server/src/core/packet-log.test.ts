import assert from "node:assert/strict";
import test from "node:test";
import { audio, audioTrack, config, synthetic, video, videoTrack } from "../../testing/synthetic.ts";
import { defaultLogLimits, type LogLimits, PacketLog } from "./packet-log.ts";

const both = [videoTrack, audioTrack];

function filled(
  packets: Iterable<ReturnType<typeof video>>,
  limits: Partial<LogLimits> = {},
  tracks: readonly (typeof both)[number][] = both,
) {
  const log = new PacketLog({ ...defaultLogLimits, ...limits });
  for (const packet of packets) {
    log.append(packet, tracks, undefined);
    log.trim();
  }
  return log;
}

test("a group starts at every keyframe and nowhere else", () => {
  const log = filled(synthetic(25));
  const starts: number[] = [];
  for (let group = log.groupAfter(-1); group; group = log.groupAfter(group.position)) starts.push(group.dtsUs);
  assert.deepEqual(starts, [0, 400_000, 800_000]);
  assert.equal(log.newestGroup?.dtsUs, 800_000);
  assert.equal(log.at(log.newestGroup?.position ?? -1)?.keyframe, true);
});

test("sound alone may be joined about once a second", () => {
  const log = filled(
    Array.from({ length: 100 }, (_, index) => audio(index * 40)),
    {},
    [audioTrack],
  );
  const starts: number[] = [];
  for (let group = log.groupAfter(-1); group; group = log.groupAfter(group.position)) starts.push(group.dtsUs / 1000);
  assert.deepEqual(starts, [0, 1000, 2000, 3000]);
});

test("when the picture stops, the sound may be joined after five seconds", () => {
  const log = filled([
    config(videoTrack),
    video(0, true),
    ...Array.from({ length: 200 }, (_, index) => audio(index * 40)),
  ]);
  assert.ok((log.newestGroup?.dtsUs ?? 0) >= 5_000_000);
});

test("whole groups go when they are older than what is kept, and positions stay what they were", () => {
  const log = filled(synthetic(500), { keepUs: 2_000_000 });
  assert.equal(log.head, 1002);
  assert.ok(log.first > 0);
  assert.equal(log.at(log.first)?.keyframe, true);
  assert.ok(log.headUs - (log.at(log.first)?.dtsUs ?? 0) <= 2_800_000);
  assert.equal(log.at(log.first - 1), undefined);
  assert.equal(log.at(log.head - 1)?.dtsUs, 499 * 40_000);
});

test("bytes, packets and the length of a group are walls also when no keyframe ever comes", () => {
  const endless = Array.from({ length: 5_000 }, (_, index) => video(index * 40, index === 0, new Uint8Array(1_000)));
  const byBytes = filled(endless, { maxBytes: 1_000_000 });
  assert.ok(byBytes.bytes <= 1_000_000, `${byBytes.bytes} bytes`);
  assert.equal(byBytes.newestGroup, undefined);
  assert.ok(filled(endless, { maxPackets: 1_000 }).head - filled(endless, { maxPackets: 1_000 }).first <= 1_000);
  assert.equal(filled(endless, { maxGroupUs: 10_000_000 }).newestGroup, undefined);
});

test("a track that appears in the middle of a group belongs to what its viewers must know", () => {
  const log = new PacketLog();
  log.append(config(videoTrack), [videoTrack], undefined);
  log.append(video(0, true), [videoTrack], undefined);
  log.append(config(audioTrack), both, undefined);
  assert.deepEqual(log.newestGroup?.tracks, both);
});
