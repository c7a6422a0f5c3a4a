import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { readTracks } from "./ended-stream.ts";
import { arrived, from, plain, problems, published } from "./enhanced-outputs.ts";
import { enhancedClip, newFfmpeg, pictures8, noFfmpeg8 as skip, vvcClip } from "./ffmpeg8.ts";
import { startServer } from "./server.ts";

const pairs = [
  { name: "hevc", codecs: ["hevc", "aac"] },
  { name: "av1", codecs: ["av1", "opus"] },
  { name: "vp9", codecs: ["vp9", "opus"] },
] as const;

for (const { name, codecs } of pairs) {
  const what = codecs.join(" and ");
  test(`${what}: every packet that FFmpeg 8 publishes reaches FFmpeg 8 over RTMP and HTTP-FLV, and FFmpeg over HLS and DASH`, {
    skip,
  }, async (t) => {
    const server = await startServer(t);
    const file = await enhancedClip(name);
    const all = await readTracks(newFfmpeg(`-i ${file} -f framecrc pipe:1`));
    assert.deepEqual(
      all.map(({ codec }) => codec),
      codecs,
    );
    const seen = await published(t, server, file);
    assert.deepEqual(plain(seen.rtmp), plain(from(all, "dtsMs")), "over RTMP");
    assert.deepEqual(plain(seen.flv), plain(from(all, "dtsMs")), "over HTTP-FLV");
    assert.deepEqual(problems(seen.hls, from(all, "ptsMs")), [], "over HLS");
    assert.deepEqual(problems(seen.dash, from(all, "ptsMs")), [], "over DASH");
  });
}

test("vvc: every packet that FFmpeg 8 publishes reaches it over RTMP, HTTP-FLV, HLS and DASH, and decodes to the same pictures", {
  skip,
}, async (t) => {
  const server = await startServer(t);
  const reader = (url: string) => newFfmpeg(`-i ${url} -f framecrc pipe:1`);
  const all = await readTracks(reader(vvcClip));
  const [seen, { text: master }] = await Promise.all([
    published(t, server, vvcClip, { reader }),
    arrived(`${server.http}/live/cam.m3u8`),
  ]);
  assert.deepEqual(plain(seen.rtmp), plain(all), "over RTMP");
  const [first] = seen.flv[0]?.packets ?? []; // of the first or the second group: they are short
  const since = all.map((track) => ({
    ...track,
    packets: track.packets.filter(({ dtsMs }) => dtsMs >= (first?.dtsMs ?? 0)),
  }));
  assert.ok(first);
  assert.deepEqual(plain(seen.flv), plain(since), "over HTTP-FLV");
  assert.deepEqual(problems(seen.hls, all), [], "over HLS");
  assert.deepEqual(problems(seen.dash, all), [], "over DASH");
  assert.match(master, /CODECS="vvc1\.1\.L16\.CQA".*RESOLUTION=100x58|RESOLUTION=100x58.*CODECS="vvc1\.1\.L16\.CQA"/);
  const file = readdirSync(server.folder).find((name) => /^dash-.*\.mp4$/.test(name)) ?? "";
  const [sent, shown] = [await pictures8(vvcClip), await pictures8(join(server.folder, file))];
  const pixels = (list: readonly string[]) => list.map((line) => line.split(" ")[1]);
  assert.equal(sent.length, 40);
  assert.deepEqual(pixels(shown), pixels(sent));
});
