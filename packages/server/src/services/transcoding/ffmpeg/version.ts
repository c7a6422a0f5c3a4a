import { TranscodingError } from "../engine.ts";

/** What an FFmpeg is, and how it differs from others. */
export type FfmpegVersion = {
  /** "5.1.9-0+deb12u1" */
  readonly text: string;
  /** What it calls the option that keeps pictures' times as they are. */
  readonly passthrough: "-fps_mode" | "-vsync";
};

const oldest = [4, 4] as const;
const renamed = [5, 1] as const;

/** Reads what `ffmpeg -version` says first. A build from the sources says no number, and is taken to be new. Throws `transcoding/ffmpeg` for one that is too old, or is none. */
export function parseVersion(said: string): FfmpegVersion {
  const text = /^ffmpeg version (\S+)/.exec(said)?.[1];
  if (text === undefined) throw new TranscodingError("transcoding/ffmpeg", "the program that is to be ffmpeg is none");
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(text) ?? [];
  const number = major === undefined ? undefined : ([Number(major), Number(minor)] as const);
  if (number && isBefore(number, oldest))
    throw new TranscodingError("transcoding/ffmpeg", `ffmpeg is ${text}; it takes ${oldest.join(".")} or newer`);
  return { text, passthrough: number && isBefore(number, renamed) ? "-vsync" : "-fps_mode" };
}

function isBefore(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}
