import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { codecsOf, type LadderWish, needsMeasure, planLadder, type RungWish, type SourcePicture } from "./ladder.ts";

const source = (width: number, height: number, frameRate = 30, bitrate = 0): SourcePicture => ({
  width,
  height,
  frameRate,
  bitrate,
});
const own = (wish: Partial<RungWish>): RungWish => ({
  name: "",
  width: 0,
  height: 0,
  fps: 0,
  bitrate: 0,
  codec: "h264",
  preset: "",
  ...wish,
});

/** Each quality in a line: name, size, frame rate where it is said, kbit/s. */
function lines(wish: LadderWish, from: SourcePicture): string[] {
  return planLadder(wish, from, "veryfast").rungs.map(
    ({ name, width, height, frameRate, bitrate }) =>
      `${name} ${width}x${height}${frameRate === undefined ? "" : `@${frameRate}`} ${bitrate / 1000}`,
  );
}

const cases: { name: string; wish: LadderWish; from: SourcePicture; made: string[] }[] = [
  {
    name: "1080p",
    wish: "auto",
    from: source(1920, 1080),
    made: ["720p 1280x720 2350", "480p 854x480 1250", "360p 640x360 800", "240p 426x240 400"],
  },
  {
    name: "720p",
    wish: "auto",
    from: source(1280, 720),
    made: ["480p 854x480 1250", "360p 640x360 800", "240p 426x240 400"],
  },
  {
    name: "4K",
    wish: "auto",
    from: source(3840, 2160),
    made: ["1080p 1920x1080 4500", "720p 1280x720 2350", "480p 854x480 1250", "360p 640x360 800", "240p 426x240 400"],
  },
  {
    name: "a size just above a rung's leaves that out",
    wish: "auto",
    from: source(848, 500),
    made: ["360p 610x360 750", "240p 408x240 400"],
  },
  { name: "what is small already has none", wish: "auto", from: source(320, 240), made: [] },
  {
    name: "a telephone held upright",
    wish: "auto",
    from: source(720, 1280),
    made: ["480p 480x854 1250", "360p 360x640 800", "240p 240x426 400"],
  },
  { name: "4:3", wish: "auto", from: source(640, 480), made: ["360p 480x360 600", "240p 320x240 300"] },
  { name: "odd sizes come out even", wish: ["360p"], from: source(1001, 563), made: ["360p 640x360 800"] },
  {
    name: "60 frames a second are halved where the picture is small",
    wish: "auto",
    from: source(1920, 1080, 60),
    made: ["720p 1280x720 3350", "480p 854x480@30 1250", "360p 640x360@30 800", "240p 426x240@30 400"],
  },
  { name: "50 likewise", wish: ["360p"], from: source(1280, 720, 50), made: ["360p 640x360@25 800"] },
  { name: "120 twice", wish: ["360p"], from: source(1280, 720, 120), made: ["360p 640x360@30 800"] },
  {
    name: "no rung takes more than its share of the one above it",
    wish: "auto",
    from: source(1920, 1080, 30, 1_500_000),
    made: ["720p 1280x720 1050", "480p 854x480 735", "360p 640x360 514", "240p 426x240 359"],
  },
  {
    name: "a source of few bits has few rungs",
    wish: "auto",
    from: source(1920, 1080, 30, 200_000),
    made: ["720p 1280x720 140", "480p 854x480 98"],
  },
  { name: "none", wish: "none", from: source(1920, 1080), made: [] },
  {
    name: "words at or above the source are left out",
    wish: ["1080p", "720p", "480p"],
    from: source(1280, 720),
    made: ["480p 854x480 1250"],
  },
  {
    name: "the order is by cost",
    wish: ["240p", "720p"],
    from: source(1920, 1080),
    made: ["720p 1280x720 2350", "240p 426x240 400"],
  },
  { name: "unknown size", wish: "auto", from: source(0, 0), made: [] },
  {
    name: "as it was asked for",
    wish: [own({ name: "mid", width: 960, height: 540, fps: 15, bitrate: 900 })],
    from: source(1280, 720, 30, 1_000_000),
    made: ["mid 960x540@15 900"],
  },
  {
    name: "by height alone",
    wish: [own({ height: 540, bitrate: 1200 })],
    from: source(1920, 1080),
    made: ["540p 960x540 1200"],
  },
  { name: "by width alone", wish: [own({ width: 960 })], from: source(1920, 1080), made: ["540p 960x540 1500"] },
  {
    name: "turned with the source",
    wish: [own({ width: 640, height: 360 })],
    from: source(1080, 1920),
    made: ["360p 360x640 800"],
  },
  {
    name: "the source's size with fewer bits",
    wish: [own({ name: "low", bitrate: 800 })],
    from: source(1280, 720),
    made: ["low 1280x720 800"],
  },
  { name: "not larger than the source", wish: [own({ height: 1080 })], from: source(1280, 720), made: [] },
  {
    name: "not quicker than the source",
    wish: [own({ height: 360, fps: 60 })],
    from: source(1280, 720, 25),
    made: ["360p 640x360 800"],
  },
  {
    name: "a publisher's own ladder is enough for auto",
    wish: "auto",
    from: { ...source(1920, 1080), sent: [720, 480] },
    made: [],
  },
  {
    name: "of a list what the publisher does not send",
    wish: ["720p", "480p", own({ height: 360, bitrate: 700 }), own({ height: 480, name: "mine" })],
    from: { ...source(1920, 1080), sent: [480] },
    made: ["720p 1280x720 2350", "360p 640x360 700"],
  },
  {
    name: "of the same name the first",
    wish: [own({ height: 360, bitrate: 500 }), "360p", own({ name: "360p", height: 240 })],
    from: source(1280, 720),
    made: ["360p 640x360 500"],
  },
];

for (const { name, wish, from, made } of cases)
  test(`planned: ${name}`, () => assert.deepEqual(lines(wish, from), made));

test("sound alone is offered by the automatic ladder, and where it is listed", () => {
  const soundOnly = (wish: LadderWish) => planLadder(wish, source(1280, 720), "veryfast").soundOnly;
  assert.deepEqual(
    [soundOnly("auto"), soundOnly("none"), soundOnly(["360p"]), soundOnly(["audio"])],
    [true, false, false, true],
  );
});

test("each quality has its own preset, or the server's", () => {
  const { rungs, presets } = planLadder(
    ["240p", own({ height: 480, preset: "fast" }), "360p"],
    source(1280, 720),
    "superfast",
  );
  assert.deepEqual(
    rungs.map(({ name }) => name),
    ["480p", "360p", "240p"],
  );
  assert.deepEqual(presets, ["fast", "superfast", "superfast"]);
});

test("the source is measured only where something follows from it", () => {
  const asked: [LadderWish, boolean][] = [
    ["auto", true],
    ["none", false],
    [["720p"], true],
    [["audio"], false],
    [[own({ height: 360 })], true],
    [[own({ height: 360, bitrate: 500 })], false],
  ];
  for (const [wish, measured] of asked) assert.equal(needsMeasure(wish), measured, JSON.stringify(wish));
});

test("the codecs are those of the qualities", () => {
  assert.deepEqual(codecsOf("none"), []);
  assert.deepEqual(codecsOf("auto"), ["h264"]);
  assert.deepEqual(codecsOf(["audio"]), []);
  assert.deepEqual(codecsOf(["720p", "audio", own({ codec: "hevc" }), own({ codec: "hevc", height: 240 })]), [
    "h264",
    "hevc",
  ]);
});

test("whatever the source is, each rung is even, smaller, cheaper than the one before, and of the same shape", () => {
  const sources = fc.record({
    width: fc.integer({ min: 16, max: 8192 }),
    height: fc.integer({ min: 16, max: 8192 }),
    frameRate: fc.integer({ min: 0, max: 240 }),
    bitrate: fc.integer({ min: 0, max: 60_000_000 }),
  });
  fc.assert(
    fc.property(sources, (from) => {
      const { rungs } = planLadder("auto", from, "veryfast");
      let before = from.bitrate > 0 ? from.bitrate : Number.POSITIVE_INFINITY;
      for (const { width, height, bitrate, frameRate } of rungs) {
        assert.equal((width % 2) + (height % 2), 0);
        assert.ok(width <= from.width && height <= from.height);
        assert.ok(bitrate < before);
        assert.ok(frameRate === undefined || frameRate <= from.frameRate);
        assert.ok(Math.abs(width / height / (from.width / from.height) - 1) < 0.01 + 1 / Math.min(width, height));
        before = bitrate;
      }
    }),
  );
});
