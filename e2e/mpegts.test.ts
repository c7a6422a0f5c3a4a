import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fitsTs, type Packet, TsMuxer } from "@sluice/media";
import { type Reference, type recipes, reference } from "./mp4-clips.ts";
import { type Frame, ffmpeg, frames, missing, peer } from "./peers.ts";

const skip = missing("ffmpeg", "ffprobe");
const clockModulus = 2 ** 33;

type Name = keyof typeof recipes;
const programs: readonly (readonly Name[])[] = [
  ["h264", "aac"],
  ["hevc", "ac3"],
  ["h264Baseline", "mp3"],
  ["aac"],
  ["aacMono"],
  ["mp3"],
  ["mp3LowRate"],
  ["ac3"],
  ["eac3"],
  ["hevc"],
];

for (const names of programs) {
  for (const [when, startUs] of [
    ["from the start", 0],
    ["across the end of the 33-bit clock", Math.floor(((clockModulus / 90_000) * 1_000_000 - 1_000_000) / 1000) * 1000],
  ] as const) {
    test(`${names.join(" and ")}, ${when}: ffmpeg finds every frame at its time, and decodes the same`, {
      skip,
    }, async (t) => {
      const clips = await Promise.all(names.map(reference));
      const packets = clips.flatMap((clip) => packetsOf(clip, startUs)).sort((a, b) => a.dtsUs - b.dtsUs);
      const file = written(t, muxed(clips, packets));
      const read = await ffmpeg(`-i ${file} -map 0 -c copy -copyts -f framecrc -`).done;
      assert.equal(read.err, "");
      assert.deepEqual(timesOf(frames(read.out)), expectedTimes(clips, packets));
      for (const [index, clip] of clips.entries()) {
        const [ours, theirs] = await Promise.all([decoded(file, index), decoded(clip.file, 0)]);
        assert.equal(ours.err, "");
        assert.ok(ours.hashes.length > 20);
        assert.deepEqual(ours.hashes, theirs.hashes);
      }
    });
  }
}

function packetsOf({ track, samples, timescale, firstDts }: Reference, startUs: number): Packet[] {
  assert.ok(fitsTs(track));
  const us = (ticks: number) => startUs + Math.round((ticks * 1_000_000) / timescale);
  let dts = firstDts;
  return samples.map(({ data, duration, compositionOffset, keyframe }) => {
    const at = dts;
    dts += duration;
    return { kind: "frame", track, dtsUs: us(at), ptsUs: us(at + compositionOffset), keyframe, data };
  });
}

function muxed(clips: readonly Reference[], packets: readonly Packet[]): Uint8Array {
  const muxer = new TsMuxer(clips.map(({ track }) => track));
  const parts = [muxer.tables()];
  for (const packet of packets) {
    if (packet.track.kind === "video" && packet.keyframe) parts.push(muxer.tables());
    parts.push(muxer.packet(packet));
  }
  return Buffer.concat(parts);
}

function written(t: TestContext, bytes: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-ts-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "out.ts"), bytes);
  return join(folder, "out.ts");
}

const lead = 9_000;

/** By stream, modulo 2³³: FFmpeg takes a clock that is about to wrap for one below zero. */
function timesOf(list: readonly Frame[]): string[] {
  const reduced = (ticks: number) => (ticks + clockModulus) % clockModulus;
  return list.map(({ stream, dts, pts }) => `${stream} ${reduced(dts)} ${reduced(pts)}`).sort();
}

function expectedTimes(clips: readonly Reference[], packets: readonly Packet[]): string[] {
  const stamp = (us: number) => (Math.round((us * 9) / 100) + lead) % clockModulus;
  const index = ({ track }: Packet) => clips.findIndex((clip) => clip.track === track);
  return packets.map((packet) => `${index(packet)} ${stamp(packet.dtsUs)} ${stamp(packet.ptsUs)}`).sort();
}

async function decoded(file: string, stream: number) {
  const { out, err } = await ffmpeg(`-i ${file} -map 0:${stream} -f framemd5 -`).done;
  const hashes = out.split("\n").flatMap((line) => (line.startsWith("#") ? [] : [line.split(",").at(-1)?.trim()]));
  return { hashes, err };
}

test("ffprobe sees codecs, sizes and rates as they are", { skip }, async (t) => {
  const clips = await Promise.all((["h264", "eac3"] as const).map(reference));
  const packets = clips.flatMap((clip) => packetsOf(clip, 0)).sort((a, b) => a.dtsUs - b.dtsUs);
  const { out, err } = await peer("ffprobe", [
    ..."-v warning -show_entries stream=codec_name,profile,width,height,sample_rate,channels,id -of json".split(" "),
    written(t, muxed(clips, packets)),
  ]).done;
  assert.equal(err, "");
  const { streams } = JSON.parse(out) as { streams: unknown[] };
  assert.deepEqual(streams, [
    { codec_name: "h264", profile: "High", width: 160, height: 90, id: "0x100" },
    { codec_name: "eac3", sample_rate: "48000", channels: 2, id: "0x101" },
  ]);
});

test("ffprobe reads ID3 tags as timed metadata, each at its time", { skip }, async (t) => {
  const clip = await reference("h264");
  const muxer = new TsMuxer([clip.track]);
  muxer.carryId3();
  // TXXX, in Latin-1: an empty description, then the text
  const tag = (text: string) =>
    Buffer.concat([
      Buffer.from("ID3\x04\0\0\0\0\0", "latin1"),
      Buffer.of(12 + text.length),
      Buffer.from("TXXX\0\0\0", "latin1"),
      Buffer.of(2 + text.length, 0, 0, 0, 0),
      Buffer.from(text, "latin1"),
    ]);
  const parts = [muxer.tables()];
  const times: number[] = [];
  for (const [index, packet] of packetsOf(clip, 0).entries()) {
    parts.push(muxer.packet(packet));
    if (index % 10 !== 5) continue;
    parts.push(muxer.id3(packet.ptsUs, tag(`cue ${index}`)));
    times.push(Math.round((packet.ptsUs * 9) / 100) + lead);
  }
  const { out, err } = await peer("ffprobe", [
    ..."-v error -select_streams d -show_entries stream=codec_name:packet=pts -of json".split(" "),
    written(t, Buffer.concat(parts)),
  ]).done;
  assert.equal(err, "");
  const seen = JSON.parse(out) as { streams: unknown; packets: { pts: number }[] };
  assert.deepEqual(seen.streams, [{ codec_name: "timed_id3" }]);
  // Times alone: FFmpeg 5.1 takes the first five bytes of each tag for a header that only KLV has. The bytes are held by the muxer's own tests.
  assert.deepEqual(
    seen.packets.map(({ pts }) => pts),
    times,
  );
});

test("GStreamer takes the program apart: every picture and every frame of sound", {
  skip: skip || missing("gst-launch-1.0"),
}, async (t) => {
  const clips = await Promise.all((["h264", "aac"] as const).map(reference));
  const packets = clips.flatMap((clip) => packetsOf(clip, 0)).sort((a, b) => a.dtsUs - b.dtsUs);
  const file = written(t, muxed(clips, packets));
  const line = `-q filesrc location=${file} ! tsdemux name=d d. ! queue ! video/x-h264 ! filesink location=${file}.h264 d. ! queue ! audio/mpeg ! filesink location=${file}.aac`;
  const { code, err } = await peer("gst-launch-1.0", line.split(" ")).done;
  assert.deepEqual([code, err], [0, ""]);
  for (const [index, suffix] of ["h264", "aac"].entries()) {
    const { out } = await ffmpeg(`-i ${file}.${suffix} -c copy -f framecrc -`).done;
    assert.equal(frames(out).length, clips[index]?.samples.length);
  }
});
