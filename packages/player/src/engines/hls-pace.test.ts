import assert from "node:assert/strict";
import test from "node:test";
import type Hls from "hls.js";
import type { FragLoadedData, LevelDetails } from "hls.js";
import { Pace } from "./hls-pace.ts";

const partTarget = 0.2;
const partsInSegment = 10;
const bitrates = [100_000, 220_000, 560_000, 2_300_000];

/** What is used of hls.js: qualities, what is in hand, and what was chosen. */
class Playing {
  autoLevelEnabled = true;
  autoLevelCapping = -1;
  nextAutoLevel = -1;
  bandwidthEstimate = 10_000_000;
  mainForwardBufferInfo = { len: 2 };
  readonly config = { maxLiveSyncPlaybackRate: 1.25 };
  readonly media = { playbackRate: 1 };
  edge = 1_000;
  aborted = 0;
  /** How much more there is in a part than its quality says. */
  weight = 1;
  /** The part that comes next, and when. */
  part = 0;
  atMs = 0;
  latency = 1;
  targetLatency: number | null = 1;
  readonly #pace = new Pace(this as unknown as Hls);

  get levels() {
    const fragments = Array.from({ length: 100 }, (_, index) => ({ end: (index + 1) * partTarget * partsInSegment }));
    const details = { partTarget, targetduration: 2, partEnd: this.edge, fragments };
    return bitrates.map((bitrate) => ({ bitrate, maxBitrate: bitrate, details }));
  }
  inHand(seconds: number): this {
    this.mainForwardBufferInfo.len = seconds;
    return this;
  }
  /** So many parts of a quality, each of which takes so long; the next begins `pause` after that. */
  load(level: number, count: number, seconds: number, pause = 0): this {
    for (let index = 0; index < count; index++) {
      const start = this.part * partTarget;
      const loading = { start: this.atMs, end: this.atMs + seconds * 1_000 };
      const stats = { loading, total: ((bitrates[level] ?? 0) * this.weight * partTarget) / 8 };
      const part = { start, end: start + partTarget, duration: partTarget, stats };
      const first = Math.floor(this.part / partsInSegment) * partsInSegment * partTarget;
      const frag = { level, type: "main", start: first, abortRequests: () => void this.aborted++ };
      this.part++;
      this.atMs += (seconds + pause) * 1_000;
      this.#pace.loaded({ frag, part } as unknown as FragLoadedData);
    }
    return this;
  }
  /** At the newest part: one comes every 0.2 s, in so much time. */
  live(level: number, count: number, seconds: number): this {
    for (let index = 0; index < count; index++) {
      this.edge = (this.part + 1) * partTarget;
      this.load(level, 1, seconds, partTarget - seconds);
    }
    return this;
  }
  /** A segment as a whole, and how fast is played and may be played then. */
  loadWhole(type = "main", sn: number | "initSegment" = 1) {
    this.#pace.loaded({ frag: { level: 0, type, sn }, part: null } as unknown as FragLoadedData);
    return { plays: this.media.playbackRate, most: this.config.maxLiveSyncPlaybackRate };
  }
  list(): this {
    this.#pace.listed(this.levels[0]?.details as unknown as LevelDetails, this.atMs);
    return this;
  }
}

test("who does not come nearer to the newest part, and has little in hand, gets at once what the network carries with all that parts cost", () => {
  assert.equal(new Playing().inHand(0.3).load(3, 2, 0.9).autoLevelCapping, 1);
  assert.equal(new Playing().inHand(0.3).load(2, 2, 0.6).autoLevelCapping, 0);
  assert.equal(new Playing().inHand(0.3).live(2, 1, 0.36).autoLevelCapping, 0);
});

test("the rest of what is loading is given up then", async () => {
  const playing = new Playing().inHand(0.3).load(3, 1, 0.9);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(playing.aborted, 1);
});

test("who has enough in hand finishes the segment first", async () => {
  const playing = new Playing().inHand(2).load(2, 9, 0.21);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([playing.autoLevelCapping, playing.aborted], [2, 0]);
  assert.equal(playing.load(2, 1, 0.21).autoLevelCapping, 1);
  assert.equal(playing.nextAutoLevel, 1);
});

test("who catches up, is at the newest part or has the least is left alone", () => {
  assert.equal(new Playing().load(2, 20, 0.1).autoLevelCapping, -1);
  assert.equal(new Playing().live(2, 20, 0.19).autoLevelCapping, -1);
  assert.equal(new Playing().load(0, 10, 0.4).autoLevelCapping, -1);
});

test("a picture that has become dear for a moment is no slow network", () => {
  const playing = new Playing();
  playing.weight = 2;
  assert.equal(playing.load(3, 9, 0.22).autoLevelCapping, -1);
  assert.equal(new Playing().load(3, 9, 0.22).autoLevelCapping, 3);
});

test("whom hls.js has moved down goes up again one step for each segment, and has no bound once the best has come", () => {
  const playing = new Playing().live(3, 1, 0.1).live(1, 1, 0.01);
  assert.equal(playing.autoLevelCapping, 1);
  assert.equal(playing.live(1, 7, 0.01).autoLevelCapping, 1);
  assert.equal(playing.live(1, 1, 0.01).autoLevelCapping, 2);
  assert.equal(playing.nextAutoLevel, 2);
  assert.equal(playing.live(2, 10, 0.02).autoLevelCapping, 3);
  assert.equal(playing.live(3, 9, 0.1).autoLevelCapping, 3);
  assert.equal(playing.live(3, 1, 0.1).autoLevelCapping, -1);
});

test("in the middle of a segment nobody goes up", () => {
  const playing = new Playing().live(3, 1, 0.1).live(1, 9, 0.01);
  assert.equal(playing.autoLevelCapping, 2);
  assert.equal(playing.live(1, 1, 0.01).autoLevelCapping, 1);
});

test("of what does not show that the next will fit there has to be more", () => {
  const playing = new Playing().live(3, 1, 0.1).live(1, 29, 0.15);
  assert.equal(playing.autoLevelCapping, 1);
  assert.equal(playing.live(1, 10, 0.15).autoLevelCapping, 2);
});

test("with little in hand nothing better is tried, nor what hls.js would leave at once", () => {
  assert.equal(new Playing().inHand(0.5).live(3, 1, 0.1).live(1, 9, 0.01).autoLevelCapping, 1);
  const playing = new Playing();
  playing.bandwidthEstimate = 600_000;
  assert.equal(playing.live(3, 1, 0.1).live(1, 9, 0.01).autoLevelCapping, 1);
});

test("a quality that was too dear is held back", () => {
  const playing = new Playing().live(2, 1, 0.1).live(0, 9, 0.01);
  assert.equal(playing.autoLevelCapping, 1);
  playing.inHand(0.2).live(1, 1, 0.4).inHand(2);
  assert.equal(playing.autoLevelCapping, 0);
  assert.equal(playing.live(0, 29, 0.01).autoLevelCapping, 0);
  assert.equal(playing.live(0, 20, 0.01).autoLevelCapping, 1);
});

test("that a segment is complete may be told later", () => {
  const playing = new Playing().live(3, 1, 0.1).live(1, 8, 0.01).list();
  assert.equal(playing.autoLevelCapping, 1);
  assert.equal(playing.live(1, 1, 0.01).list().autoLevelCapping, 2);
});

test("where the network is slow a player plays a little slower until it has enough in hand, and hls.js hurries nobody", () => {
  const playing = new Playing().inHand(1).live(3, 1, 0.1);
  assert.equal(playing.media.playbackRate, 1);
  playing.live(1, 1, 0.01);
  assert.deepEqual([playing.media.playbackRate, playing.config.maxLiveSyncPlaybackRate], [0.95, 1]);
  assert.equal(playing.inHand(1.7).live(1, 1, 0.01).media.playbackRate, 1);
  playing.inHand(1).live(1, 1, 0.01).autoLevelEnabled = false;
  playing.live(1, 1, 0.01);
  assert.deepEqual([playing.media.playbackRate, playing.config.maxLiveSyncPlaybackRate], [1, 1.25]);
  assert.equal(playing.autoLevelCapping, -1);
});

test("who plays whole segments nearer to the end than is meant, and has little in hand, plays a little slower until that is enough", () => {
  const usual = { plays: 1, most: 1.25 };
  const slower = { plays: 0.95, most: 1 };
  const playing = new Playing().inHand(0.5);
  Object.assign(playing, { latency: 3.5, targetLatency: 5.65 });
  assert.deepEqual(playing.loadWhole("main", "initSegment"), usual);
  assert.deepEqual(playing.loadWhole("audio"), usual);
  assert.deepEqual(playing.loadWhole(), slower);
  assert.deepEqual(playing.inHand(1.5).loadWhole(), slower);
  assert.deepEqual(playing.inHand(1.7).loadWhole(), usual);
  assert.deepEqual(playing.inHand(0.5).loadWhole(), slower);
  playing.latency = 5.5;
  assert.deepEqual(playing.loadWhole(), usual, "it is where it is meant to be");
  Object.assign(playing, { latency: 3.5, targetLatency: null });
  assert.deepEqual(playing.loadWhole(), usual, "a recording");
});

test("who goes on with parts, or has not begun to play, does not play slower for the sake of whole segments", () => {
  const playing = new Playing().inHand(0.5);
  Object.assign(playing, { latency: 0, targetLatency: 5.65 });
  assert.equal(playing.loadWhole().plays, 1);
  playing.latency = 3.5;
  assert.equal(playing.loadWhole().plays, 0.95);
  playing.live(3, 1, 0.1);
  assert.deepEqual([playing.media.playbackRate, playing.config.maxLiveSyncPlaybackRate], [1, 1.25]);
});
