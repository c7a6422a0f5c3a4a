import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import {
  audioFrameSamples,
  eventMessage,
  FlvDemuxer,
  FlvReader,
  type Packet,
  producerReferenceTime,
} from "@sluice/media";
import { clip as flvClip } from "./clips.ts";
import { fragmented, recipes, reference } from "./mp4-clips.ts";
import { ffmpeg, missing, peer, watched } from "./peers.ts";

const skip = missing("ffmpeg", "ffprobe");
const names = Object.keys(recipes) as (keyof typeof recipes)[];

for (const name of names) {
  test(`${name}: ffmpeg takes from our fragments what it put into its own file, to the byte, the tick and the decoded frame`, {
    skip,
  }, async (t) => {
    const clip = await reference(name);
    const url = await served(t, fragmented(clip, { perFragment: 7 }));
    const [ours, theirs] = await Promise.all([watched(url, "-map 0"), watched(clip.file, "-map 0")]);
    assert.equal(ours.ended.err, "");
    assert.ok(clip.samples.length >= 20);
    assert.equal(ours.frames.length, clip.samples.length);
    const packets = (list: typeof ours.frames) => list.map(({ dts, pts, size, crc }) => ({ dts, pts, size, crc }));
    assert.deepEqual(packets(ours.frames), packets(theirs.frames));
    const [decoded, expected] = await Promise.all([pictures(url), pictures(clip.file)]);
    assert.equal(decoded.err, "");
    assert.deepEqual(decoded.hashes, expected.hashes);
    const shape = name.startsWith("h264") || name.startsWith("hevc"); // FFmpeg's muxer guesses it where the codec does not say
    assert.deepEqual(await described(url, shape), await described(clip.file, shape));
  });
}

const sounds = names.filter(
  (name) => name in { aac: 1, aacMono: 1, mp3: 1, mp3LowRate: 1, opus: 1, flac: 1, flacHighRate: 1, ac3: 1, eac3: 1 },
);
for (const name of sounds) {
  test(`${name}: a frame of sound is as long as ffmpeg says`, { skip }, async () => {
    const { track, timescale, samples } = await reference(name);
    assert.ok(track.kind === "audio" && track.sampleRate !== undefined);
    for (const { data, duration } of samples.slice(1, -2)) {
      const length = audioFrameSamples(track, data);
      assert.equal(length, (duration * track.sampleRate) / timescale);
    }
  });
}

const later = [
  { name: "just before 32 bits are full", ticks: 2 ** 32 - 5_000 },
  { name: "after 14 days", ticks: 14 * 86_400 * 12_800 },
  { name: "after a hundred years of a clock of 90 kHz", ticks: 100 * 365 * 86_400 * 90_000 },
];
for (const { name, ticks } of later) {
  test(`decode times ${name} arrive as they are, B-frames included`, { skip }, async (t) => {
    const clip = await reference("h264");
    const url = await served(t, fragmented(clip, { perFragment: 10, from: ticks }));
    const { frames, ended } = await watched(url, "-map 0");
    assert.equal(ended.err, "");
    let dts = ticks;
    const expected = clip.samples.map(({ duration, compositionOffset }) => {
      dts += duration;
      return { dts: dts - duration, pts: dts - duration + compositionOffset };
    });
    assert.deepEqual(
      frames.map((frame) => ({ dts: frame.dts, pts: frame.pts })),
      expected,
    );
    assert.ok(expected.some(({ dts, pts }) => pts > dts));
  });
}

test("pictures that are shown before they are decoded keep their negative offset", { skip }, async (t) => {
  const clip = await reference("h264");
  const samples = clip.samples.map((sample) => ({ ...sample, compositionOffset: sample.compositionOffset - 1024 }));
  const url = await served(t, fragmented({ ...clip, samples }, { perFragment: 10, from: 90_000 }));
  const { frames, ended } = await watched(url, "-map 0");
  assert.equal(ended.err, "");
  const offsets = samples.map(({ compositionOffset }) => compositionOffset);
  assert.equal(Math.min(...offsets), -1024);
  // FFmpeg moves all pictures by the lowest offset, so that none is shown before it is decoded.
  assert.deepEqual(
    frames.map(({ dts, pts }) => pts - dts - 1024),
    offsets,
  );
});

test("clocks and events in front of a fragment are passed over without a word", { skip }, async (t) => {
  const clip = await reference("h264");
  const event = { scheme: "urn:example:cue", value: "1", timescale: 1000, time: 5, id: 1, data: Buffer.from("cue") };
  const before = [producerReferenceTime(1, 1_700_000_000_250_000, clip.firstDts), eventMessage(event)];
  const url = await served(t, fragmented(clip, { perFragment: 10, before }));
  const [ours, theirs] = await Promise.all([watched(url, "-map 0"), watched(clip.file, "-map 0")]);
  assert.equal(ours.ended.err, "");
  assert.deepEqual(
    ours.frames.map(({ crc }) => crc),
    theirs.frames.map(({ crc }) => crc),
  );
});

test("AV1 loses the temporal delimiters that its encoder sent", { skip }, async (t) => {
  const clip = await reference("av1");
  const samples = clip.samples.map((sample) => ({ ...sample, data: Buffer.concat([Buffer.of(0x12, 0), sample.data]) }));
  const url = await served(t, fragmented({ ...clip, samples }, { perFragment: 5 }));
  const [ours, theirs] = await Promise.all([watched(url, "-map 0"), watched(clip.file, "-map 0")]);
  assert.equal(ours.ended.err, "");
  assert.deepEqual(
    ours.frames.map(({ crc }) => crc),
    theirs.frames.map(({ crc }) => crc),
  );
});

const flvClips = [
  { name: "videoOnly", timescale: 90_000, ticksPerMs: 90 },
  { name: "audioOnly", timescale: 48_000, ticksPerMs: 48 },
] as const;
for (const { name, timescale, ticksPerMs } of flvClips) {
  test(`${name}: what an encoder sends as FLV comes out of the fragments at its time`, { skip }, async (t) => {
    const file = await flvClip(name);
    const packets = demuxed(file);
    const [first] = packets;
    assert.ok(first && first.track.kind !== "data");
    const ticks = (us: number) => (us / 1000) * ticksPerMs;
    const samples = packets.map(({ data, dtsUs, ptsUs, keyframe }, index) => ({
      data,
      duration: ticks((packets[index + 1]?.dtsUs ?? dtsUs + 40_000) - dtsUs),
      compositionOffset: ticks(ptsUs - dtsUs),
      keyframe,
    }));
    const url = await served(
      t,
      fragmented({ file, track: first.track, timescale, samples, firstDts: ticks(first.dtsUs) }, { perFragment: 5 }),
    );
    const [ours, theirs] = await Promise.all([watched(url, "-map 0"), watched(file, "-map 0")]);
    assert.equal(ours.ended.err, "");
    assert.ok(theirs.frames.length >= 150);
    assert.deepEqual(
      ours.frames.map(({ dts, pts, size, crc }) => ({ dts, pts, size, crc })),
      theirs.frames.map(({ dts, pts, size, crc }) => ({ dts: dts * ticksPerMs, pts: pts * ticksPerMs, size, crc })),
    );
    const [decoded, expected] = await Promise.all([pictures(url), pictures(file)]);
    assert.equal(decoded.err, "");
    assert.deepEqual(decoded.hashes, expected.hashes);
  });
}

/** The frames of an FLV file, as the server itself would take them. */
function demuxed(file: string): Packet[] {
  const packets: Packet[] = [];
  const demuxer = new FlvDemuxer((packet) => {
    if (packet.kind === "frame") packets.push(packet);
  });
  new FlvReader(({ type, timestampMs, body }) => demuxer.tag(type, timestampMs, body)).push(readFileSync(file));
  return packets;
}

/** Over HTTP without a length or ranges: what reads it cannot look ahead. */
async function served(t: TestContext, bytes: Uint8Array): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "accept-ranges": "none", "transfer-encoding": "chunked" });
    response.end(bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Checksums of the decoded frames. */
async function pictures(url: string): Promise<{ hashes: string[]; err: string }> {
  const { out, err } = await ffmpeg(`-i ${url} -map 0 -f framemd5 -`).done;
  const hashes = out.split("\n").flatMap((line) => (line.startsWith("#") ? [] : line.split(",").slice(4)));
  return { hashes, err };
}

const shapeEntries = ",sample_aspect_ratio,color_range,color_space,color_transfer,color_primaries";

/** What FFprobe says of the one stream. */
async function described(url: string, shape: boolean): Promise<unknown> {
  const entries = "codec_name,profile,width,height,pix_fmt,level,sample_rate,channels,channel_layout";
  const { out } = await peer("ffprobe", [
    "-v",
    "error",
    "-show_entries",
    `stream=${entries}${shape ? shapeEntries : ""}`,
    "-of",
    "json",
    url,
  ]).done;
  return JSON.parse(out).streams;
}
