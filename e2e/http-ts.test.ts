import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { TsDemuxer } from "../packages/media/testing/ts-demuxer.ts";
import { clip } from "./clips.ts";
import { publishHevc } from "./enhanced-publisher.ts";
import { type Frame, ffmpeg, frames, missing, peer, until, watched } from "./peers.ts";
import { isLive, startServer } from "./server.ts";
import { publish } from "./watch-page.ts";

const skip = missing("ffmpeg", "ffprobe", "curl");

/** How far TS's times lie after the stream's, in ticks of 90 kHz. */
const lead = 9_000;

for (const { name, map } of [
  { name: "full", map: "-map 0:v -map 0:a" },
  { name: "longGop", map: "-map 0:v -map 0:a" },
  { name: "audioOnly", map: "-map 0:a" },
  { name: "videoOnly", map: "-map 0:v" },
] as const) {
  test(`${name}: over HTTP-TS ffmpeg gets every frame from a keyframe on, at its time, and warns of nothing`, {
    skip,
  }, async (t) => {
    const server = await startServer(t);
    const file = await clip(name);
    const publisher = ffmpeg(`-re -i ${file} -c copy -f flv ${server.rtmp}/live/cam`);
    await until(() => isLive(server, "live/cam"), "the stream is live");
    const seen = await watched(`${server.http}/live/cam.ts`, map);
    assert.equal((await publisher.done).code, 0);
    assert.deepEqual([seen.ended.code, seen.ended.err], [0, ""]);
    const expected = frames((await ffmpeg(`-i ${file} ${map} -c copy -copyts -f framecrc -`).done).out);
    for (const kind of new Set(expected.map(({ stream }) => stream))) {
      const [its = [], all = []] = [seen.frames, expected].map((list) => list.filter(({ stream }) => stream === kind));
      assert.ok(its.length > all.length / 10, `${its.length} of ${all.length} packets`);
      assert.deepEqual(
        its.map(timesOf),
        all.slice(-its.length).map(({ dts, pts }) => `${dts * 90} ${pts * 90}`),
      );
    }
  });
}

function timesOf({ dts, pts }: Frame): string {
  return `${dts - lead} ${pts - lead}`;
}

test("what curl records is a whole transport stream, decodes without a complaint, and has codecs, sizes and rates as published", {
  skip,
}, async (t) => {
  const server = await startServer(t);
  const file = `${server.folder}/recorded.ts`;
  const publisher = ffmpeg(`-re -i ${await clip("full")} -c copy -f flv ${server.rtmp}/live/cam`);
  await until(() => isLive(server, "live/cam"), "the stream is live");
  const recorded = await peer("curl", ["-sS", "-o", file, "-D", `${file}.head`, `${server.http}/live/cam.ts`]).done;
  assert.equal(recorded.code, 0, recorded.err);
  assert.equal((await publisher.done).code, 0);
  assert.match(readFileSync(`${file}.head`, "utf8"), /^content-type: video\/mp2t\r$/im);
  const clocks: number[] = [];
  const reader = new TsDemuxer((event) => {
    if (event.kind === "packet" && event.packet.clock !== undefined) clocks.push(event.packet.clock);
  });
  reader.push(readFileSync(file));
  reader.end();
  assert.ok(clocks.slice(1).every((clock, index) => clock - (clocks[index] ?? 0) <= 9_000));
  const decoded = await ffmpeg(`-i ${file} -map 0 -f null -`).done;
  assert.deepEqual([decoded.code, decoded.err], [0, ""]);
  const { out } = await peer("ffprobe", [
    ..."-v warning -show_entries stream=codec_name,profile,width,height,sample_rate,channels -of json".split(" "),
    file,
  ]).done;
  assert.deepEqual((JSON.parse(out) as { streams: unknown }).streams, [
    { codec_name: "h264", profile: "High", width: 1920, height: 1080 },
    { codec_name: "aac", profile: "LC", sample_rate: "48000", channels: 2 },
  ]);
});

test("HEVC that comes by Enhanced RTMP goes out as TS, which every ffmpeg reads", { skip }, async (t) => {
  const server = await startServer(t);
  await publishHevc(t, Number(new URL(server.rtmp).port), "hevc");
  await until(() => isLive(server, "live/hevc"), "the stream is live");
  const { code, out, err } = await ffmpeg(`-i ${server.http}/live/hevc.ts -map 0:v -frames:v 50 -f framemd5 -`).done;
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(out.split("\n").filter((line) => line.startsWith("0,")).length, 50);
});

test("without sound or without picture, as the viewer asks; a stream that has nothing for TS is refused in words", {
  skip,
}, async (t) => {
  const server = await startServer(t);
  await publish(t, server, "live/cam", "full");
  await publish(t, server, "live/silent", "videoOnly");
  const refusal = () => fetch(`${server.http}/live/silent.ts?has_video=0`);
  await until(async () => (await refusal()).status === 415, "the stream's tracks are known");
  assert.equal(((await (await refusal()).json()) as { code: string }).code, "ts/codec");
  assert.equal((await fetch(`${server.http}/live/none.ts`)).status, 404);
  const kinds = async (query: string) => {
    const { out } = await peer("ffprobe", [
      ..."-v error -show_entries stream=codec_type -of csv=p=0".split(" "),
      `${server.http}/live/cam.ts?${query}`,
    ]).done;
    return [...new Set(out.split("\n").filter((line) => line !== ""))];
  };
  assert.deepEqual(await Promise.all(["has_audio=0", "has_video=0"].map(kinds)), [["video"], ["audio"]]);
});
