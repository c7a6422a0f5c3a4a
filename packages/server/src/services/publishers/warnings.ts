import type { Track } from "@sluice/media";
import type { HealthFigures } from "./health.ts";

/** Something that viewers will notice, and what to do about it. `code` is stable. */
export type Warning = { readonly code: string; readonly text: string };

const longKeyframeMs = 4_500;
const slowPace = 0.95;
const mostDriftMs = 500;
const mostJitterMs = 150;
const mostSilentMs = 2_000;
const fewFrames = 12;
/** Bits per pixel and frame, below which H.264 falls apart. */
const fewBits = 0.02;
const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;

type Check = (figures: HealthFigures, tracks: readonly Track[]) => Warning | undefined;

const checks: readonly Check[] = [
  ({ silentMs }) =>
    silentMs > mostSilentMs
      ? {
          code: "silent",
          text: `nothing has come for ${seconds(silentMs)}: the encoder or its network has stopped`,
        }
      : undefined,
  ({ longestKeyframeMs = 0 }) =>
    longestKeyframeMs > longKeyframeMs
      ? {
          code: "keyframes-rare",
          text: `keyframes are up to ${seconds(longestKeyframeMs)} apart: viewers wait so long for a picture, HLS and DASH are late, and qualities change slowly; set the encoder's keyframe interval to 2 s`,
        }
      : undefined,
  ({ pace = 1 }) =>
    pace < slowPace
      ? {
          code: "slow",
          text: `${Math.round(pace * 100)} % of real time comes in: the encoder is too slow, or its upload too narrow; lower its bitrate or its preset`,
        }
      : undefined,
  ({ driftMs = 0 }) =>
    Math.abs(driftMs) > mostDriftMs
      ? {
          code: "drift",
          text: `sound comes ${seconds(Math.abs(driftMs))} ${driftMs > 0 ? "before" : "after"} the picture: players have to hold one back; look at the encoder's audio offset`,
        }
      : undefined,
  ({ jitterMs = 0 }) =>
    jitterMs > mostJitterMs
      ? { code: "jitter", text: `frames arrive ${Math.round(jitterMs)} ms off their time: the upload is unsteady` }
      : undefined,
  ({ jumps }) =>
    jumps > 0
      ? { code: "jumps", text: `the encoder's clock has jumped ${jumps === 1 ? "once" : `${jumps} times`}` }
      : undefined,
  ({ frameRate }) =>
    frameRate !== undefined && frameRate < fewFrames
      ? { code: "frames-few", text: `${frameRate} frames a second: the picture is not fluent` }
      : undefined,
  ({ videoBitrate, frameRate }, tracks) => {
    const video = tracks.find((track) => track.kind === "video");
    if (!video?.width || !video.height || !frameRate || videoBitrate === 0 || video.codec !== "h264") return undefined;
    const bits = videoBitrate / (video.width * video.height * frameRate);
    if (bits >= fewBits) return undefined;
    const text = `${Math.round(videoBitrate / 1000)} kbit/s is little for ${video.width}×${video.height} at ${frameRate} frames a second: send a smaller picture or more bits`;
    return { code: "bits-few", text };
  },
  (_, tracks) =>
    tracks.some(({ kind }) => kind === "video") && !tracks.some(({ kind }) => kind === "audio")
      ? { code: "no-sound", text: "there is no sound" }
      : undefined,
];

/** What is wrong with a live publisher, worst first. */
export function warningsOf(figures: HealthFigures, tracks: readonly Track[]): readonly Warning[] {
  return checks.flatMap((check) => check(figures, tracks) ?? []);
}
