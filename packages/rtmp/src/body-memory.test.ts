import assert from "node:assert/strict";
import test from "node:test";
import { outcome, pieces } from "../testing/chunks.ts";
import { encodeMessage } from "./chunk-encoder.ts";
import { setChunkSize } from "./control.ts";

test("short frames lie behind one another, and all else has memory of its own", () => {
  const frame = (type: number, length: number) => ({ type, streamId: 1, timestampMs: 0, body: new Uint8Array(length) });
  const sent = [frame(9, 100), frame(8, 10_000), frame(9, 16_385), frame(18, 50), ...Array(4).fill(frame(9, 16_000))];
  const wire = [setChunkSize(65_536), ...sent].map((each, at) => encodeMessage(6, each, at === 0 ? 128 : 65_536));
  const [, ...got] = outcome(pieces(Buffer.concat(wire), 3_000)).messages.map(({ body }) => body);
  assert.deepEqual(
    got.map(({ buffer }) => buffer.byteLength),
    [65_536, 65_536, 16_385, 50, 65_536, 65_536, 65_536, 65_536],
  );
  const blocks = got.filter(({ length }) => length <= 16_384 && length > 50).map(({ buffer }) => buffer);
  assert.deepEqual(
    blocks.map((buffer) => buffer === blocks[0]),
    [true, true, true, true, true, false],
  );
});

test("a length that is only declared takes no room in a block", () => {
  const wire = [encodeMessage(2, setChunkSize(100), 128)];
  const body = new Uint8Array(16_000);
  wire.push(encodeMessage(6, { type: 9, streamId: 1, timestampMs: 0, body }, 100));
  wire.push(encodeMessage(6, { type: 9, streamId: 1, timestampMs: 40, body: body.subarray(0, 400) }, 100));
  const [, slow, quick] = outcome(wire).messages;
  assert.equal(slow?.body.buffer.byteLength, 16_000);
  assert.equal(quick?.body.buffer.byteLength, 65_536);
});
