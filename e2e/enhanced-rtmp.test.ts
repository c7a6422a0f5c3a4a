import assert from "node:assert/strict";
import test from "node:test";
import { readTracks } from "./ended-stream.ts";
import { from, plain, problems, published } from "./enhanced-outputs.ts";
import { enhancedClip, newFfmpeg, noFfmpeg8 as skip } from "./ffmpeg8.ts";
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
