import { fitsMatroska } from "@sluice/media";
import type { EndCause, Engine, Told, Transcode } from "../engine.ts";
import { ffmpegArguments } from "./command.ts";
import { Discovery } from "./discovery.ts";
import { encoderName } from "./encoders.ts";
import { FfmpegTranscode } from "./transcode.ts";
import type { FfmpegVersion } from "./version.ts";

export type FfmpegSettings = {
  /** The program: a path, or a name that is looked for on PATH. */
  readonly path: string;
  /** How much of a stream may wait for its process. */
  readonly maxQueuedBytes: number;
};

/** What is assumed until the program has said what it is. */
const usual: FfmpegVersion = { text: "unknown", passthrough: "-fps_mode" };

/** The engine that runs FFmpeg, a process for each job. Ask `version` or `choose` before `start`: how options are called depends on it. */
export function ffmpegEngine({ path, maxQueuedBytes }: FfmpegSettings): Engine {
  const discovery = new Discovery(path);
  let known = usual;
  const version = async () => {
    known = await discovery.version();
    return `ffmpeg ${known.text}`;
  };
  return {
    name: "ffmpeg",
    version,
    choose: async (wanted, codecs) => {
      await version();
      return await discovery.choose(wanted, codecs);
    },
    start: (job, told) => {
      if (!fitsMatroska(job.input)) return refused(`${job.input.codec} cannot be decoded`, "failed", told);
      const { family } = job.encoder;
      const unknown = job.rungs.find(({ codec }) => encoderName(family, codec) === undefined);
      if (unknown) return refused(`${family} has no encoder for ${unknown.codec}`, "encoder", told);
      try {
        return new FfmpegTranscode(job, told, { path, maxQueuedBytes, arguments: ffmpegArguments(job, known) });
      } catch (error) {
        return refused(`ffmpeg cannot be run: ${error instanceof Error ? error.message : error}`, "failed", told);
      }
    },
  };
}

/** A job for which there is no process. */
function refused(reason: string, cause: EndCause, told: Told): Transcode {
  let over = false;
  setImmediate(() => {
    if (!over) told.ended(reason, cause);
  });
  return {
    pid: undefined,
    queuedBytes: 0,
    feed: () => true,
    stop: async () => {
      over = true;
    },
  };
}
