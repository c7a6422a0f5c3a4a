import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import test, { type TestContext } from "node:test";
import { published } from "../../testing/published.ts";
import { textFormat } from "../../testing/sink.ts";
import { synthetic } from "../../testing/synthetic.ts";

type Told = { readonly bitrate: number; readonly seconds: number };

/** A stream, and what the kernel is told of its viewers' sockets; at first it cannot be told anything. */
function watched(t: TestContext) {
  const told: Told[] = [];
  let ready = false;
  const { stream, source } = published(t, {
    paths: {
      tune: () => {},
      look: () => undefined,
      limit: (_, bitrate, seconds) => {
        if (ready) told.push({ bitrate, seconds });
        return ready;
      },
    },
  });
  let frame = 0;
  const play = (frames: number, frameBytes: number) => {
    for (const packet of synthetic(frames, { from: frame, gop: 25, frameBytes })) source.append(packet);
    frame += frames;
  };
  const watch = (delayUs = 0) =>
    void stream.join(textFormat(), new PassThrough().resume(), { ended: () => {} }, { delayUs });
  return { stream, told, play, watch, open: () => (ready = true) };
}

test("of the only quality a second may be under way to each viewer, told once the kernel listens and the bitrate is known", (t) => {
  const { stream, told, play, watch, open } = watched(t);
  watch();
  watch();
  stream.sweep(0);
  play(3 * 25, 20_000);
  stream.sweep(1_000);
  open();
  for (let second = 2; second < 5; second++) stream.sweep(second * 1_000);
  assert.equal(told.length, 2);
  for (const { bitrate, seconds } of told) {
    assert.ok(Math.abs(bitrate - 4_000_000) < 200_000, `${bitrate}`);
    assert.equal(seconds, 1);
  }
  play(6 * 25, 60_000);
  stream.sweep(5_000);
  assert.deepEqual(
    told.slice(2).map(({ bitrate }) => Math.round(bitrate / 1_000_000)),
    [12, 12],
  );
});

test("it is at least a quarter of a megabyte, and the same for who watches with a delay", (t) => {
  const { stream, told, play, watch, open } = watched(t);
  open();
  play(5 * 25, 1_000);
  watch(3_000_000);
  stream.sweep(1_000);
  assert.deepEqual(
    told.map(({ bitrate, seconds }) => Math.round((bitrate * seconds) / 8)),
    [256 * 1024],
  );
});

test("where viewers can be moved, this is left to who moves them", (t) => {
  const { stream, told, play, watch, open } = watched(t);
  open();
  stream.ladder.plan([{ name: "240p", width: 426, height: 240, bitrate: 250_000, codec: "h264" }]);
  watch();
  play(3 * 25, 20_000);
  stream.sweep(1_000);
  assert.deepEqual(told, []);
});
