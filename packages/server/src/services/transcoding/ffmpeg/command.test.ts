import assert from "node:assert/strict";
import test from "node:test";
import { describeVideo } from "@sluice/media";
import type { Job } from "../engine.ts";
import { ffmpegArguments } from "./command.ts";
import { parseVersion } from "./version.ts";

const version = parseVersion("ffmpeg version 5.1.9 x");
const input = { ...describeVideo(0, "vp8", new Uint8Array()), width: 1280, height: 720, frameRate: 30 };
const job: Job = {
  input,
  encoder: { family: "software", presets: ["faster", "veryfast"] },
  rungs: [
    { name: "secret name", width: 640, height: 360, bitrate: 800_000, codec: "h264" },
    { name: "low", width: 320, height: 180, bitrate: 300_000, codec: "h264", frameRate: 15 },
    { name: "hevc", width: 320, height: 180, bitrate: 200_000, codec: "hevc" },
  ],
  thumbnails: { everySeconds: 5, width: 320 },
};

/** What stands behind an option, once for each time. */
function values(args: readonly string[], option: string): (string | undefined)[] {
  return args.flatMap((each, index) => (each === option ? [args[index + 1]] : []));
}

test("each rung and the thumbnails have a pipe of their own, and nothing but pipes is open", () => {
  const args = ffmpegArguments(job, version);
  assert.deepEqual(
    args.filter((each) => /^\w+:\d$/.test(each) && each.startsWith("pipe")),
    ["pipe:0", "pipe:3", "pipe:4", "pipe:5", "pipe:6"],
  );
  assert.deepEqual(values(args, "-f"), ["matroska", "flv", "flv", "matroska", "smjpeg"]);
  assert.deepEqual(values(args, "-protocol_whitelist"), ["pipe"]);
  assert.ok(args.includes("-nostdin") && !args.includes("nobuffer"));
  assert.ok(!args.some((each) => /secret|low\b|:\/\//.test(each)), "no names, no addresses");
});

test("each rung has its size, bitrate, preset, frame rate", () => {
  const args = ffmpegArguments(job, version);
  assert.deepEqual(values(args, "-b:v"), ["800000", "300000", "200000"]);
  assert.deepEqual(values(args, "-preset"), ["faster", "veryfast", "veryfast"]);
  const filters = values(args, "-filter:v");
  assert.match(filters[0] ?? "", /^scale=640:360:/);
  assert.match(filters[1] ?? "", /^select='key\+.*\*15\+.*',scale=320:180:/);
  assert.deepEqual(values(args, "-x264-params"), ["fps=30030/1001", "fps=15015/1001"]);
  assert.equal(values(args, "-force_key_frames").length, 3);
});

test("without rungs only keyframes are decoded", () => {
  const args = ffmpegArguments({ ...job, rungs: [] }, version);
  assert.deepEqual(values(args, "-skip_frame"), ["nokey"]);
  assert.deepEqual(values(args, "-f"), ["matroska", "smjpeg"]);
  assert.equal(ffmpegArguments(job, version).includes("-skip_frame"), false);
});

test("a large source has more decoding threads, and a rung above 540p more than one for encoding", () => {
  const threads = (source: Job["input"], width: number, height: number) => {
    const rungs = [{ name: "x", width, height, bitrate: 1, codec: "h264" as const }];
    return values(ffmpegArguments({ input: source, encoder: job.encoder, rungs }, version), "-threads");
  };
  assert.deepEqual(threads(input, 640, 360), ["1", "1"]);
  assert.deepEqual(threads({ ...input, width: 3840, height: 2160 }, 1920, 1080), ["4", "4"]);
});

test("an older program is told in its own words", () => {
  const args = ffmpegArguments(job, parseVersion("ffmpeg version 4.4.2 x"));
  assert.deepEqual(values(args, "-vsync"), ["passthrough", "passthrough", "passthrough", "passthrough"]);
});

for (const family of ["nvenc", "vaapi", "qsv", "videotoolbox"] as const) {
  test(`${family}: its own encoder and form of picture`, () => {
    const args = ffmpegArguments({ ...job, encoder: { family, presets: ["veryfast"] } }, version);
    assert.deepEqual(values(args, "-c:v"), [`h264_${family}`, `h264_${family}`, `hevc_${family}`, "mjpeg"]);
    assert.equal(
      args.some((each) => each.includes("hwupload")),
      family === "vaapi",
    );
    assert.deepEqual(values(args, "-b:v"), ["800000", "600000", "200000"], "they count at the source's rate");
  });
}
