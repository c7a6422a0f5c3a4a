import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { clip, picture, sound } from "./clips.ts";
import { validateHls } from "./hls-viewer.ts";
import { ffmpeg, frames, missing, until, watched } from "./peers.ts";
import { type RealServer, startServer } from "./server.ts";

const skip = missing("ffmpeg", "ffprobe");
/** Seconds that a stream is followed; a minute for those who have it. */
const seconds = Number(process.env.SLUICE_E2E_FOLLOW_SECONDS ?? 18);
const tiny = picture("320x180", 25, 3_600);
const tone = sound(3_600);
const quick = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";
const aac = "-c:a aac -ac 2";

const encoders = {
  "B-frames and sound": `-re ${tiny} -re ${tone} ${quick} -bf 2 -b_strategy 0 -g 50 ${aac}`,
  "one keyframe in ten seconds": `-re ${tiny} -re ${tone} ${quick} -tune zerolatency -g 250 -keyint_min 250 -sc_threshold 0 ${aac}`,
  "only sound": `-re ${tone} ${aac}`,
  "only pictures": `-re ${tiny} ${quick} -tune zerolatency -g 50`,
} as const;

/** An encoder that goes on until the test is over, or it is stopped. */
async function publish(t: TestContext, server: RealServer, name: string, encoder: string) {
  const publisher = ffmpeg(`${encoder} -f flv ${server.rtmp}/live/${name}`);
  const stop = async () => {
    publisher.child.kill("SIGKILL");
    await publisher.done;
  };
  t.after(stop);
  await until(async () => (await fetch(`${server.http}/live/${name}.m3u8`)).status === 200, `${name} is there`);
  return stop;
}

test("whatever is published, the playlists, segments and parts keep to the rules", { skip }, async (t) => {
  const server = await startServer(t);
  const cases = Object.entries(encoders).map(([what, encoder], index) => ({ what, encoder, name: `cam${index}` }));
  await Promise.all(cases.map(({ name, encoder }) => publish(t, server, name, encoder)));
  await Promise.all(
    cases.map(async ({ what, name }) => {
      const report = await validateHls(`${server.http}/live/${name}.m3u8`, { seconds });
      assert.deepEqual(report.problems, [], what);
      t.diagnostic(`${what}: ${report.snapshots} playlists, ${report.segments} segments, ${report.parts} parts`);
      assert.ok(report.segments >= seconds / 6, `${report.segments} segments`);
      assert.ok(report.parts > seconds * 2, `${report.parts} parts`);
    }),
  );
  const others = ["cam0.m3u8?ll=0", ...cases.map(({ name }) => `${name}.m3u8?format=ts`)];
  await Promise.all(
    others.map(async (address) => {
      const report = await validateHls(`${server.http}/live/${address}`, { seconds: 8 });
      assert.deepEqual([report.problems, report.parts], [[], 0], address);
      assert.ok(report.segments > 0, `${address} has segments`);
    }),
  );
});

/** FFmpeg 5.1 says this when it loads a playlist anew and reads the same init segment once more. */
const knownWords = /^\[mov,.*\] Found duplicated MOOV Atom\. Skipped it\n( +Last message repeated \d+ times\n)?/gm;

test("ffmpeg plays HLS and DASH: every picture, each later than the one before, and not a word of complaint", {
  skip,
}, async (t) => {
  const server = await startServer(t);
  const file = await clip("full");
  const expected = frames((await ffmpeg(`-i ${file} -map 0:v -c copy -copyts -f framecrc -`).done).out).length;
  const publisher = ffmpeg(`-re -i ${file} -c copy -f flv ${server.rtmp}/live/cam`);
  await until(async () => (await fetch(`${server.http}/live/cam.m3u8`)).status === 200, "the stream is there");
  // FFmpeg does not notice that a live manifest has become a recording: it is told when to stop.
  const addresses = [
    { address: "cam.m3u8", input: "-live_start_index 0", map: "-map 0:v", count: expected },
    { address: "cam.m3u8?ll=0", input: "-live_start_index 0", map: "-map 0:v", count: expected },
    { address: "cam.mpd", input: "", map: "-map 0:v -frames:v 50", count: 50 },
  ];
  const watching = addresses.map(async ({ address, input, map, count }) => {
    const { frames: seen, ended } = await watched(`${server.http}/live/${address}`, map, input);
    assert.deepEqual([ended.code, ended.err.replace(knownWords, "")], [0, ""], address);
    assert.equal(seen.length, count, address);
    const times = seen.map(({ dts }) => dts);
    assert.ok(
      times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0)),
      `${address}: ${times}`,
    );
  });
  await Promise.all(watching);
  assert.equal((await publisher.done).code, 0);
});
