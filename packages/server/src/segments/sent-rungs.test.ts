import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import { testHost } from "../../testing/host.ts";
import { publishLive } from "../../testing/live.ts";
import { av1Picture, multitrack, type SentPicture, sentPictures, sentSounds } from "../../testing/multitrack.ts";
import { config } from "../../testing/synthetic.ts";
import type { Rendition } from "./rendition.ts";
import { isGap } from "./rung-rendition.ts";

const [high, , low] = sentPictures;

async function live(t: TestContext) {
  const host = await testHost();
  t.after(() => host.close());
  const published = publishLive(host);
  const presentation = host.segments.presentations.find("live/cam") ?? assert.fail("there is no presentation");
  const found = (key: string) => presentation.find(key) ?? assert.fail(`there is no ${key}`);
  return { ...published, host, presentation, found };
}

const closed = ({ segments }: Rendition) => segments.filter((each) => each.closed);
const samplesOf = (rendition: Rendition) =>
  rendition.segments.flatMap(({ parts }) => parts.flatMap(({ samples }) => samples));
const framesOf = (packets: readonly Packet[], kind: string, id: number) =>
  packets.filter((each) => each.kind === "frame" && each.track.kind === kind && each.track.id === id);

/** Every frame that was sent is there, in its order, with the time at which it is to be shown. */
function assertFrames(rendition: Rendition, sent: readonly Packet[]): void {
  const { timescale, reorder } = rendition;
  const got = samplesOf(rendition);
  const last = rendition.segments.at(-1)?.duration === 0 ? 1 : 0;
  assert.ok(got.length >= sent.length - 12 - last, `${got.length} of ${sent.length}`);
  got.forEach(({ ticks, composition, packet }, index) => {
    const frame = sent[index];
    assert.equal(packet.data, frame?.data);
    assert.equal(ticks + composition, Math.round(((frame?.ptsUs ?? 0) * timescale) / 1_000_000), `${index}`);
    assert.ok(ticks - reorder >= 0);
  });
}

function assertAligned(rung: Rendition, leader: Rendition): void {
  assert.ok(closed(rung).length >= 4);
  for (const segment of closed(rung)) {
    const same = leader.segments.find(({ msn }) => msn === segment.msn);
    assert.equal(segment.ticks, same?.ticks);
    assert.equal(segment.independent, true);
    assert.equal(isGap(segment), false);
  }
}

test("three pictures and two sounds: each is in segments, frame for frame, all cut at the same times", async (t) => {
  const { append, presentation, found } = await live(t);
  const packets = multitrack(11_000);
  append(packets);
  assert.deepEqual([...presentation.renditions.keys()], ["v0", "a0", "a1"]);
  assert.deepEqual(presentation.rungs.planned.map(({ key }) => key).toSorted(), ["v-1080p", "v-360p"]);
  for (const [key, id] of [
    ["v0", 0],
    ["v-1080p", 1],
    ["v-360p", 2],
  ] as const)
    assertFrames(found(key), framesOf(packets, "video", id));
  assertAligned(found("v-1080p"), found("v0"));
  assertAligned(found("v-360p"), found("v0"));
  for (const id of [0, 1]) {
    const heard = samplesOf(found(`a${id}`)).length;
    assert.ok(heard > framesOf(packets, "audio", id).length - 20, `${heard}`);
  }
  assert.equal(presentation.independent, true);
  assert.equal(presentation.eras.length, 1);
});

const reorders: readonly [string, SentPicture[]][] = [
  ["the default picture alone has B-frames", [{ track: high, reorderMs: 80 }, { track: low }]],
  ["another alone has B-frames", [{ track: high }, { track: low, reorderMs: 80 }]],
  [
    "both have, of different depth",
    [
      { track: high, reorderMs: 40 },
      { track: low, reorderMs: 80 },
    ],
  ],
];
for (const [what, pictures] of reorders) {
  test(`${what}: segments begin with what is shown at the same time`, async (t) => {
    const { append, found } = await live(t);
    const packets = multitrack(11_000, pictures);
    append(packets);
    assertFrames(found("v0"), framesOf(packets, "video", 0));
    assertFrames(found("v-360p"), framesOf(packets, "video", 2));
    assertAligned(found("v-360p"), found("v0"));
  });
}

test("a picture with fewer keyframes is there, and segments are not said to begin with keyframes; one whose keyframes are elsewhere is not", async (t) => {
  const { append, presentation, found } = await live(t);
  const packets = multitrack(14_000, [
    { track: high, gopMs: 2_000 },
    { track: low, gopMs: 4_000 },
    { track: av1Picture, gopMs: 2_000, fromMs: 480 },
  ]);
  append(packets);
  assert.equal(presentation.independent, false);
  assert.deepEqual(
    closed(found("v-360p")).map(({ independent }) => independent),
    [true, false, true, false, true, false],
  );
  assert.deepEqual(found("v-360p-av1").segments, []);
});

test("a picture that stops has gaps, one that returns goes on, one that ends for good is gone", async (t) => {
  const { append, presentation, found } = await live(t);
  const packets = multitrack(40_000, [
    { track: high, gopMs: 2_000 },
    { track: low, gopMs: 2_000 },
  ]);
  const isThere = ({ track, dtsUs }: Packet) =>
    track.kind !== "video" || track.id !== 2 || dtsUs < 7_000_000 || (dtsUs > 14_000_000 && dtsUs < 22_000_000);
  const there = packets.filter(isThere);
  append(there.filter(({ dtsUs }) => dtsUs < 20_000_000));
  assert.ok(closed(found("v-360p")).some(isGap), "while it was away");
  assert.equal(found("v-360p").segments.at(-1)?.closed, false);
  append(there.filter(({ dtsUs }) => dtsUs >= 20_000_000));
  assert.deepEqual(presentation.rungs.planned, []);
  assert.ok(closed(found("v0")).every((segment) => !isGap(segment)));
});

test("a publisher that returns with other pictures: another era, and what it sends", async (t) => {
  const { append, presentation, source, host, found } = await live(t);
  append(multitrack(8_000));
  source.release("lost");
  const again = publishLive(host);
  again.append(multitrack(9_000, [{ track: high }, { track: low }, { track: av1Picture }]));
  assert.equal(presentation.eras.length, 2);
  assert.deepEqual(presentation.rungs.planned.map(({ name }) => name).toSorted(), ["360p", "360p-av1"]);
  const breaks = closed(found("v-360p")).filter(({ boundary }) => boundary.discontinuous);
  assert.equal(breaks.length, 1);
  assert.equal(
    closed(found("v-360p-av1")).every(({ independent }) => independent),
    true,
  );
});

test("another picture becomes the default one: it leads, and is no rung", async (t) => {
  const { append, presentation, found } = await live(t);
  const packets = multitrack(14_000, [{ track: high }, { track: low }]);
  const isLate = ({ track, dtsUs }: Packet) => track.kind !== "video" || track.id > 0 || dtsUs >= 6_000_000;
  const rest = packets.filter(isLate);
  append(rest.filter(({ dtsUs }) => dtsUs < 6_000_000));
  assert.deepEqual([...presentation.renditions.keys()].toSorted(), ["a0", "a1", "v2"]);
  append([config(high, 6_000), ...rest.filter(({ dtsUs }) => dtsUs >= 6_000_000)]);
  assert.equal(presentation.leader, found("v0"));
  assert.deepEqual([...presentation.renditions.keys()].toSorted(), ["a0", "a1", "v0"]);
  assert.ok(closed(found("v0")).length >= 2);
  assert.ok(closed(found("v-360p")).length >= 2);
});

test("sixteen sounds and a picture are renditions", async (t) => {
  const { append, presentation } = await live(t);
  const sounds = Array.from({ length: 16 }, (_, id) => ({ ...sentSounds[0], id }));
  append(multitrack(3_000, [{ track: high }], sounds));
  assert.equal(presentation.renditions.size, 17);
});
