import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ffmpeg8 } from "../tools/ffmpeg8.ts";
import { folder, picture, sound } from "./clips.ts";
import { ffmpeg, missing, peer, words } from "./peers.ts";

/** Why what FFmpeg 8 judges is skipped: false when it is there. */
export const noFfmpeg8 = ffmpeg8 ? missing("ffmpeg", "ffprobe") : "FFmpeg 8 (node-av) was not fetched";

const program = fileURLToPath(new URL("ffmpeg8-program.ts", import.meta.url));
const decoder = fileURLToPath(new URL("ffmpeg8-pictures.ts", import.meta.url));

/** An FFmpeg that speaks Enhanced RTMP, as far as `ffmpeg8-program.ts` knows its words; in a process of its own, because it cannot be stopped while it waits for the network. */
export function newFfmpeg(line: string, ...more: string[]) {
  return peer(process.execPath, [program, ...words(line), ...more]);
}

/** Each picture that FFmpeg 8 decodes of a file or an address, by its time and its checksum. */
export async function pictures8(url: string): Promise<string[]> {
  const { code, out, err } = await peer(process.execPath, [decoder, url]).done;
  if (code !== 0) throw new Error(`FFmpeg 8 could not decode ${url}: ${err}`);
  return out.split("\n").filter((line) => line !== "");
}

/** No FFmpeg that can be had here encodes VVC: four seconds of its test picture, 100 × 58 at 10 frames a second, by VVenC 1.15, put into FLV by FFmpeg 8. */
export const vvcClip = fileURLToPath(new URL("vvc.flv", import.meta.url));

const quick = { hevc: "-c:v libx265 -preset ultrafast -x265-params log-level=error:bframes=2:keyint=25:min-keyint=25" };

/** What encoders of today send: made by Debian's FFmpeg, put into enhanced FLV by FFmpeg 8. */
const recipes = {
  hevc: [`${picture("320x180", 25, 4)} ${sound(4)} ${quick.hevc} -c:a aac -ac 2`],
  av1: [`${picture("320x180", 25, 4)} ${sound(4)} -c:v libaom-av1 -cpu-used 8 -g 25 -c:a libopus -ac 2`],
  vp9: [
    `${picture("320x180", 25, 4)} ${sound(4)} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25 -c:a libopus -ac 2`,
  ],
  /** Two pictures of different codecs and sizes, and two sounds. */
  tracks: [
    `${picture("320x180", 25, 4)} ${sound(4)} -c:v libx264 -preset veryfast -bf 2 -g 25 -c:a aac -ac 2`,
    `${picture("160x90", 25, 4)} ${sound(4)} -af volume=0.5 ${quick.hevc} -c:a aac -ac 1`,
  ],
} as const satisfies Record<string, readonly string[]>;

/** The path of an enhanced FLV file, made when it is first asked for. */
export async function enhancedClip(name: keyof typeof recipes): Promise<string> {
  const file = `${folder}enhanced-${name}.flv`;
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const begun = `${file}.${process.pid}`; // another file's tests may make it at the same time
  const parts: string[] = [];
  for (const recipe of recipes[name]) {
    const part = `${begun}.${parts.length}.mkv`;
    const made = await ffmpeg(`${recipe} -pix_fmt yuv420p -y`, part).done;
    if (made.code !== 0) throw new Error(`the clip ${name} could not be made: ${made.err}`);
    parts.push(part);
  }
  const joined = await newFfmpeg(`${parts.map((part) => `-i ${part}`).join(" ")} -f flv`, begun).done;
  if (joined.code !== 0) throw new Error(`the clip ${name} could not be put into FLV: ${joined.err}`);
  for (const part of parts) rmSync(part);
  renameSync(begun, file);
  return file;
}
