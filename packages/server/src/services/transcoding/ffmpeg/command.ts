import type { VideoCodec } from "@sluice/media";
import type { RungPlan } from "../../../core/rung.ts";
import type { Job, Preset, ThumbnailPlan } from "../engine.ts";
import { deviceArguments, encoderArguments, inputFilter } from "./encoders.ts";
import { containerOf } from "./picture-output.ts";
import type { FfmpegVersion } from "./version.ts";

/** The file descriptor of the first rung's pipe. The thumbnails' comes after the last one's. */
export const firstOutput = 3;

const usualRate = 30;
const usualPreset: Preset = "veryfast";
/** What one thread decodes in time whatever the codec: 1080p with 60 pictures a second. */
const threadLoad = 1920 * 1080 * 60;
/** Of a picture that is made smaller it takes all pixels into account, in half of bicubic's time. */
const scaler = "bilinear";
/** libavcodec's threads for whole pictures delay by a picture each. */
const decoderThreads = 4;
/** These decoders divide one picture among threads, and then wait for nothing. */
const dividesPictures: ReadonlySet<VideoCodec> = new Set<VideoCodec>(["av1", "vp9"]);

/** FFmpeg's arguments for a job: one Matroska stream in on stdin, one pipe out for each rung and one for thumbnails. Nothing in them was chosen by a stranger, and no protocol but pipes is open. */
export function ffmpegArguments(job: Job, version: FfmpegVersion): string[] {
  const { rungs, thumbnails } = job;
  const outputs = rungs.flatMap((plan, index) => rungOutput(job, plan, index, version));
  if (thumbnails) outputs.push(...thumbnailOutput(thumbnails, rungs.length, version));
  return [
    ...["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"],
    ...(rungs.length > 0 ? deviceArguments(job.encoder.family) : []),
    ...inputArguments(job),
    ...outputs,
  ];
}

/** The header says all that there is to know: searching the stream would only take time, and `nobuffer` would throw away what was found by it. */
function inputArguments({ input, rungs }: Job): readonly string[] {
  return [
    ...["-protocol_whitelist", "pipe", "-nofind_stream_info"],
    ...["-flags", flags(input.codec)],
    ...(rungs.length === 0 ? ["-skip_frame", "nokey"] : []),
    ...["-threads", String(rungs.length === 0 ? 1 : threadsFor(input))],
    ...["-f", "matroska", "-i", "pipe:0", "-copyts"],
  ];
}

/** A picture whose references were lost is shown as it is, as every player does. Without `low_delay` dav1d keeps pictures back for its threads; other decoders must not have it. */
function flags(codec: VideoCodec): string {
  return codec === "av1" ? "output_corrupt+low_delay" : "output_corrupt";
}

function threadsFor({ codec, width = 0, height = 0, frameRate = usualRate }: Job["input"]): number {
  return dividesPictures.has(codec) || width * height * frameRate > threadLoad ? decoderThreads : 1;
}

function rungOutput({ input, encoder }: Job, plan: RungPlan, index: number, version: FfmpegVersion): readonly string[] {
  const { family, presets } = encoder;
  const sourceRate = input.frameRate ?? usualRate;
  const slower = plan.frameRate !== undefined && plan.frameRate < sourceRate;
  const frameRate = slower ? plan.frameRate : sourceRate;
  const filters = [
    ...(slower ? [fewerPictures(frameRate)] : []),
    `scale=${plan.width}:${plan.height}:flags=${scaler}`,
    "setsar='if(lt(abs(sar-1),0.02),1,sar)'", // rounding a size to even numbers makes no picture's pixels oblong
    inputFilter(family),
  ];
  const preset = presets[index] ?? presets.at(-1) ?? usualPreset;
  return [
    ...["-map", "0:v:0", "-filter:v", filters.join(",")],
    ...encoderArguments({ plan, preset, family, sourceRate, frameRate }),
    ...output(version),
    ...containerArguments(plan.codec),
    `pipe:${firstOutput + index}`,
  ];
}

/** All keyframes, and of the others those that make the frame rate. */
function fewerPictures(frameRate: number): string {
  const slot = (time: string) => `floor(${time}*${frameRate}+0.25)`;
  return `select='key+gt(${slot("t")},${slot("prev_selected_t")})'`;
}

function containerArguments(codec: VideoCodec): readonly string[] {
  switch (containerOf(codec)) {
    case "flv":
      return ["-flvflags", "no_duration_filesize+no_metadata", "-f", "flv"];
    case "ivf":
      return ["-f", "ivf"];
    case "matroska":
      return ["-live", "1", "-cluster_time_limit", "1", "-f", "matroska"];
  }
}

function thumbnailOutput(
  { everySeconds, width }: ThumbnailPlan,
  index: number,
  version: FfmpegVersion,
): readonly string[] {
  // Times are rounded to milliseconds. Lone keyframes were chosen before they were fed: only their copies are left out.
  const atLeast = index === 0 ? 0.01 : everySeconds - 0.01;
  const chosen = `select='isnan(prev_selected_t)+gte(t-prev_selected_t,${atLeast})'`;
  return [
    ...["-map", "0:v:0", "-filter:v", `${chosen},scale=${width}:-2:flags=${scaler},setsar=1,format=yuvj420p`],
    ...["-c:v", "mjpeg", "-threads", "1", "-q:v", "4"],
    ...output(version),
    ...["-f", "smjpeg", `pipe:${firstOutput + index}`],
  ];
}

/** Every picture that comes goes out at once, with its own time in milliseconds. */
function output({ passthrough }: FfmpegVersion): readonly string[] {
  return [passthrough, "passthrough", "-enc_time_base", "1:1000", "-flush_packets", "1", "-an", "-sn", "-dn"];
}
