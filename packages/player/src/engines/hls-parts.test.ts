import assert from "node:assert/strict";
import test from "node:test";
import type Hls from "hls.js";
import { carryParts } from "./hls-parts.ts";

test("where one segment ends and another begins a rounding is none", () => {
  const searched: number[] = [];
  const streamController = {
    loadingParts: true,
    getFragmentAtPosition: (position: number, _end: number, _details: unknown) => void searched.push(position),
  };
  carryParts({ streamController, config: {}, on() {} } as unknown as Hls);
  const details = { fragments: [10, 12.000_4, 14].map((start) => ({ start })) };
  const search = (position: number) => {
    streamController.getFragmentAtPosition(position, 0, details);
    return searched.at(-1);
  };
  assert.equal(search(11.999_9), 12.000_4);
  assert.equal(search(11.5), 11.5);
  streamController.loadingParts = false;
  assert.equal(search(11.999_9), 11.999_9);
});
