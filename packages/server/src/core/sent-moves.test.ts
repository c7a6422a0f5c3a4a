import assert from "node:assert/strict";
import { Writable } from "node:stream";
import test, { type TestContext } from "node:test";
import type { Packet, VideoCodec } from "@sluice/media";
import { av1Picture, multitrack, type SentPicture, sentPictures, sentSounds } from "../../testing/multitrack.ts";
import { published } from "../../testing/published.ts";
import { Sink } from "../../testing/sink.ts";
import type { Cursor } from "./cursor.ts";
import type { Format } from "./format.ts";
import { Seats } from "./seats.ts";
import type { Wish } from "./wish.ts";

const [high, top, low] = sentPictures;
const [sound] = sentSounds;

type Seen = { readonly kind: string; readonly height: number; readonly timeMs: number; readonly keyframe: boolean };

/** Writes of each packet of the default tracks what it is. */
function format(codecs?: readonly VideoCodec[], picture = true): Format {
  const encode = ({ kind, track, dtsUs, keyframe }: Packet) => {
    if (kind !== "frame" || track.id !== 0 || (track.kind === "video" && !picture)) return nothing;
    const height = track.kind === "video" ? track.height : 0;
    return Buffer.from(`${track.kind} ${height} ${dtsUs / 1000} ${keyframe ? "k" : ""}\n`);
  };
  return {
    key: `seen ${codecs?.join()} ${picture}`,
    start: () => nothing,
    change: () => nothing,
    encode,
    ...(codecs ? { takes: (codec: VideoCodec) => codecs.includes(codec) } : {}),
    ...(picture ? { sound: () => format(codecs, false) } : {}),
  };
}
const nothing = new Uint8Array();

function live(t: TestContext) {
  let atMs = 10_000;
  t.mock.method(performance, "now", () => atMs);
  const { stream, source } = published(t, { keepUs: 60_000_000, maxLagUs: 60_000_000 });
  const seats = new Seats(stream.ladder, undefined, () => 0);
  const audiences = () => [stream.ladder.source, ...stream.ladder.rungs.map(({ audience }) => audience)];
  let lookMs = atMs;
  /** As they come in, with a pass over everybody after each packet, and a look at them four times a second. */
  const play = (packets: readonly Packet[]) => {
    for (const packet of packets) {
      atMs = Math.max(atMs, 10_000 + packet.dtsUs / 1_000);
      source.append(packet);
      for (const audience of audiences()) audience.advance();
      for (const cursor of audiences().flatMap(({ cursors }) => [...cursors])) cursor.flush();
      if (atMs - lookMs < 250) continue;
      lookMs = atMs;
      seats.look();
    }
  };
  const watch = (codecs?: readonly VideoCodec[], wish?: Wish) =>
    stream.join(format(codecs), new Sink(), { ended: () => {} }, { wish });
  const nameOf = (cursor: Cursor) =>
    stream.ladder.rungs.find(({ audience }) => audience === cursor.reads)?.name ?? "source";
  return { stream, play, watch, nameOf };
}

function seen({ socket }: Cursor): Seen[] {
  const text = socket instanceof Sink ? socket.text() : assert.fail();
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [kind = "", height, timeMs, keyframe] = line.split(" ");
      return { kind, height: Number(height), timeMs: Number(timeMs), keyframe: keyframe === "k" };
    });
}

/** Every frame of sound once; no time goes back; another picture begins with a keyframe. Returns the pictures. */
function assertWhole(cursor: Cursor, packets: readonly Packet[]): Seen[] {
  const all = seen(cursor);
  const heard = all.filter(({ kind }) => kind === "audio").map(({ timeMs }) => timeMs);
  const said = packets.filter(({ kind, track }) => kind === "frame" && track.kind === "audio" && track.id === 0);
  const first = said.findIndex(({ dtsUs }) => dtsUs / 1_000 === heard[0]);
  assert.deepEqual(
    heard,
    said.slice(first, first + heard.length).map(({ dtsUs }) => dtsUs / 1_000),
  );
  const shown = all.filter(({ kind }) => kind === "video");
  shown.forEach(({ timeMs, height, keyframe }, index) => {
    const before = shown[index - 1];
    if (!before) return;
    assert.ok(timeMs > before.timeMs, `${timeMs} after ${before.timeMs}`);
    if (before.height !== height) assert.ok(keyframe, `${height} at ${timeMs}`);
  });
  return shown;
}

const between = (packets: readonly Packet[], fromMs: number, toMs: number) =>
  packets.filter(({ dtsUs }) => dtsUs >= fromMs * 1_000 && dtsUs < toMs * 1_000);
const heights = (shown: readonly Seen[]) => [...new Set(shown.map(({ height }) => height))];

test("a viewer is moved between the pictures of one publisher: every frame of sound once, no picture missing, no time back", (t) => {
  const { stream, play, watch } = live(t);
  const packets = multitrack(9_000, [{ track: high }, { track: low }]);
  play(between(packets, 0, 700));
  const cursor = watch();
  const rung = stream.ladder.find("360p") ?? assert.fail();
  play(between(packets, 700, 2_500));
  cursor.move(rung.audience);
  play(between(packets, 2_500, 5_500));
  cursor.move(stream.ladder.source);
  play(between(packets, 5_500, 9_000));
  const shown = assertWhole(cursor, packets);
  assert.deepEqual(heights(shown), [720, 360]);
  const [first, last] = [shown[0]?.timeMs ?? 0, shown.at(-1)?.timeMs ?? 0];
  assert.equal(shown.length, (last - first) / 40 + 1, "every picture");
});

const apart: readonly [string, SentPicture][] = [
  ["keyframes at other times", { track: low, fromMs: 480 }],
  ["fewer keyframes", { track: low, gopMs: 3_000 }],
  ["B-frames", { track: low, reorderMs: 80 }],
  ["another frame rate, and keyframes at other times", { track: low, fps: 15, gopMs: 1_333 }],
];
for (const [what, picture] of apart) {
  for (const sounds of [[sound], []]) {
    const heard = sounds.length > 0 ? "sound goes on" : "without sound";
    test(`to a picture with ${what} and back: ${heard}, no time goes back, and the picture stands at most for a group`, (t) => {
      const { stream, play, watch } = live(t);
      const packets = multitrack(20_000, [{ track: high }, picture], sounds);
      play(between(packets, 0, 700));
      const cursor = watch(undefined, { adaptive: false });
      const rung = stream.ladder.find("360p") ?? assert.fail();
      for (let ms = 700; ms < 19_000; ms += 7_600) {
        play(between(packets, ms, ms + 3_900));
        cursor.move(rung.audience, { apart: !rung.aligned });
        play(between(packets, ms + 3_900, ms + 7_600));
        cursor.move(stream.ladder.source, { apart: !rung.aligned });
      }
      const shown = sounds.length > 0 ? assertWhole(cursor, packets) : seen(cursor);
      assert.deepEqual(heights(shown), [720, 360]);
      const steps = shown.slice(1).map(({ timeMs }, index) => timeMs - (shown[index]?.timeMs ?? timeMs));
      assert.ok(Math.min(...steps) > 0, `${Math.min(...steps)}`);
      assert.ok(Math.max(...steps) <= 3_100, `${Math.max(...steps)}`);
    });
  }
}

/** 720p in H.264 of 2 Mbit/s is the default, 1080p in HEVC of 4 Mbit/s the best. */
const mixed = [
  { track: high, bytes: 10_000 },
  { track: top, bytes: 20_000 },
  { track: low, bytes: 2_500 },
  { track: av1Picture, bytes: 1_500 },
];
/** A socket that takes everything, as it is: a stream of so many bytes is not worth keeping. */
class Wide extends Writable {
  override _write(_chunk: Buffer, _encoding: string, callback: () => void): void {
    callback();
  }
}
const bytes = (codecs?: readonly VideoCodec[]): Format => ({ ...format(codecs), encode: ({ data }) => data });

for (const [codecs, name] of [
  [undefined, "source"],
  [["h264"], "source"],
  [["h264", "hevc"], "1080p"],
  [["h264", "hevc", "av1"], "1080p"],
  [["h264", "av1"], "source"],
] as const) {
  test(`a calm viewer that takes ${codecs ?? "what it has not said"} has ${name}`, (t) => {
    const { play, watch, nameOf, stream } = live(t);
    const packets = multitrack(14_000, mixed);
    play(between(packets, 0, 1_000));
    const cursor = stream.join(bytes(codecs), new Wide(), { ended: () => {} });
    const still = watch(codecs, { adaptive: false });
    play(between(packets, 1_000, 14_000));
    assert.equal(nameOf(cursor), name);
    assert.equal(nameOf(still), "source", "who is not to be moved has the default");
  });
}

test("a viewer that cannot take the default picture has the dearest that it can, and sound when that stops", (t) => {
  const { stream, play, watch, nameOf } = live(t);
  const packets = multitrack(10_000, [
    { track: { ...top, id: 0 } },
    { track: { ...high, id: 1 } },
    { track: low, bytes: 300 },
  ]);
  play(between(packets, 0, 1_500));
  const cursor = watch(["h264"]);
  assert.equal(nameOf(cursor), "720p");
  play(between(packets, 1_500, 3_500));
  assert.deepEqual(heights(assertWhole(cursor, packets)), [720]);
  play(between(packets, 3_500, 10_000).filter(({ track }) => track.kind === "audio" || track.id === 0));
  assert.equal(nameOf(cursor), "source");
  assert.deepEqual(heights(assertWhole(cursor, packets)), [720], "no picture that it cannot decode");
  assert.ok((seen(cursor).at(-1)?.timeMs ?? 0) > 9_500, "the sound goes on");
  assert.equal(stream.viewers, 1);
});

test("a picture that costs more than a larger one is nobody's choice; who asks for it has it", (t) => {
  const { stream, play, watch, nameOf } = live(t);
  const packets = multitrack(9_000, [
    { track: { ...low, id: 0 }, bytes: 1_000 },
    { track: { ...top, id: 1 }, bytes: 5_000 },
    { track: { ...high, id: 2 }, bytes: 8_000 },
  ]);
  play(between(packets, 0, 1_000));
  const cursor = stream.join(bytes(["h264", "hevc"]), new Wide(), { ended: () => {} });
  const pinned = watch(undefined, { rung: "720p" });
  play(between(packets, 1_000, 9_000));
  assert.equal(nameOf(cursor), "1080p");
  assert.equal(nameOf(pinned), "720p");
});
