import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import test from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildAv1Config, flvBody, flvHeader, flvTag, matroskaFrame, matroskaHeader, type Packet } from "@sluice/media";
import { ffmpegEngine } from "../packages/server/src/services/transcoding/ffmpeg/index.ts";
import { folder } from "./clips.ts";
import { missing, peer, until } from "./peers.ts";
import { begin, feedAll, footage, framesOf, plan } from "./transcoded.ts";

const skip = missing("ffmpeg", "ffprobe");
const engine = ffmpegEngine({ path: "ffmpeg", maxQueuedBytes: 256 * 1024 });
const encoder = { family: "software", presets: ["ultrafast"] } as const;

test("ffmpeg says what it is, and software encoders are found", { skip }, async () => {
  assert.match(await engine.version(), /^ffmpeg \S+$/);
  assert.equal(await engine.choose("software", ["h264", "hevc"]), "software");
  assert.ok(await engine.choose("auto", ["h264"]));
});

test("ffprobe finds a rung's size, frame rate and frames, and decodes them all", { skip }, async (t) => {
  const source = await footage("b-frames");
  const rungs = [plan("odd", 214, 120), plan("half", 160, 90, { frameRate: 15 })];
  const going = begin(engine, { input: { ...source.track, frameRate: 30 }, rungs, encoder });
  t.after(() => going.running.stop());
  await feedAll(going, source.frames);
  await until(() => framesOf(going.rungs[0]).length >= 170 && framesOf(going.rungs[1]).length >= 85, "they have come");
  await going.running.stop(); // from here on nothing comes any more
  for (const [index, expected] of [
    { width: 214, height: 120, r_frame_rate: "30/1", sample_aspect_ratio: "1:1" },
    { width: 160, height: 90, r_frame_rate: "15/1", sample_aspect_ratio: "1:1" },
  ].entries()) {
    const file = `${folder}rung-${index}.flv`;
    writeFileSync(file, flvFile(going.rungs[index] ?? []));
    const { stream, err } = await probed(
      file,
      "-count_frames -show_entries stream=width,height,r_frame_rate,sample_aspect_ratio,nb_read_frames",
    );
    assert.deepEqual(stream, { ...expected, nb_read_frames: String(framesOf(going.rungs[index]).length) });
    assert.equal(err, "");
  }
});

for (const name of ["b-frames", "hevc", "vp9", "av1"] as const) {
  test(`ffprobe reads what we mux of ${name} into Matroska: codec, size, every time`, { skip }, async () => {
    const { track, frames } = await footage(name);
    const file = `${folder}muxed-${name}.mkv`;
    const wire = frames.map((each) => matroskaFrame(track, Math.round(each.ptsUs / 1000), each.keyframe, each.data));
    writeFileSync(file, Buffer.concat([matroskaHeader(track), ...wire]));
    const { stream, packets, err } = await probed(
      file,
      "-show_entries stream=codec_name,width,height:packet=pts,flags",
    );
    assert.deepEqual(stream, { codec_name: track.codec, width: 320, height: 180 });
    assert.deepEqual(
      packets?.map(({ pts, flags }) => ({ ms: pts, keyframe: flags.startsWith("K") })),
      frames.map(({ ptsUs, keyframe }) => ({ ms: Math.round(ptsUs / 1000), keyframe })),
    );
    assert.equal(err, "");
  });
}

test("the AV1 configuration that we make of a keyframe is the one that FFmpeg makes", { skip }, async () => {
  const { track, frames } = await footage("av1");
  assert.deepEqual(buildAv1Config(frames[0]?.data ?? new Uint8Array()), track.config);
});

test("a process that stands still is given no more than its queue, and goes on where it stood", { skip }, async (t) => {
  const source = await footage("b-frames");
  const going = begin(engine, { input: source.track, rungs: [plan("90p", 160, 90)], encoder });
  t.after(() => going.running.stop());
  const { pid } = going.running;
  assert.ok(pid !== undefined);
  process.kill(pid, "SIGSTOP");
  let taken = 0;
  const more = repeated(source.frames, 20);
  for (const frame of more) {
    if (!going.running.feed(frame)) break;
    taken++;
  }
  assert.ok(taken > 10 && taken < more.length, `${taken} frames were taken`);
  assert.ok(going.running.queuedBytes <= 256 * 1024);
  process.kill(pid, "SIGCONT");
  await feedAll(going, more.slice(taken));
  await until(() => framesOf(going.rungs[0]).length >= more.length - 5, "all have come");
});

test("it yields to others, and ends when whoever feeds it is killed", { skip }, async () => {
  const at = (path: string) => JSON.stringify(pathToFileURL(fileURLToPath(new URL(path, import.meta.url))).href);
  const parent = peer(process.execPath, [
    "--conditions=@sluice/source",
    "--input-type=module",
    "-e",
    `
    const { ffmpegEngine } = await import(${at("../packages/server/src/services/transcoding/ffmpeg/index.ts")});
    const { begin, footage, plan } = await import(${at("./transcoded.ts")});
    const source = await footage("b-frames");
    const job = { input: source.track, rungs: [plan("a", 160, 90)], encoder: { family: "software", presets: [] } };
    const going = begin(ffmpegEngine({ path: "ffmpeg", maxQueuedBytes: 1e6 }), job);
    for (const frame of source.frames.slice(0, 60)) going.running.feed(frame);
    const wait = setInterval(() => {
      if (going.rungs[0].length < 20) return;
      clearInterval(wait);
      console.log(going.running.pid);
      setInterval(() => {}, 1000);
    }, 20);
  `,
  ]);
  await until(() => parent.text.out.includes("\n") || parent.child.exitCode !== null, "it has begun");
  const pid = Number(parent.text.out);
  assert.ok(pid > 0, parent.text.err);
  assert.equal(getPriority(pid), 10);
  parent.child.kill("SIGKILL");
  await parent.done;
  await until(() => hasEnded(pid), "the process has ended too");
});

/** Gone, or dead and waiting for somebody to notice: where the tests are the first process nobody does. */
function hasEnded(pid: number): boolean {
  if (!existsSync("/proc/self/stat")) return !isThere(pid);
  try {
    return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The same frames again and again, later each time. */
function repeated(frames: readonly Packet[], times: number): Packet[] {
  const lengthUs = 6_000_000;
  const later = (frame: Packet, by: number) => ({ ...frame, dtsUs: frame.dtsUs + by, ptsUs: frame.ptsUs + by });
  return Array.from({ length: times }, (_, round) => frames.map((frame) => later(frame, round * lengthUs))).flat();
}

function flvFile(packets: readonly Packet[]): Uint8Array {
  const tags = packets.map((packet) => {
    const body = flvBody(packet);
    return flvTag(9, Math.round(packet.dtsUs / 1000), body?.head ?? new Uint8Array(), body?.data ?? new Uint8Array());
  });
  return Buffer.concat([flvHeader({ audio: false, video: true }), ...tags]);
}

type Probed = {
  readonly streams: readonly Readonly<Record<string, unknown>>[];
  readonly packets?: readonly { readonly pts: number; readonly flags: string }[];
};

async function probed(file: string, what: string) {
  const { out, err } = await peer("ffprobe", ["-v", "error", "-of", "json", ...what.split(" "), file]).done;
  const { streams, packets } = JSON.parse(out) as Probed;
  const { side_data_list: _, ...stream } = streams[0] ?? {}; // ffprobe shows it unasked
  return { stream, packets, err };
}
