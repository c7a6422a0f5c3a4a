import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { FlvDemuxer, FlvReader, MatroskaDemuxer, type Packet, type VideoTrack } from "@sluice/media";
import type { RungPlan } from "../packages/server/src/core/rung.ts";
import type { EndCause, Engine, Job, Transcode } from "../packages/server/src/services/transcoding/engine.ts";
import { folder, picture } from "./clips.ts";
import { ffmpeg, until } from "./peers.ts";

/** A picture as a source sends it: its track, and its frames in decoding order. */
export type Footage = { readonly track: VideoTrack; readonly frames: readonly Packet[] };

type Recipe = { readonly line: string; readonly container?: "mkv" };

const small = picture("320x180", 30, 6);
const x264 = "-c:v libx264 -pix_fmt yuv420p -preset veryfast";
const x265 = "-c:v libx265 -pix_fmt yuv420p -preset ultrafast -x265-params log-level=error";
const vp9 = "-c:v libvpx-vp9 -pix_fmt yuv420p -deadline realtime -cpu-used 8";
const av1 = "-c:v libaom-av1 -pix_fmt yuv420p -usage realtime -cpu-used 8";

/** Sources of every kind that encoders make, by name. */
export const recipes = {
  "b-frames": { line: `${small} ${x264} -bf 2 -g 60` },
  "no-reordering": { line: `${small} ${x264} -bf 0 -g 30` },
  irregular: { line: `${small} ${x264} -bf 2 -g 600 -sc_threshold 0 -force_key_frames 0,0.5,2.1,2.2,4` },
  "long-group": { line: `${picture("320x180", 30, 12)} ${x264} -bf 3 -g 1000 -sc_threshold 0 -force_key_frames 10` },
  "only-keyframes": { line: `${small} ${x264} -g 1` },
  "open-group": { line: `${small} ${x264} -bf 2 -g 60 -sc_threshold 0 -x264-params open-gop=1` },
  variable: {
    line: `${small} -vf select=not(eq(mod(n\\,7)\\,3)+eq(mod(n\\,5)\\,2)) -fps_mode vfr ${x264} -bf 2 -g 40`,
  },
  "two-rates": {
    line: `${small} -vf select=lt(t\\,3)+not(mod(n\\,3)) -fps_mode vfr ${x264} -bf 2 -g 40`,
  },
  hevc: { container: "mkv", line: `${small} ${x265} -bf 2 -g 60` },
  vp9: { container: "mkv", line: `${small} ${vp9} -g 60` },
  av1: { container: "mkv", line: `${small} ${av1} -g 60` },
} as const satisfies Readonly<Record<string, Recipe>>;

/** The picture of a clip that FFmpeg makes when it is first asked for: FLV, which has both times, or Matroska for what FLV has no word for. */
export async function footage(name: keyof typeof recipes): Promise<Footage> {
  const { line, container }: Recipe = recipes[name];
  const file = `${folder}transcoding-${name}.${container ?? "flv"}`;
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const form = container ? "-f matroska" : "-flvflags no_duration_filesize -f flv";
    const made = await ffmpeg(`${line} -an ${form} -y`, `${file}.${process.pid}.new`).done;
    if (made.code !== 0) throw new Error(`the clip ${name} could not be made: ${made.err}`);
    renameSync(`${file}.${process.pid}.new`, file);
  }
  return container ? matroskaFootage(file) : flvFootage(file);
}

function flvFootage(file: string): Footage {
  const packets: Packet[] = [];
  const demuxer = new FlvDemuxer((packet) => void packets.push(packet));
  new FlvReader(({ type, timestampMs, body }) => demuxer.tag(type, timestampMs, body)).push(readFileSync(file));
  return collected(packets);
}

/** Matroska tells when a picture is shown; it is decoded when the order demands it. */
function matroskaFootage(file: string): Footage {
  const packets: Packet[] = [];
  new MatroskaDemuxer((packet) => void packets.push(packet)).push(readFileSync(file));
  const { track, frames } = collected(packets);
  const shown = shownTimes(frames);
  const delayUs = Math.max(...frames.map(({ ptsUs }, index) => (shown[index] ?? 0) - ptsUs));
  return { track, frames: frames.map((frame, index) => ({ ...frame, dtsUs: (shown[index] ?? 0) - delayUs })) };
}

function collected(packets: readonly Packet[]): Footage {
  const pictures = packets.filter(({ track }) => track.kind === "video");
  const track = pictures.find(({ kind }) => kind === "config")?.track;
  if (track?.kind !== "video") throw new Error("the clip has no picture");
  return { track, frames: pictures.filter(({ kind }) => kind === "frame") };
}

/** When pictures are shown, in order. */
export function shownTimes(frames: readonly Packet[]): number[] {
  return frames.map(({ ptsUs }) => ptsUs).sort((a, b) => a - b);
}

/** What came of a job. */
export type Made = {
  readonly rungs: readonly Packet[][];
  readonly thumbnails: { readonly jpeg: Uint8Array; readonly timeUs: number }[];
  readonly ends: { readonly reason: string; readonly cause: EndCause }[];
  readonly running: Transcode;
};

/** Begins a job, and collects what comes of it. */
export function begin(engine: Engine, job: Job): Made {
  const rungs = job.rungs.map((): Packet[] => []);
  const thumbnails: Made["thumbnails"] = [];
  const ends: Made["ends"] = [];
  const running = engine.start(job, {
    packet: (index, packet) => void rungs[index]?.push(packet),
    thumbnail: (jpeg, timeUs) => void thumbnails.push({ jpeg, timeUs }),
    ended: (reason, cause) => void ends.push({ reason, cause }),
  });
  return { rungs, thumbnails, ends, running };
}

/** Feeds all frames, as fast as they are taken. */
export async function feedAll({ running, ends }: Made, frames: readonly Packet[]): Promise<void> {
  for (const frame of frames) {
    await until(() => ends.length > 0 || running.feed(frame), "the frame is taken");
    if (ends[0]) throw new Error(`it ended: ${ends[0].reason}`);
  }
}

/** The frames among a rung's packets. */
export function framesOf(packets: readonly Packet[] | undefined): Packet[] {
  return (packets ?? []).filter(({ kind }) => kind === "frame");
}

export function plan(name: string, width: number, height: number, more: Partial<RungPlan> = {}): RungPlan {
  return { name, width, height, bitrate: 300_000, codec: "h264", ...more };
}
