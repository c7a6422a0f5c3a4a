import assert from "node:assert/strict";
import test from "node:test";
import type { Packet, Track } from "@sluice/media";
import { type Pes, type ProgramMap, TsDemuxer } from "../../../../media/testing/ts-demuxer.ts";
import { audio, audioTrack, config, synthetic, video, videoTrack } from "../../../testing/synthetic.ts";
import type { Group } from "../../core/packet-log.ts";
import { tsFormat } from "./egress.ts";

const both = { audio: true, video: true };
const group = (...tracks: Track[]): Group => ({ position: 0, dtsUs: 0, tracks, metadata: undefined });

/** What a viewer makes of it; its counters may not break. */
function read(...parts: Uint8Array[]) {
  const [maps, pes, order] = [[] as ProgramMap[], [] as Pes[], [] as string[]];
  const demuxer = new TsDemuxer((event) => {
    if (event.kind === "map") maps.push(event.map);
    if (event.kind === "pes") pes.push(event.pes);
    if (event.kind !== "packet") order.push(event.kind === "map" ? "map" : `${event.pes.pid - 0x100}`);
  });
  for (const part of parts) demuxer.push(part);
  demuxer.end();
  return { maps, pes, order };
}

test("tables come before every keyframe, and each viewer reads a whole stream from there", () => {
  const format = tsFormat("plain", both);
  const start = format.start(group(videoTrack, audioTrack));
  const row = {};
  const packets = [...synthetic(12, { gop: 5 })].slice(2);
  const { order, maps } = read(start, ...packets.map((packet) => format.encode(packet, row)));
  const frame = ["0", "1"];
  const five = Array.from({ length: 5 }, () => frame).flat();
  assert.deepEqual(order, ["map", ...five, "map", ...five, "map", ...frame, ...frame]);
  assert.deepEqual(
    maps[0]?.streams.map(({ streamType }) => streamType),
    [0x1b, 0x0f],
  );
});

test("rows are counted apart, however their packets are asked for in turns", () => {
  const format = tsFormat("plain", both);
  format.start(group(videoTrack, audioTrack));
  const [past, now] = [{}, {}];
  const parts = { past: [] as Uint8Array[], now: [] as Uint8Array[] };
  const [early, late] = [[...synthetic(30, { gop: 10 })].slice(2), [...synthetic(30, { from: 1000, gop: 10 })]];
  for (let index = 0; index < early.length; index++) {
    parts.past.push(format.encode(early[index] as Packet, past));
    parts.now.push(format.encode(late[index] as Packet, now));
  }
  assert.equal(read(...parts.past).pes.length, 60);
  assert.equal(read(...parts.now).pes.length, 60);
});

test("sound alone has tables at the start, and every half second", () => {
  const format = tsFormat("plain", both);
  const start = format.start(group(audioTrack));
  assert.equal(start.length, 376);
  assert.deepEqual(format.change(group(audioTrack)), start);
  const row = {};
  const parts = Array.from({ length: 61 }, (_, number) => format.encode(audio(number * 20), row));
  const { order } = read(...parts);
  assert.deepEqual(
    order.flatMap((each, index) => (each === "map" ? [index] : [])),
    [0, 26, 52],
  );
});

test("a long group of pictures has tables in it too", () => {
  const format = tsFormat("plain", both);
  format.start(group(videoTrack));
  const row = {};
  const { maps } = read(
    ...Array.from({ length: 51 }, (_, index) => format.encode(video(index * 40, index === 0), row)),
  );
  assert.equal(maps.length, 4);
});

test("what is not wanted, and what does not fit, is neither sent nor promised", () => {
  const av1: Track = { kind: "video", id: 0, codec: "av1", config: new Uint8Array() };
  const cases: [typeof both, Track, Track, number[]][] = [
    [{ audio: false, video: true }, videoTrack, audioTrack, [0x1b]],
    [{ audio: true, video: false }, videoTrack, audioTrack, [0x0f]],
    [both, av1, audioTrack, [0x0f]],
  ];
  for (const [wanted, picture, sound, streamTypes] of cases) {
    const format = tsFormat("plain", wanted);
    format.start(group(picture, sound));
    const row = {};
    const packets: Packet[] = [
      { ...video(0, true), track: picture },
      audio(0),
      { ...video(40, false), track: picture },
      audio(40),
    ];
    const { maps, pes } = read(...packets.map((packet) => format.encode(packet, row)));
    assert.deepEqual(
      maps.at(-1)?.streams.map(({ streamType }) => streamType),
      streamTypes,
    );
    assert.equal(pes.length, 2);
  }
  const keys = [both, { audio: false, video: true }, { audio: true, video: false }].map(
    (wanted) => tsFormat("plain", wanted).key,
  );
  assert.equal(new Set([...keys, tsFormat("chunked", both).key]).size, 4);
});

test("sound that appears in the middle is in the program before its first frame", () => {
  const format = tsFormat("plain", both);
  format.start(group(videoTrack));
  const row = {};
  const packets = [video(0, true), config(audioTrack, 40), audio(40), video(40, false)];
  const { order, maps } = read(...packets.map((packet) => format.encode(packet, row)));
  assert.deepEqual(order, ["map", "0", "map", "1", "0"]);
  assert.deepEqual(
    maps.map(({ version }) => version),
    [0, 1],
  );
});

test("chunks hold whole transport packets", () => {
  const format = tsFormat("chunked", both);
  format.start(group(videoTrack));
  const text = Buffer.from(format.encode(video(0, true), {}));
  const [size = "", ...rest] = text.toString("latin1").split("\r\n");
  const body = Buffer.from(rest.join("\r\n"), "latin1").subarray(0, -2);
  assert.equal(Number.parseInt(size, 16), body.length);
  assert.equal(body.length % 188, 0);
  assert.equal(read(body).pes.length, 1);
  assert.equal(format.encode({ ...video(0, true), kind: "extra" }, {}).length, 0);
});
