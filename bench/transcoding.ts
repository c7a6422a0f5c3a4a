import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FlvDemuxer, FlvReader, type Packet, type VideoTrack } from "@sluice/media";
import type { RungPlan } from "../packages/server/src/core/rung.ts";
import type { Transcode } from "../packages/server/src/services/transcoding/engine.ts";
import { ffmpegEngine } from "../packages/server/src/services/transcoding/ffmpeg/index.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const folder = fileURLToPath(new URL("../.cache/clips/", import.meta.url));
const rung = (width: number, height: number, kbps: number): RungPlan => ({
  ...{ name: `${height}p`, width, height, bitrate: kbps * 1000, codec: "h264" },
});

/** A source with B-frames and some noise, two seconds a group; what is made of it. */
const scenarios = [
  {
    ...{ name: "1080p30", size: "1920x1080", kbps: 5_000 },
    rungs: [rung(1280, 720, 2_800), rung(854, 480, 1_400), rung(640, 360, 800)],
  },
  { name: "720p30", size: "1280x720", kbps: 3_000, rungs: [rung(854, 480, 1_400), rung(640, 360, 800)] },
];
/** Until then the machine is still finding its pace. */
const settleSeconds = 3;

/** How long a picture takes from packet in to packet out, in milliseconds, and what that costs; in a sentence. Needs ffmpeg. */
export async function transcoding(seconds: number): Promise<string> {
  const parts: string[] = [];
  for (const scenario of scenarios) parts.push(await measured(scenario, seconds + settleSeconds));
  return `Transcoding with the default settings: ${parts.join("; ")}`;
}

async function measured({ name, size, kbps, rungs }: (typeof scenarios)[number], seconds: number): Promise<string> {
  const { track, frames } = clip(name, size, kbps, seconds);
  const engine = ffmpegEngine({ path: "ffmpeg", maxQueuedBytes: 16 * 1024 * 1024 });
  await engine.version();
  const fedAt = new Map<number, number>();
  const out = rungs.map((): { ms: number; ptsUs: number; bytes: number }[] => []);
  let failure: string | undefined;
  const running = engine.start(
    { input: { ...track, frameRate: 30 }, rungs, encoder: { family: "software", presets: ["veryfast"] } },
    {
      packet: (index, { kind, ptsUs, data }) => {
        const ms = performance.now() - (fedAt.get(ptsUs) ?? Number.NaN);
        if (kind === "frame") out[index]?.push({ ms, ptsUs, bytes: data.length });
      },
      thumbnail() {},
      ended: (reason) => {
        failure = reason;
      },
    },
  );
  const seen = await feed(running, frames, fedAt);
  await running.stop();
  if (failure !== undefined) throw new Error(failure);
  const from = (frames[0]?.ptsUs ?? 0) + settleSeconds * 1_000_000;
  const settled = out.map((each) => each.filter(({ ptsUs }) => ptsUs >= from));
  const ages = settled
    .flat()
    .map(({ ms }) => ms)
    .sort((a, b) => a - b);
  const peak = Math.max(...settled.map((each, index) => peakOf(each) / (rungs[index]?.bitrate ?? 1)));
  const counts = out.map(({ length }) => length).join(", ");
  return `${name} to ${rungs.map((each) => each.name).join(", ")}: p50 ${at(ages, 0.5)} ms, p99 ${at(ages, 0.99)} ms, ${Math.round(seen.core * 100)} % of a core, ${frames.length} frames in, ${counts} out, its heaviest second ${peak.toFixed(2)} of the rung's bitrate`;
}

/** Feeds at the pace at which an encoder would, and waits for the last. */
async function feed(running: Transcode, frames: readonly Packet[], fedAt: Map<number, number>) {
  const [first] = frames;
  const begun = performance.now();
  let used = 0;
  for (const frame of frames) {
    const due = begun + (frame.dtsUs - (first?.dtsUs ?? 0)) / 1000;
    if (due > performance.now()) await pause(due - performance.now());
    if (used === 0 && frame.dtsUs - (first?.dtsUs ?? 0) > settleSeconds * 1e6) used = processSeconds(running.pid);
    fedAt.set(frame.ptsUs, performance.now());
    if (!running.feed(frame)) throw new Error("the queue is full");
  }
  const core = (processSeconds(running.pid) - used) / ((performance.now() - begun) / 1000 - settleSeconds);
  await pause(2_000);
  return { core };
}

/** What a process has had of all cores, where the system says it. */
function processSeconds(pid: number | undefined): number {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return Number.NaN;
  const fields = readFileSync(stat, "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The bits of the second that has most of them. */
function peakOf(frames: readonly { ptsUs: number; bytes: number }[]): number {
  const last = frames.at(-1)?.ptsUs ?? 0;
  const starts = frames.filter(({ ptsUs }) => ptsUs <= last - 1_000_000);
  const bitsFrom = (start: number) =>
    frames.reduce((sum, { ptsUs, bytes }) => (ptsUs >= start && ptsUs < start + 1_000_000 ? sum + bytes * 8 : sum), 0);
  return Math.max(...starts.map(({ ptsUs }) => bitsFrom(ptsUs)));
}

function at(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
}

function clip(name: string, size: string, kbps: number, seconds: number): { track: VideoTrack; frames: Packet[] } {
  const file = `${folder}bench-${name}-${seconds}.flv`;
  mkdirSync(folder, { recursive: true });
  const made = [
    ...["-v", "error", "-f", "lavfi", "-i", `testsrc2=size=${size}:rate=30,noise=alls=6:allf=t`, "-t", String(seconds)],
    ...["-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "60", "-pix_fmt", "yuv420p"],
    ...["-b:v", `${kbps}k`, "-maxrate", `${kbps}k`, "-bufsize", `${kbps}k`, "-f", "flv", file],
  ];
  if (!existsSync(file) && spawnSync("ffmpeg", made, { stdio: "inherit" }).status !== 0)
    throw new Error("ffmpeg made no source (Debian: ffmpeg)");
  const packets: Packet[] = [];
  const demuxer = new FlvDemuxer((packet) => void packets.push(packet));
  new FlvReader((tag) => demuxer.tag(tag.type, tag.timestampMs, tag.body)).push(readFileSync(file));
  const track = packets.find(({ kind }) => kind === "config")?.track;
  if (track?.kind !== "video") throw new Error("the source has no picture");
  return { track, frames: packets.filter((each) => each.kind === "frame") };
}
