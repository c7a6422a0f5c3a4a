import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { describeVideo, type Packet, type VideoTrack } from "@sluice/media";
import { av1Picture, multitrack, type SentPicture, sentPictures, sentSounds } from "../../testing/multitrack.ts";
import { config } from "../../testing/synthetic.ts";
import { Events } from "./events.ts";
import { type AppSettings, Hub } from "./hub.ts";
import { Pacer } from "./pacer.ts";
import { defaultLogLimits } from "./packet-log.ts";
import type { Rung } from "./rung.ts";
import { streamName } from "./stream-name.ts";

const settings: AppSettings = {
  duplicate: "same-key",
  holdMs: 60_000,
  log: { ...defaultLogLimits, keepUs: 60_000_000 },
  cursor: { maxLagUs: 60_000_000, stallMs: 20_000 },
};
const [high, top, low] = sentPictures;

function live(t: TestContext) {
  const name = streamName("live", "cam");
  if (!name) throw new Error("the test's own name is not allowed");
  const hub = new Hub({
    pacer: new Pacer(),
    events: new Events(),
    app: () => settings,
    limits: () => ({ maxStreams: 3 }),
  });
  t.after(() => hub.close("the test is over"));
  const publish = () => {
    const granted = hub.publish(name, undefined, { closed: () => {} });
    if (!("source" in granted)) throw new Error(granted.reason);
    return granted;
  };
  const { stream, source } = publish();
  const send = (packets: readonly Packet[], to = source) => {
    for (const packet of packets) to.append(packet);
  };
  const rung = (wanted: string): Rung => stream.ladder.find(wanted) ?? assert.fail(`there is no ${wanted}`);
  return { stream, source, publish, send, rung };
}

const isFrame = ({ kind }: Packet) => kind === "frame";
const packetsOf = ({ log }: Pick<Rung, "log">) => log.slice(log.first, log.head);
const pictures = (rung: Pick<Rung, "log">) =>
  packetsOf(rung).filter((each) => isFrame(each) && each.track.kind === "video");
const sounds = (rung: Pick<Rung, "log">) =>
  packetsOf(rung).filter((each) => isFrame(each) && each.track.kind === "audio");
const sentOf = (packets: readonly Packet[], id: number) =>
  packets.filter((each) => isFrame(each) && each.track.kind === "video" && each.track.id === id);
const times = (packets: readonly Packet[]) => packets.map(({ dtsUs, ptsUs }) => [dtsUs, ptsUs]);
const names = (rungs: readonly Rung[]) => rungs.map(({ name }) => name);
const each = (...tracks: VideoTrack[]): SentPicture[] => tracks.map((track) => ({ track }));

test("every picture of a publisher is a rung, frame for frame and with the same times, as the default track", (t) => {
  const { send, stream, rung } = live(t);
  const packets = multitrack(4_000);
  send(packets);
  assert.deepEqual(names(stream.ladder.rungs), ["1080p", "360p"]);
  for (const [name, id] of [
    ["1080p", 1],
    ["360p", 2],
  ] as const) {
    const own = rung(name);
    assert.equal(own.live, true);
    assert.deepEqual(times(pictures(own)), times(sentOf(packets, id)));
    assert.deepEqual(
      pictures(own).map(({ data }) => data),
      sentOf(packets, id).map(({ data }) => data),
    );
    assert.ok(packetsOf(own).every(({ track }) => track.kind !== "video" || track.id === 0));
    assert.deepEqual(
      own.log.groups.map(({ dtsUs }) => dtsUs),
      stream.log.groups.map(({ dtsUs }) => dtsUs),
    );
    assert.equal(own.aligned, true);
  }
  const heard = sounds(rung("360p"));
  assert.deepEqual(heard, sounds(stream).slice(0, heard.length));
  assert.ok(heard.length > 300, "both sounds are in it");
});

test("what is measured of the source is what a viewer of the default tracks gets", (t) => {
  const { send, stream, rung } = live(t);
  send(multitrack(8_000));
  const { bitrate, soundBitrate } = stream.ladder;
  assert.ok(Math.abs(bitrate.value - 600 * 25 * 8 - soundBitrate.value) < 2_000, `${bitrate.value}`);
  assert.ok(rung("1080p").bitrate.value > bitrate.value * 1.5);
  assert.ok(soundBitrate.value < 4_000, "the second sound is not counted");
});

const namings: readonly [readonly VideoTrack[], readonly string[]][] = [
  [
    [high, top, low],
    ["1080p", "360p"],
  ],
  [[high, { ...top, width: 1280, height: 720 }], ["720p-hevc"]],
  [[high, { ...low, width: 1280, height: 720 }], ["720p-2"]],
  [
    [high, low, { ...av1Picture, id: 3 }, { ...av1Picture, id: 4 }, { ...low, id: 5 }],
    ["360p", "360p-2", "360p-av1", "360p-av1-2"],
  ],
  [[high, { ...low, width: 360, height: 640 }], ["360p"]],
];
for (const [tracks, expected] of namings) {
  test(`tracks ${tracks.map(({ id, codec, height }) => `${id} ${codec} ${height}`).join(", ")}: ${expected}`, (t) => {
    const { send, stream } = live(t);
    send(multitrack(1_000, each(...tracks)));
    assert.deepEqual(names(stream.ladder.rungs).toSorted(), expected);
  });
}

test("rungs are in the order of what they cost, which is measured", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { send, stream } = live(t);
  send(
    multitrack(4_000, [
      { track: high, bytes: 2_000 },
      { track: top, bytes: 1_000 },
      { track: low, bytes: 1_500 },
    ]),
  );
  t.mock.timers.tick(250);
  assert.deepEqual(names(stream.ladder.rungs), ["360p", "1080p"]);
});

test("a picture that comes in front of the default one's of the same time waits for it", (t) => {
  const { send, stream, rung } = live(t);
  const packets = multitrack(3_000);
  const rank = ({ track }: Packet) => (track.kind === "video" ? -track.id : 1);
  send([...packets].sort((a, b) => a.dtsUs - b.dtsUs || rank(a) - rank(b)));
  assert.equal(rung("360p").aligned, true);
  assert.equal(pictures(rung("360p")).length, sentOf(packets, 2).length);
  const [first] = rung("360p").log.groups.slice(-1);
  const before = rung("360p").log.frameBefore(first?.position ?? 0, "audio");
  const group = stream.log.groups.find(({ dtsUs }) => dtsUs === first?.dtsUs);
  assert.equal(before, stream.log.frameBefore(group?.position ?? 0, "audio"));
});

test("without B-frames beside a picture that has them: decoded as early, shown as sent, keyframes at the same times", (t) => {
  const { send, stream, rung } = live(t);
  const packets = multitrack(4_000, [
    { track: high, reorderMs: 80 },
    { track: low, reorderMs: 0 },
  ]);
  send(packets);
  const own = rung("360p");
  assert.deepEqual(
    pictures(own).map(({ ptsUs }) => ptsUs),
    sentOf(packets, 2).map(({ ptsUs }) => ptsUs),
  );
  assert.deepEqual(
    own.log.groups.map(({ dtsUs }) => dtsUs),
    stream.log.groups.map(({ dtsUs }) => dtsUs),
  );
  assert.equal(own.aligned, true);
  assert.ok(pictures(own).every(({ dtsUs, ptsUs }) => dtsUs <= ptsUs));
});

test("stamps that are rounded apart are put together at keyframes", (t) => {
  const { send, stream, rung } = live(t);
  const jitter = (packet: Packet, index: number): Packet => {
    const byUs =
      packet.track.kind === "video" && packet.track.id === 2 && isFrame(packet) && index % 3 === 0 ? 1_000 : 0;
    return { ...packet, dtsUs: packet.dtsUs + byUs, ptsUs: packet.ptsUs + byUs };
  };
  send(multitrack(6_000).map(jitter));
  assert.deepEqual(
    rung("360p").log.groups.map(({ dtsUs }) => dtsUs),
    stream.log.groups.map(({ dtsUs }) => dtsUs),
  );
});

test("with B-frames beside one without, or keyframes at other times: a rung, and not one for moving at a keyframe", (t) => {
  const { send, rung } = live(t);
  const packets = multitrack(5_000, [
    { track: high },
    { track: top, reorderMs: 80 },
    { track: low, fromMs: 480 },
    { track: av1Picture, gopMs: 2_000 },
  ]);
  send(packets);
  for (const [name, id] of [
    ["1080p", 1],
    ["360p", 2],
    ["360p-av1", 3],
  ] as const) {
    assert.equal(rung(name).aligned, false, name);
    assert.deepEqual(times(pictures(rung(name))), times(sentOf(packets, id)), name);
  }
  assert.equal(rung("1080p").reorderUs, 80_000);
});

test("a picture that stops while others go on is no longer live; with its next keyframe it is; after long it is no rung", (t) => {
  const { send, stream, rung } = live(t);
  const packets = multitrack(16_000);
  const until = (packet: Packet, ms: number) => packet.dtsUs < ms * 1_000;
  const without = packets.filter((packet) => packet.track.id !== 2 || until(packet, 1_000) || !until(packet, 4_500));
  send(without.filter((packet) => until(packet, 4_500)));
  assert.equal(rung("360p").live, false);
  assert.equal(rung("1080p").live, true);
  send(without.filter((packet) => !until(packet, 4_500) && until(packet, 5_100)));
  assert.equal(rung("360p").live, false, "there was no keyframe yet");
  send(without.filter((packet) => !until(packet, 5_100) && until(packet, 6_000)));
  assert.equal(rung("360p").live, true);
  send(without.filter((packet) => !until(packet, 6_000) && packet.track.id !== 1));
  assert.deepEqual(names(stream.ladder.rungs), ["360p"]);
});

test("a picture that ends is left at once, and one that appears later is a rung from its first keyframe on", (t) => {
  const { send, rung, stream } = live(t);
  const packets = multitrack(6_000, each(high, low));
  const early = packets.filter(({ dtsUs }) => dtsUs < 2_600_000);
  send(early.filter(({ track }) => track.kind !== "video" || track.id !== 2));
  assert.deepEqual(stream.ladder.rungs, []);
  send([config(low, 2_600), ...packets.filter(({ dtsUs }) => dtsUs >= 2_600_000)]);
  assert.equal(pictures(rung("360p"))[0]?.dtsUs, 3_200_000);
  send([{ kind: "end", track: low, dtsUs: 6_000_000, ptsUs: 6_000_000, keyframe: false, data: new Uint8Array() }]);
  assert.equal(rung("360p").live, false);
});

test("the default picture stops and the others go on, which does not wait for it", (t) => {
  const { send, rung, stream } = live(t);
  const packets = multitrack(20_000);
  send(packets.filter(({ track, dtsUs }) => track.kind !== "video" || track.id > 0 || dtsUs < 3_000_000));
  assert.equal(rung("1080p").live, true);
  assert.ok(sentOf(packets, 1).length - pictures(rung("1080p")).length <= 14, "half a second waits");
  assert.ok((stream.log.newestGroup?.dtsUs ?? 0) > 15_000_000, "viewers may begin with the sound");
});

test("a publisher that returns goes on in the same rungs; one without a picture loses its rung", (t) => {
  const { send, publish, source, rung, stream } = live(t);
  const packets = multitrack(4_000);
  send(packets);
  const before = rung("1080p");
  source.release("lost");
  assert.equal(before.live, true, "whoever watches it waits");
  const again = publish();
  send(multitrack(4_000, each(high, top)), again.source);
  assert.equal(rung("1080p"), before);
  const all = pictures(before).map(({ dtsUs }) => dtsUs);
  assert.equal(all.length, 200);
  assert.deepEqual(
    all,
    all.toSorted((a, b) => a - b),
  );
  assert.deepEqual(names(stream.ladder.rungs), ["1080p"]);
  again.source.release("lost");
  const third = publish();
  const other = describeVideo(
    1,
    "h264",
    low.config.map((byte, index) => (index === 3 ? 13 : byte)),
  );
  send(multitrack(4_000, each(high, { ...other, width: 960, height: 540 })), third.source);
  assert.deepEqual(names(stream.ladder.rungs), ["540p"]);
});

test("what is made here stands beside what is sent, and not under the same name", (t) => {
  const { send, rung, stream } = live(t);
  const made = (height: number) => ({
    name: `${height}p`,
    width: height * 2,
    height,
    bitrate: 100_000,
    codec: "h264" as const,
  });
  stream.ladder.plan([made(360), made(240)]);
  send(multitrack(2_000));
  assert.deepEqual(names(stream.ladder.rungs), ["1080p", "360p", "240p"]);
  assert.equal(rung("360p").plan.track, 2);
  assert.equal(rung("240p").plan.track, undefined);
});

test("sixteen pictures are fifteen rungs, and no more", (t) => {
  const { send, stream } = live(t);
  const tracks = Array.from({ length: 18 }, (_, id) => ({ ...low, id, height: 100 + id }));
  send(multitrack(1_000, each(...tracks), [sentSounds[0]]));
  assert.equal(stream.ladder.rungs.length, 15);
});
