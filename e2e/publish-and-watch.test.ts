import assert from "node:assert/strict";
import test from "node:test";
import { flvViewer } from "../packages/server/testing/clients.ts";
import { clip } from "./clips.ts";
import { type Frame, ffmpeg, frames, missing, peer, until, watched } from "./peers.ts";
import { isLive, startServer } from "./server.ts";
import { publish } from "./watch-page.ts";

const skip = missing("ffmpeg", "ffprobe");

/** What the clip holds, read by FFmpeg from the file itself. */
async function contents(file: string, map: string): Promise<Frame[]> {
  return frames((await ffmpeg(`-i ${file} ${map} -c copy -copyts -f framecrc -`).done).out);
}

const clips = [
  { name: "full", map: "-map 0:v -map 0:a" },
  { name: "longGop", map: "-map 0:v -map 0:a" },
  { name: "audioOnly", map: "-map 0:a" },
  { name: "videoOnly", map: "-map 0:v" },
] as const;

for (const { name, map } of clips) {
  test(`${name}: every packet that ffmpeg publishes reaches a waiting RTMP viewer, to the byte and the millisecond`, {
    skip,
  }, async (t) => {
    const server = await startServer(t);
    const file = await clip(name);
    const viewer = watched(`${server.rtmp}/live/cam`, map);
    await until(() => server.log().some(({ role }) => role === "viewer"), "the viewer waits");
    const publisher = await ffmpeg(`-re -i ${file} -c copy -f flv ${server.rtmp}/live/cam`).done;
    assert.equal(publisher.code, 0, publisher.err);
    const seen = await viewer;
    assert.equal(seen.ended.code, 0, seen.ended.err);
    const expected = fromKeyframe(await contents(file, map), name !== "audioOnly");
    assert.ok(expected.length > 100);
    assert.deepEqual(plain(seen.frames), plain(expected));
  });

  test(`${name}: a viewer who comes later over HTTP-FLV gets all from a keyframe on`, { skip }, async (t) => {
    const server = await startServer(t);
    const file = await clip(name);
    const publisher = ffmpeg(`-re -i ${file} -c copy -f flv ${server.rtmp}/live/cam`);
    await until(() => isLive(server, "live/cam"), "the stream is live");
    const seen = await watched(`${server.http}/live/cam.flv`, map);
    assert.equal((await publisher.done).code, 0);
    assert.equal(seen.ended.code, 0, seen.ended.err);
    const expected = await contents(file, map);
    const kinds = new Set(expected.map(({ stream }) => stream));
    for (const kind of kinds) {
      const [its = [], all = []] = [seen.frames, expected].map((list) => list.filter(({ stream }) => stream === kind));
      assert.ok(its.length > all.length / 10, `${its.length} of ${all.length} packets`);
      assert.deepEqual(plain(its), plain(all.slice(-its.length)));
    }
  });
}

/** A viewer's first packet is the first keyframe: sound from before it, a frame's worth at most, is left out. */
function fromKeyframe(list: readonly Frame[], hasVideo: boolean): readonly Frame[] {
  const start = list.find(({ stream }) => stream === "0")?.dts ?? 0;
  const kept = hasVideo ? list.filter(({ dts }) => dts >= start) : list;
  assert.ok(list.length - kept.length <= 2);
  return kept;
}

/** Without what a demuxer guesses. */
function plain(list: readonly Frame[]): string[] {
  return list.map(({ stream, dts, pts, size, crc }) => `${stream} ${dts} ${pts} ${size} ${crc}`).sort();
}

test("ffprobe sees the codecs, the size and the rate", { skip }, async (t) => {
  const server = await startServer(t);
  await publish(t, server, "live/cam", "full");
  for (const url of [`${server.rtmp}/live/cam`, `${server.http}/live/cam.flv`]) {
    const { out } = await peer("ffprobe", [
      "-v",
      "error",
      "-show_entries",
      "stream=codec_name,profile,width,height,sample_rate,channels,has_b_frames",
      "-of",
      "json",
      url,
    ]).done;
    const { streams } = JSON.parse(out) as { streams: Record<string, unknown>[] };
    const video = streams.find(({ codec_name: codec }) => codec === "h264");
    const audio = streams.find(({ codec_name: codec }) => codec === "aac");
    assert.deepEqual([video?.width, video?.height, video?.profile, video?.has_b_frames], [1920, 1080, "High", 2]);
    assert.deepEqual([audio?.sample_rate, audio?.channels], ["48000", 2]);
  }
});

test("rtmpdump records what was published, in time", { skip: missing("ffmpeg", "rtmpdump") }, async (t) => {
  const server = await startServer(t);
  const file = `${server.folder}/recorded.flv`;
  const viewer = peer("rtmpdump", ["-r", `${server.rtmp}/live/cam`, "--live", "-o", file]);
  await until(() => server.log().some(({ role }) => role === "viewer"), "rtmpdump waits");
  const source = await clip("videoOnly");
  assert.equal((await ffmpeg(`-re -i ${source} -c copy -f flv ${server.rtmp}/live/cam`).done).code, 0);
  await viewer.done;
  assert.deepEqual(plain(await contents(file, "-map 0:v")), plain(await contents(source, "-map 0:v")));
});

test("GStreamer publishes and plays", { skip: missing("ffmpeg", "gst-launch-1.0") }, async (t) => {
  const server = await startServer(t);
  const viewer = peer("gst-launch-1.0", [
    "-q",
    "rtmp2src",
    `location=${server.rtmp}/live/gst`,
    "!",
    "filesink",
    `location=${server.folder}/gst.flv`,
  ]);
  await until(() => server.log().some(({ role }) => role === "viewer"), "GStreamer waits");
  const source = await clip("small");
  const publisher = peer("gst-launch-1.0", [
    "-q",
    "filesrc",
    `location=${source}`,
    "!",
    "flvdemux",
    "name=d",
    "d.video",
    "!",
    "queue",
    "!",
    "h264parse",
    "!",
    "flvmux",
    "name=m",
    "streamable=true",
    "!",
    "rtmp2sink",
    `location=${server.rtmp}/live/gst`,
  ]);
  const { code, err } = await publisher.done;
  assert.equal(code, 0, err);
  await viewer.done;
  const seen = await contents(`${server.folder}/gst.flv`, "-map 0:v");
  assert.equal(seen.length, (await contents(source, "-map 0:v")).length);
});

test("RTMPS carries the same, with a certificate made at the first start", { skip }, async (t) => {
  const server = await startServer(t);
  const source = await clip("videoOnly");
  const viewer = watched(`${server.rtmps}/live/cam`, "-map 0:v");
  await until(
    () => server.log().some(({ role, protocol }) => role === "viewer" && protocol === "rtmps"),
    "the viewer waits",
  );
  assert.equal((await ffmpeg(`-re -i ${source} -c copy -f flv ${server.rtmps}/live/cam`).done).code, 0);
  assert.deepEqual(plain((await viewer).frames), plain(await contents(source, "-map 0:v")));
});

test("a publisher that is killed and comes back loses no viewer, and time goes on", { skip }, async (t) => {
  const server = await startServer(t, "auth: open\napps: { live: { hold: 60s } }\n");
  const file = await clip("small");
  const viewer = watched(`${server.rtmp}/live/cam`, "-map 0:v");
  await until(() => server.log().some(({ role }) => role === "viewer"), "the viewer waits");
  const first = await publish(t, server, "live/cam", "small");
  const other = await flvViewer(Number(new URL(server.http).port), "live/cam");
  await until(() => other.packets.filter(({ track }) => track.kind === "video").length > 25, "it has sent a second");
  other.close();
  first.child.kill("SIGKILL");
  await first.done;
  await until(() => server.log().some(({ state }) => state === "held"), "the stream is held");
  assert.equal((await ffmpeg(`-re -i ${file} -c copy -f flv ${server.rtmp}/live/cam`).done).code, 0);
  const { frames: seen, ended } = await viewer;
  assert.equal(ended.code, 0, ended.err);
  assert.ok(seen.length > 110, `${seen.length} frames of both publishers`);
  const times = seen.map(({ dts }) => dts);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  assert.equal(
    server.log().filter(({ protocol, message }) => protocol === "rtmp" && message === "viewer opened").length,
    1,
  );
});

test("a wrong key is refused in words, and the log says by which rule, never with the key", { skip }, async (t) => {
  const server = await startServer(t, "auth: key\nstreamKeys: [the-right-key-1]\n");
  const wrong = await ffmpeg(
    `-re -i ${await clip("small")} -c copy -f flv`,
    `${server.rtmp}/live/cam?key=a-wrong-key-9`,
  ).done;
  assert.notEqual(wrong.code, 0);
  await until(() => server.log().some(({ rule }) => rule === "stream-key/wrong"), "the refusal is logged");
  const right = await ffmpeg(`-i ${await clip("small")} -c copy -f flv`, `${server.rtmp}/live/cam?key=the-right-key-1`)
    .done;
  assert.equal(right.code, 0, right.err);
  assert.ok(!server.output().includes("the-right-key-1") && !server.output().includes("a-wrong-key-9"));
});

test("a second publisher is refused while the first goes on", { skip }, async (t) => {
  const server = await startServer(t, "auth: open\napps: { live: { duplicate: reject } }\n");
  const first = await publish(t, server, "live/cam", "small");
  const second = await ffmpeg(`-re -i ${await clip("small")} -c copy -f flv ${server.rtmp}/live/cam`).done;
  assert.notEqual(second.code, 0);
  const { frames: seen } = await watched(`${server.http}/live/cam.flv`, "-map 0:v", "-t 1");
  assert.ok(seen.length > 0);
  assert.equal(first.child.exitCode, null);
});

test("a stream that is not live is a 404 with a code", { skip }, async (t) => {
  const server = await startServer(t);
  const response = await fetch(`${server.http}/live/none.flv`);
  assert.equal(response.status, 404);
  assert.equal(((await response.json()) as { code: string }).code, "stream/not-found");
});
