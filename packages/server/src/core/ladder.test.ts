import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Packet, VideoTrack } from "@sluice/media";
import { Sink } from "../../testing/sink.ts";
import { synthetic, video, videoTrack } from "../../testing/synthetic.ts";
import { Events } from "./events.ts";
import type { Format } from "./format.ts";
import { type AppSettings, Hub } from "./hub.ts";
import { Pacer } from "./pacer.ts";
import { defaultLogLimits } from "./packet-log.ts";
import type { Rung, RungPlan } from "./rung.ts";
import type { Source } from "./source.ts";
import type { Stream } from "./stream.ts";
import { streamName } from "./stream-name.ts";

const settings: AppSettings = {
  duplicate: "same-key",
  holdMs: 60_000,
  log: { ...defaultLogLimits, keepUs: 60_000_000 },
  cursor: { maxLagUs: 60_000_000, stallMs: 20_000 },
};
const small: RungPlan = { name: "240p", width: 426, height: 240, bitrate: 200_000, codec: "h264" };
const smallTrack: VideoTrack = { ...videoTrack, width: 426, height: 240 };

type Setting = { readonly stream: Stream; readonly source: Source; readonly rung: Rung };

function setting(t: TestContext): Setting {
  const name = streamName("live", "cam");
  if (!name) throw new Error("the test's own name is not allowed");
  t.mock.method(performance, "now", () => 1_000);
  const hub = new Hub({
    pacer: new Pacer(),
    events: new Events(),
    app: () => settings,
    limits: () => ({ maxStreams: 3 }),
  });
  t.after(() => hub.close("the test is over"));
  const granted = hub.publish(name, undefined, { closed: () => {} });
  if (!("source" in granted)) throw new Error(granted.reason);
  granted.stream.ladder.plan([small]);
  const rung = granted.stream.ladder.find("240p");
  if (!rung) throw new Error("the rung is not there");
  return { ...granted, rung };
}

/** `v400k` is the source's picture, `r400k` the rung's. */
function format(picture = true): Format {
  const text = ({ kind, track, dtsUs, keyframe }: Packet) => {
    if (track.kind === "video" && !picture) return "";
    const letter = track.kind === "audio" ? "a" : track.kind === "video" && track.width === 426 ? "r" : "v";
    return kind === "frame" ? `${letter}${dtsUs / 1000}${keyframe && letter !== "a" ? "k" : ""} ` : "";
  };
  const opening = (word: string) => (group: { tracks: Packet["track"][] | readonly Packet["track"][] }) =>
    Buffer.from(`[${word} ${picture ? (group.tracks[0] as VideoTrack).width : "sound"}] `);
  return {
    key: `text ${picture}`,
    start: opening("start"),
    change: opening("change"),
    encode: (packet) => Buffer.from(text(packet)),
    sound: () => format(false),
  };
}

function publish({ source }: Setting, from: number, count: number): void {
  for (const packet of synthetic(count, { from, gop: 5 })) source.append(packet);
}

/** What a transcoder makes of the frames from number `from` on. */
function transcode({ rung, stream }: Setting, from: number, count: number): void {
  const group = stream.log.groups.find((each) => each.dtsUs >= from * 40_000);
  if (group && !rung.live) rung.begin(group);
  const time = (number: number) => number * 40_000;
  rung.append({ ...video(from * 40, false), kind: "config", track: smallTrack, data: new Uint8Array() });
  for (let number = from; number < from + count; number++) {
    const keyframe = number % 5 === 0;
    rung.append({ ...video(0, keyframe), track: smallTrack, dtsUs: time(number), ptsUs: time(number) });
  }
}

function watch({ stream }: Setting) {
  const socket = new Sink();
  const cursor = stream.join(format(), socket, { ended: () => {} });
  const go = () => {
    stream.ladder.source.advance();
    for (const { audience } of stream.ladder.rungs) audience.advance();
    cursor.flush();
    return socket.text();
  };
  return { socket, cursor, go };
}

test("a rung has the source's sound at the places where the source has it", (t) => {
  const set = setting(t);
  publish(set, 0, 12);
  transcode(set, 0, 11);
  const packets = set.rung.log.slice(0, set.rung.log.head);
  const text = packets.map((packet) => format().encode(packet, {}).toString()).join("");
  const expected = Array.from(
    { length: 11 },
    (_, index) => `r${index * 40}${index % 5 === 0 ? "k" : ""} a${index * 40} `,
  );
  assert.equal(text, expected.join("").replace(/a400 $/, ""));
  assert.deepEqual(
    set.rung.log.groups.map(({ dtsUs }) => dtsUs),
    [0, 200_000, 400_000],
  );
});

test("down and up again: every frame of sound once, the picture without a gap, and no time goes back", (t) => {
  const set = setting(t);
  publish(set, 0, 3);
  const { cursor, go } = watch(set);
  cursor.move(set.rung.audience);
  publish(set, 3, 5);
  transcode(set, 0, 3);
  assert.equal(go(), "[start 64] v0k a0 v40 a40 v80 a80 v120 a120 v160 a160 ", "it waits for the rung's keyframe");
  transcode(set, 3, 4);
  go();
  cursor.move(set.stream.ladder.source);
  publish(set, 8, 5);
  transcode(set, 7, 5);
  assert.equal(
    go().slice("[start 64] v0k a0 v40 a40 v80 a80 v120 a120 v160 a160 ".length),
    "[change 426] r200k a200 r240 a240 r280 a280 r320 a320 r360 a360 [change 64] v400k a400 v440 a440 v480 a480 ",
  );
});

test("in a hurry the rest of the group is sound alone", (t) => {
  const set = setting(t);
  publish(set, 0, 2);
  const { cursor, go } = watch(set);
  cursor.move(set.rung.audience, { hurry: true });
  publish(set, 2, 6);
  transcode(set, 0, 8);
  assert.equal(go(), "[start 64] v0k a0 v40 a40 a80 a120 a160 [change 426] r200k a200 r240 a240 r280 ");
});

test("a keyframe is never left alone in a hurry: the frame behind it comes too, or the hurry waits for it", (t) => {
  const set = setting(t);
  publish(set, 0, 1);
  const { cursor, go } = watch(set);
  cursor.move(set.rung.audience, { hurry: true });
  publish(set, 1, 2);
  assert.equal(go(), "[start 64] v0k a0 v40 a40 v80 a80 ");
  const other = watch(set);
  other.cursor.allow(0);
  publish(set, 3, 3);
  other.go();
  other.cursor.move(set.rung.audience, { hurry: true });
  other.cursor.allow(undefined);
  assert.equal(other.go(), "[start 64] v0k a0 v40 a40 v80 a80 a120 a160 ");
});

test("who has room for little is written little, up to where there is more", (t) => {
  const set = setting(t);
  publish(set, 0, 1);
  const { cursor, go } = watch(set);
  cursor.drain();
  cursor.allow(4);
  publish(set, 1, 3);
  assert.equal(go(), "[start 64] v0k a0 v40 ");
  assert.notEqual(cursor.drain().behindSince, undefined);
  cursor.allow(0);
  assert.equal(go(), "[start 64] v0k a0 v40 ");
  cursor.allow(undefined);
  assert.equal(go(), "[start 64] v0k a0 v40 a40 v80 a80 v120 a120 ");
  assert.equal(cursor.drain().behindSince, undefined);
});

test("at the bottom there is sound alone, and the way back is at a keyframe", (t) => {
  const set = setting(t);
  publish(set, 0, 2);
  const { cursor, go } = watch(set);
  cursor.move(set.stream.ladder.source, { hurry: true, soundOnly: true });
  publish(set, 2, 6);
  go();
  cursor.move(set.stream.ladder.source);
  publish(set, 8, 4);
  assert.equal(
    go(),
    "[start 64] v0k a0 v40 a40 a80 a120 a160 [change sound] a200 a240 a280 a320 a360 [change 64] v400k a400 v440 a440 ",
  );
});

test("the transcoder dies: its viewers hear on, and see the source from its next keyframe on", (t) => {
  const set = setting(t);
  publish(set, 0, 8);
  transcode(set, 0, 7);
  const { cursor, go } = watch(set);
  cursor.move(set.rung.audience);
  publish(set, 8, 3);
  transcode(set, 7, 5);
  go();
  publish(set, 11, 2);
  set.rung.stop();
  publish(set, 13, 3);
  assert.equal(
    go().slice(go().indexOf("[change 426]")),
    "[change 426] r400k a400 r440 a440 a480 a520 a560 [change 64] v600k a600 ",
  );
  assert.equal(set.rung.audience.cursors.size, 0);
  assert.equal(set.stream.viewers, 1);
});

test("the end of the stream ends those who watch a rung, after its last packet", (t) => {
  const set = setting(t);
  publish(set, 0, 5);
  transcode(set, 0, 5);
  const socket = new Sink();
  const ended: string[] = [];
  set.stream.join(format(), socket, { ended: (reason) => ended.push(reason) }, { wish: { rung: "240p" } });
  set.stream.end("over");
  assert.deepEqual(ended, ["over"]);
  assert.match(socket.text(), /^\[start 426\] r0k .*r160 $/);
});

test("a plan that stays keeps its rung; one that goes ends its viewers' stay there", (t) => {
  const set = setting(t);
  publish(set, 0, 5);
  transcode(set, 0, 5);
  const { cursor, go } = watch(set);
  cursor.move(set.rung.audience);
  publish(set, 5, 5);
  transcode(set, 5, 5);
  go();
  const other = { ...small, name: "360p", height: 360 };
  set.stream.ladder.plan([other, small]);
  assert.equal(set.stream.ladder.find("240p"), set.rung);
  set.stream.ladder.plan([other]);
  assert.equal(cursor.reads, set.stream.ladder.source);
  publish(set, 10, 3);
  assert.match(go(), /\[change 64\] v400k a400 v440 a440 v480 a480 $/);
});

test("who is to stop at a keyframe stops there, whatever quality it would have had from then on", (t) => {
  const set = setting(t);
  publish(set, 0, 3);
  const { cursor, go } = watch(set);
  const stopped: (number | undefined)[] = [];
  cursor.stopAtKeyframe((atUs) => stopped.push(atUs));
  cursor.move(set.rung.audience, { hurry: true });
  publish(set, 3, 5);
  transcode(set, 0, 8);
  assert.equal(go(), "[start 64] v0k a0 v40 a40 v80 a80 v120 a120 v160 a160 ");
  assert.deepEqual(stopped, [200_000]);
});

test("who is to stop at a keyframe stops at once when what it reads has ended", (t) => {
  const set = setting(t);
  publish(set, 0, 3);
  const { cursor, go } = watch(set);
  const stopped: (number | undefined)[] = [];
  cursor.stopAtKeyframe((atUs) => stopped.push(atUs));
  cursor.move(set.rung.audience, { ended: true });
  cursor.move(set.stream.ladder.source);
  publish(set, 3, 5);
  assert.equal(go(), "[start 64] v0k a0 v40 a40 v80 a80 ");
  assert.deepEqual(stopped, [undefined]);
});
