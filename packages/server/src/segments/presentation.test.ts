import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { describeVideo } from "@sluice/media";
import { testHost } from "../../testing/host.ts";
import { both, encoded, publishLive } from "../../testing/live.ts";
import { audioTrack, videoTrack } from "../../testing/synthetic.ts";
import { partBytes, segmentBytes } from "./encoded.ts";
import type { Presentation } from "./presentation.ts";
import type { Rendition, Segment } from "./rendition.ts";

async function live(t: TestContext, options: Parameters<typeof testHost>[0] = {}) {
  const host = await testHost(options);
  t.after(() => host.close());
  const published = publishLive(host);
  const presentation = host.segments.presentations.find("live/cam");
  assert.ok(presentation);
  return { ...published, host, presentation };
}

function rendition(presentation: Presentation, key: string): Rendition {
  const found = presentation.renditions.get(key);
  assert.ok(found, `there is ${key}`);
  return found;
}

const seconds = ({ timescale }: Rendition, { duration }: Segment) => duration / timescale;
const closed = ({ segments }: Rendition) => segments.filter((each) => each.closed);
/** H.264 of another level. */
const other = describeVideo(
  0,
  "h264",
  videoTrack.config.map((byte, index) => (index === 3 ? 11 : byte)),
);

test("segments begin at keyframes, after the wanted length, at the same times for picture and sound", async (t) => {
  const { presentation, append } = await live(t);
  append(encoded(13_000, { ...both, gopMs: 1000 }));
  const [v0, a0] = [rendition(presentation, "v0"), rendition(presentation, "a0")];
  assert.equal(presentation.targetSeconds, 2);
  assert.deepEqual(
    closed(v0).map((each) => seconds(v0, each)),
    Array(6).fill(2),
  );
  assert.ok(v0.segments.every(({ independent }) => independent));
  closed(a0).forEach((segment, index) => {
    assert.equal(segment.msn, v0.segments[index]?.msn);
    assert.ok(Math.abs(segment.ticks / a0.timescale - index * 2) < 0.024, `${segment.ticks}`);
  });
  assert.ok(Math.abs((v0.segments[0]?.msn ?? 0) - Date.now() / 1000) < 10, "numbers begin with the time of day");
});

test("sound's frames follow each other without gap or overlap, whatever milliseconds its stamps are rounded to", async (t) => {
  const { presentation, append } = await live(t);
  append(encoded(60_000, both));
  const a0 = rendition(presentation, "a0");
  const samples = a0.segments.flatMap(({ parts }) => parts.flatMap((part) => part.samples));
  assert.ok(samples.length > 300);
  assert.ok(samples.slice(0, -1).every(({ duration }) => duration === 1024));
  const last = samples.at(-1);
  assert.ok(last && Math.abs(last.ticks / a0.timescale - last.packet.dtsUs / 1_000_000) < 0.001);
});

for (const fps of [10, 24, 25, 29.97, 30, 50, 60]) {
  test(`at ${fps} frames a second parts keep to their target: never longer, hardly shorter, the last of a segment excepted`, async (t) => {
    const { presentation, append } = await live(t);
    append(encoded(10_000, { ...both, fps }));
    const { partTargetSeconds } = presentation;
    for (const each of presentation.renditions.values()) {
      for (const { parts } of closed(each)) {
        parts.forEach((part, index) => {
          const length = part.duration / each.timescale;
          assert.ok(length <= partTargetSeconds, `${each.key} ${length} of ${partTargetSeconds}`);
          if (index < parts.length - 1)
            assert.ok(length >= partTargetSeconds * 0.85, `${each.key} ${length} of ${partTargetSeconds}`);
        });
      }
    }
  });
}

test("a frame that comes late does not make a part too long", async (t) => {
  const { presentation, append } = await live(t);
  append(encoded(990, { ...both, fps: 30 }));
  append(encoded(3_000, { ...both, fps: 30, fromMs: 1_060 }));
  const v0 = rendition(presentation, "v0");
  for (const { parts } of v0.segments) {
    for (const { duration } of parts)
      assert.ok(duration / v0.timescale <= presentation.partTargetSeconds, `${duration}`);
  }
});

test("a group of pictures that does not end is cut: parts go out, and nothing claims to begin with a keyframe", async (t) => {
  const { presentation, append } = await live(t);
  append(encoded(31_000, { ...both, gopMs: 10_000 }));
  const v0 = rendition(presentation, "v0");
  const target = presentation.targetSeconds ?? 0;
  assert.equal(target, 6);
  assert.ok(closed(v0).every((each) => Math.round(seconds(v0, each)) <= target));
  assert.equal(presentation.independent, false);
  assert.ok(closed(v0).some(({ independent }) => !independent));
  assert.equal(
    closed(v0).reduce((sum, each) => sum + seconds(v0, each), 0),
    (closed(v0).at(-1)?.ticks ?? 0) / v0.timescale + seconds(v0, closed(v0).at(-1) as Segment),
  );
});

test("another decoder configuration begins an era: a boundary for all, and a new init segment for the one", async (t) => {
  const { presentation, append } = await live(t);
  append(encoded(5_000, both));
  append(encoded(5_000, { video: other, audio: audioTrack, fromMs: 5_000 }));
  const [v0, a0] = [rendition(presentation, "v0"), rendition(presentation, "a0")];
  const at = v0.segments.findIndex(({ init }) => init.number === 1);
  assert.ok(at > 0);
  assert.equal(v0.segments[at]?.boundary.discontinuous, true);
  assert.equal(v0.segments[at]?.msn, a0.segments[at]?.msn);
  assert.equal(a0.segments[at]?.boundary.discontinuous, true);
  assert.equal(a0.segments.at(-1)?.init.number, 0);
  assert.equal(presentation.eras.length, 2);
  assert.equal(v0.segments.filter(({ boundary }) => boundary.discontinuous).length, 1);
  assert.equal(v0.segments[at]?.independent, true);
});

test("a publisher that returns begins an era, with the same init segment", async (t) => {
  const { presentation, append, source, host } = await live(t);
  append(encoded(3_000, both));
  const v0 = rendition(presentation, "v0");
  source.release("lost");
  const frames = v0.segments.flatMap(({ parts }) => parts).reduce((sum, part) => sum + part.frames, 0);
  assert.equal(frames, 75, "all that there was is out");
  publishLive(host).append(encoded(4_000, both));
  assert.equal(host.segments.presentations.find("live/cam"), presentation);
  const breaks = v0.segments.filter(({ boundary }) => boundary.discontinuous);
  assert.equal(breaks.length, 1);
  assert.equal(breaks[0]?.init.number, 0);
  assert.ok(v0.segments.every(({ msn }, index) => index === 0 || msn === (v0.segments[index - 1]?.msn ?? 0) + 1));
});

test("what a returning publisher sends before its first keyframe leaves no hole in what was before", async (t) => {
  const { presentation, append, source, host } = await live(t);
  append(encoded(3_300, both));
  source.release("lost");
  const late = encoded(4_000, both);
  const [configurations, frames] = [late.slice(0, 2), late.slice(2)];
  const sounds = frames.filter(({ track }) => track.kind === "audio");
  const pictures = frames.filter(({ track }) => track.kind === "video");
  publishLive(host).append([
    ...configurations,
    ...sounds.slice(0, 3),
    ...pictures.slice(0, 1),
    ...sounds.slice(3),
    ...pictures.slice(1),
  ]);
  for (const each of presentation.renditions.values()) {
    for (const { parts, duration, ticks } of closed(each)) {
      assert.equal(
        parts.reduce((sum, part) => sum + part.duration, 0),
        duration,
      );
      parts.forEach((part, index) => {
        const before = parts[index - 1];
        assert.equal(part.ticks, before ? before.ticks + before.duration : ticks);
      });
    }
  }
});

test("a track that falls silent leaves gaps and holds nobody up; it comes back in step", async (t) => {
  const { presentation, append } = await live(t);
  append(encoded(4_000, both));
  append(encoded(8_000, { video: videoTrack, fromMs: 4_000 }));
  append(encoded(4_000, { ...both, fromMs: 12_000 }));
  const [v0, a0] = [rendition(presentation, "v0"), rendition(presentation, "a0")];
  assert.deepEqual(
    closed(a0).map(({ msn }) => msn),
    closed(v0).map(({ msn }) => msn),
  );
  assert.ok(closed(a0).some(({ parts, duration }) => parts.length === 0 && duration > a0.timescale));
});

test("sound alone is cut by time", async (t) => {
  const { presentation, append, host } = await live(t);
  append(encoded(1, { audio: audioTrack }));
  await new Promise((resolve) => setTimeout(resolve, 1_050)); // until it is clear that no picture comes
  append(encoded(9_000, { audio: audioTrack, fromMs: 30 }));
  const a0 = rendition(presentation, "a0");
  assert.equal(presentation.targetSeconds, 2);
  assert.ok(closed(a0).length >= 4);
  assert.ok(closed(a0).every((each) => seconds(a0, each) > 1.7 && seconds(a0, each) < 2.1));
  assert.ok(host.segments);
});

test("what CMAF cannot carry is left out with a warning; the rest plays", async (t) => {
  const { presentation, append, host } = await live(t);
  append(encoded(5_000, { video: describeVideo(0, "vp6", new Uint8Array()), audio: audioTrack }));
  assert.deepEqual([...presentation.renditions.keys()], ["a0"]);
  assert.match(host.lines.find(({ level }) => level === "warn")?.text ?? "", /vp6 has no form in CMAF/);
});

test("old segments are read again from what the stream keeps, byte for byte", async (t) => {
  const { presentation, append } = await live(t, {
    windowSeconds: 60,
    app: { history: { windowUs: 120_000_000, memoryBytes: 64 * 1024 * 1024, diskBytes: 0 } },
  });
  append(encoded(4_100, { ...both, reorderMs: 80 }));
  const v0 = rendition(presentation, "v0");
  const [first] = v0.segments;
  assert.ok(first?.closed);
  const before = Buffer.from(await segmentBytes(v0, first));
  const part = Buffer.from(await partBytes(v0, first, first.parts[3] ?? assert.fail()));
  append(encoded(26_000, { ...both, reorderMs: 80, fromMs: 4_120 }));
  assert.ok(first.shed, "it is old");
  assert.ok(before.equals(await segmentBytes(v0, first)));
  assert.ok(part.equals(await partBytes(v0, first, first.parts[3] ?? assert.fail())));
});

test("without a past the listed segments stay, and older ones go", async (t) => {
  const { presentation, append } = await live(t);
  append(encoded(200_000, both));
  const v0 = rendition(presentation, "v0");
  assert.ok(v0.segments.length < 40, `${v0.segments.length}`);
  assert.ok(v0.segments.every(({ shed }) => !shed));
});
