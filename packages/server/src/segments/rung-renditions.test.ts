import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { describeVideo, type Packet } from "@sluice/media";
import { testHost } from "../../testing/host.ts";
import { both, encoded, publishLive } from "../../testing/live.ts";
import { rungPlan, rungTrack, transcoded } from "../../testing/rungs.ts";
import { partBytes, segmentBytes } from "./encoded.ts";
import type { Rendition, Segment } from "./rendition.ts";
import { isGap } from "./rung-rendition.ts";

const source = { ...both, gopMs: 1000 };

async function live(t: TestContext, options: Parameters<typeof testHost>[0] = {}) {
  const host = await testHost(options);
  t.after(() => host.close());
  const published = publishLive(host);
  const { stream } = published;
  stream.ladder.plan([rungPlan]);
  const presentation = host.segments.presentations.find("live/cam");
  const rung = stream.ladder.find(rungPlan.name);
  assert.ok(presentation && rung);
  const found = () => presentation.find("v-240p") ?? assert.fail("there is no rung");
  const sourceOf = () => presentation.find("v0") ?? assert.fail("there is no source");
  return { ...published, host, presentation, rung, found, sourceOf };
}

const between = (packets: readonly Packet[], fromMs: number, toMs: number) =>
  packets.filter(({ dtsUs }) => dtsUs >= fromMs * 1000 && dtsUs < toMs * 1000);
const closed = ({ segments }: Rendition) => segments.filter((each) => each.closed);

/** Every segment of a rung has the number and the time that the source's has. */
function assertAligned(rung: Rendition, leader: Rendition): void {
  rung.segments.forEach((segment, index) => {
    const same = leader.segments.find(({ msn }) => msn === segment.msn);
    assert.ok(same, `the source has ${segment.msn}`);
    assert.equal(segment.boundary, same.boundary);
    assert.equal(segment.ticks, same.ticks);
    if (segment.closed && same.closed) assert.equal(segment.duration, same.duration, `${segment.msn}`);
    assert.equal(segment.msn, (rung.segments[0]?.msn ?? 0) + index);
  });
}

test("a rung is cut where the source is, also its parts, and lags behind without holding it up", async (t) => {
  const { append, stream, rung, found, sourceOf } = await live(t);
  const packets = encoded(13_000, { ...source, reorderMs: 80 });
  append(between(packets, 0, 400));
  const feed = transcoded(stream, rung);
  for (let ms = 400; ms < 13_000; ms += 100) {
    append(between(packets, ms, ms + 100));
    feed(between(packets, ms - 400, ms - 300));
  }
  const [v0, low] = [sourceOf(), found()];
  assert.equal(v0.segments.length, 7);
  assert.equal(low.segments.length, 7);
  assertAligned(low, v0);
  for (const { msn, parts } of closed(low)) {
    const same = v0.segments.find((each) => each.msn === msn)?.parts ?? [];
    assert.deepEqual(
      parts.map((part) => [part.ticks, part.duration, part.independent]),
      same.map((part) => [part.ticks, part.duration, part.independent]),
    );
  }
});

test("a rung that begins late begins with a whole segment, and the source is as it would be without", async (t) => {
  const { append, stream, rung, found, sourceOf, presentation } = await live(t);
  const packets = encoded(12_000, source);
  append(between(packets, 0, 5_100));
  assert.equal(presentation.find("v-240p"), undefined);
  const feed = transcoded(stream, rung);
  feed(between(packets, 5_000, 5_100));
  append(between(packets, 5_100, 12_000));
  feed(between(packets, 5_100, 12_000));
  const low = found();
  assert.equal(low.segments[0]?.ticks, 6 * low.timescale);
  assert.equal(low.segments[0]?.independent, true);
  assertAligned(low, sourceOf());
});

test("a rung that stops has gaps until it returns; then it goes on with the same numbers and the same init segment", async (t) => {
  const { append, stream, rung, found, sourceOf } = await live(t);
  const packets = encoded(24_000, source);
  append(between(packets, 0, 5_000));
  transcoded(stream, rung)(between(packets, 4_000, 5_000));
  const feed = transcoded(stream, rung);
  append(between(packets, 5_000, 9_300));
  feed(between(packets, 5_000, 9_300));
  rung.stop();
  append(between(packets, 9_300, 14_500));
  const low = found();
  assert.deepEqual(closed(low).map(isGap), [false, false, true, true, true]);
  assertAligned(low, sourceOf());
  const again = transcoded(stream, rung);
  append(between(packets, 14_500, 15_100));
  again(between(packets, 14_000, 15_100));
  append(between(packets, 15_100, 24_000));
  again(between(packets, 15_100, 24_000));
  assert.equal(closed(low).filter(isGap).length, 3, "what begins when it returns is not lost");
  assertAligned(low, sourceOf());
  assert.equal(new Set(low.segments.map(({ init }) => init)).size, 1);
  assert.ok(sourceOf().segments.every((segment) => !isGap(segment) && !segment.boundary.discontinuous));
});

test("a rung that returns with another encoder gets another init segment, and no discontinuity", async (t) => {
  const { append, stream, rung, found, sourceOf, presentation } = await live(t);
  const packets = encoded(16_000, source);
  append(between(packets, 0, 6_000));
  transcoded(stream, rung)(between(packets, 0, 6_000));
  rung.stop();
  append(between(packets, 6_000, 9_000));
  const level = describeVideo(
    0,
    "h264",
    rungTrack.config.map((byte, index) => (index === 3 ? 13 : byte)),
  );
  const again = transcoded(stream, rung, level);
  append(between(packets, 9_000, 16_000));
  again(between(packets, 8_000, 16_000));
  const low = found();
  assertAligned(low, sourceOf());
  assert.deepEqual([...new Set(low.segments.map(({ init }) => init.number))], [0, 1]);
  assert.equal(presentation.eras.length, 1);
  assert.ok(presentation.rungs.find("v-240p")?.mixed);
});

test("a source that returns begins an era for rungs too, whether they come late or not", async (t) => {
  const { append, stream, rung, found, sourceOf, host, presentation, source: publisher } = await live(t);
  const packets = encoded(7_000, source);
  append(packets);
  transcoded(stream, rung)(between(packets, 0, 6_600));
  publisher.release("lost");
  const second = publishLive(host);
  const before = stream.log.head;
  second.append(encoded(7_000, source));
  const placed = Array.from({ length: stream.log.head - before }, (_, index) => stream.log.at(before + index));
  const later = placed.flatMap((packet) => (packet ? [packet] : []));
  const feed = transcoded(stream, rung);
  feed([...between(packets, 6_600, 7_000), ...later]);
  const low = found();
  assert.equal(presentation.eras.length, 2);
  const breaks = (each: Rendition) =>
    each.segments.filter(({ boundary }) => boundary.discontinuous).map(({ msn }) => msn);
  assert.deepEqual(breaks(low), breaks(sourceOf()));
  low.segments.forEach(({ ticks, msn }) => {
    assert.equal(ticks, sourceOf().segments.find((each) => each.msn === msn)?.ticks);
  });
});

test("a rung that nobody has made for longer than anything of it is kept is as one that never was", async (t) => {
  const { append, stream, rung, found, sourceOf } = await live(t);
  const packets = encoded(90_000, source);
  append(between(packets, 0, 6_000));
  transcoded(stream, rung)(between(packets, 0, 6_000));
  rung.stop();
  append(between(packets, 6_000, 80_000));
  assert.equal(found().segments.length, 0);
  append(between(packets, 80_000, 90_000));
  transcoded(stream, rung)(between(packets, 80_000, 90_000));
  assert.ok(found().segments.length >= 4);
  assertAligned(found(), sourceOf());
});

test("a rung that is planned anew goes on under its name; one that is not planned any more is gone", async (t) => {
  const { append, stream, rung, found, sourceOf, presentation } = await live(t);
  const packets = encoded(16_000, source);
  append(between(packets, 0, 6_000));
  transcoded(stream, rung)(between(packets, 0, 6_000));
  stream.ladder.plan([{ ...rungPlan, bitrate: 500_000 }]);
  const other = stream.ladder.find("240p");
  assert.ok(other && other !== rung);
  append(between(packets, 6_000, 9_000));
  const feed = transcoded(stream, other);
  append(between(packets, 9_000, 16_000));
  feed(between(packets, 8_000, 16_000));
  assert.ok(closed(found()).length >= 6);
  assertAligned(found(), sourceOf());
  stream.ladder.plan([]);
  assert.deepEqual(presentation.rungs.planned, []);
  assert.equal(found().segments.length, 0);
});

test("old segments of a rung are read again from what the rung keeps, byte for byte", async (t) => {
  const { append, stream, rung, found } = await live(t, {
    windowSeconds: 60,
    app: { history: { windowUs: 120_000_000, memoryBytes: 64 * 1024 * 1024, diskBytes: 0 } },
  });
  const packets = encoded(30_000, source);
  append(between(packets, 0, 100));
  const feed = transcoded(stream, rung);
  append(between(packets, 100, 6_000));
  feed(between(packets, 0, 6_000));
  const [first] = found().segments as [Segment];
  const before = Buffer.from(await segmentBytes(found(), first));
  const part = Buffer.from(await partBytes(found(), first, first.parts[3] ?? assert.fail()));
  append(between(packets, 6_000, 30_000));
  feed(between(packets, 6_000, 30_000));
  assert.ok(first.shed, "it is old");
  assert.ok(before.equals(await segmentBytes(found(), first)));
  assert.ok(part.equals(await partBytes(found(), first, first.parts[3] ?? assert.fail())));
});
