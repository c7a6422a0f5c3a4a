import assert from "node:assert/strict";
import test from "node:test";
import type Hls from "hls.js";
import { carryParts } from "./hls-parts.ts";

const partTarget = 0.2;
const bitrates = [100_000, 220_000, 560_000];

/** What is used of hls.js: qualities whose newest part ends at `edge`, and a search that says where it looked. */
class Playing {
  autoLevelEnabled = true;
  autoLevelCapping = -1;
  edge = 100;
  readonly searched: number[] = [];
  aborted = 0;
  readonly #starts: readonly number[];
  #loaded: (event: string, data: unknown) => void = () => undefined;

  constructor(starts: readonly number[] = []) {
    this.#starts = starts;
    carryParts(this as unknown as Hls);
  }
  get levels() {
    const details = { partTarget, targetduration: 2, partEnd: this.edge };
    return bitrates.map((bitrate) => ({ bitrate, details }));
  }
  readonly streamController = {
    loadingParts: true,
    getFragmentAtPosition: (position: number, _end: number, _details: unknown) => void this.searched.push(position),
  };
  on(_event: string, listener: (event: string, data: unknown) => void): void {
    this.#loaded = listener;
  }
  search(position: number): number | undefined {
    const details = { fragments: this.#starts.map((start) => ({ start })) };
    this.streamController.getFragmentAtPosition(position, 0, details);
    return this.searched.at(-1);
  }
  /** So many parts of a quality, each of which takes so long; the first begins at `from`. */
  load(level: number, count: number, seconds: number, from: number): this {
    for (let index = 0; index < count; index++) {
      const start = from + index * partTarget;
      const loading = { start: index * seconds * 1_000, end: (index + 1) * seconds * 1_000 };
      const part = { index, start, end: start + partTarget, duration: partTarget, stats: { loading } };
      const frag = { level, type: "main", abortRequests: () => void this.aborted++ };
      this.#loaded("hlsFragLoaded", { frag, part });
    }
    return this;
  }
}

test("who does not come nearer to the newest part gets what the network carries with all that parts cost", () => {
  assert.equal(new Playing().load(2, 2, 0.36, 90).autoLevelCapping, 1);
  assert.equal(new Playing().load(2, 3, 0.6, 90).autoLevelCapping, 0);
  assert.equal(new Playing().load(1, 4, 0.22, 90).autoLevelCapping, 0);
});

test("who catches up, is at the newest part or has the least is left alone", () => {
  assert.equal(new Playing().load(2, 20, 0.1, 90).autoLevelCapping, -1);
  assert.equal(new Playing().load(2, 1, 0.4, 99.8).autoLevelCapping, -1);
  assert.equal(new Playing().load(0, 10, 0.4, 90).autoLevelCapping, -1);
});

test("who has gone down stays there for a while", () => {
  const playing = new Playing().load(2, 5, 0.1, 99);
  assert.equal(playing.load(1, 3, 0.1, 99.4).autoLevelCapping, 1);
  assert.equal(playing.load(1, 10, 0.03, 98).autoLevelCapping, -1);
});

test("when parts come quickly again for a while there is no bound any more", () => {
  const playing = new Playing().load(2, 3, 0.6, 90);
  assert.equal(playing.load(0, 9, 0.03, 98).autoLevelCapping, 0);
  assert.equal(playing.load(0, 1, 0.1, 99.8).load(0, 9, 0.03, 99.8).autoLevelCapping, 0);
  assert.equal(playing.load(0, 1, 0.03, 99.8).autoLevelCapping, -1);
});

test("where one segment ends and another begins a rounding is none", () => {
  const playing = new Playing([10, 12.000_4, 14]);
  assert.equal(playing.search(11.999_9), 12.000_4);
  assert.equal(playing.search(11.5), 11.5);
  playing.streamController.loadingParts = false;
  assert.equal(playing.search(11.999_9), 11.999_9);
});
