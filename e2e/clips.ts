import { existsSync, mkdirSync, renameSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ffmpeg } from "./peers.ts";

/** Where sample media is kept from one run to the next. */
export const folder = fileURLToPath(new URL("../.cache/clips/", import.meta.url));
export const picture = (size: string, rate: number, seconds: number) =>
  `-f lavfi -i testsrc2=size=${size}:rate=${rate} -t ${seconds}`;
export const sound = (seconds: number) => `-f lavfi -i sine=frequency=440:sample_rate=48000 -t ${seconds}`;

/** The sample media, as an encoder would make them. Times are FLV's, so that they can be compared to the millisecond. */
const recipes = {
  /** 1080p with B-frames and AAC 48 kHz stereo. */
  full: `${picture("1920x1080", 30, 6)} ${sound(6)} -shortest -c:v libx264 -preset veryfast -bf 2 -g 60 -pix_fmt yuv420p -b:v 2500k -c:a aac -ac 2 -ar 48000`,
  /** One keyframe in ten seconds. */
  longGop: `${picture("320x180", 25, 10)} ${sound(10)} -c:v libx264 -preset ultrafast -g 1000 -sc_threshold 0 -pix_fmt yuv420p -c:a aac -ac 2`,
  /** What is made into other qualities: small, with B-frames, a keyframe every two seconds. */
  stage: `${picture("640x360", 30, 20)} ${sound(20)} -shortest -c:v libx264 -preset veryfast -bf 2 -g 60 -pix_fmt yuv420p -b:v 800k -c:a aac -ac 2 -ar 48000`,
  /** As small, and as dear as a large one: for networks that are to become too slow for it. */
  rich: `${picture("640x360", 25, 20)} ${sound(20)} -shortest -vf noise=alls=16:allf=t -c:v libx264 -preset veryfast -bf 2 -g 50 -pix_fmt yuv420p -b:v 2200k -maxrate 2200k -bufsize 2200k -c:a aac -b:a 64k -ac 2 -ar 48000`,
  audioOnly: `${sound(6)} -c:a aac -ac 2 -ar 48000`,
  videoOnly: `${picture("320x180", 25, 6)} -c:v libx264 -preset ultrafast -bf 2 -g 50 -pix_fmt yuv420p`,
  /** Another size, for a change in the middle. */
  small: `${picture("160x90", 25, 4)} ${sound(4)} -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a aac -ac 2 -ar 44100`,
} as const;

/** The path of a sample clip, made when it is first asked for. */
export async function clip(name: keyof typeof recipes): Promise<string> {
  const file = `${folder}${name}.flv`;
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const begun = `${file}.${process.pid}.flv`; // another file's tests may make it at the same time
  const made = await ffmpeg(`${recipes[name]} -flvflags no_duration_filesize -y`, begun).done;
  if (made.code !== 0) throw new Error(`the clip ${name} could not be made: ${made.err}`);
  renameSync(begun, file);
  return file;
}
