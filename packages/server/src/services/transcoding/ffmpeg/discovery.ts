import type { VideoCodec } from "@sluice/media";
import { type EncoderFamily, TranscodingError } from "../engine.ts";
import { deviceArguments, encoderArguments, encoderName, inputFilter } from "./encoders.ts";
import { type Ran, run } from "./run.ts";
import { type FfmpegVersion, parseVersion } from "./version.ts";

const askMs = 5_000;
const trialMs = 10_000;
const trialFrames = 5;
const trial = { width: 640, height: 360, rate: 30 } as const;
/** The fastest first. */
const devices: readonly EncoderFamily[] = ["nvenc", "qsv", "videotoolbox", "vaapi"];

/** What this machine's FFmpeg is and can, found out when it is first asked and then remembered. */
export class Discovery {
  readonly #path: string;
  #version: Promise<FfmpegVersion> | undefined;
  #encoders: Promise<ReadonlySet<string>> | undefined;
  readonly #trials = new Map<string, Promise<string | undefined>>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Rejects with `transcoding/ffmpeg`; then it is asked anew the next time. */
  version(): Promise<FfmpegVersion> {
    this.#version ??= this.#ask(["-version"]).then(parseVersion);
    this.#version.catch(() => {
      this.#version = undefined;
    });
    return this.#version;
  }

  /** As `Engine.choose` says. */
  async choose(wanted: EncoderFamily | "auto", codecs: readonly VideoCodec[]): Promise<EncoderFamily> {
    await this.version();
    if (wanted !== "auto") {
      const why = await this.#whyNot(wanted, codecs);
      if (why === undefined) return wanted;
      throw new TranscodingError("transcoding/encoder", `the encoders of ${wanted} cannot be used: ${why}`);
    }
    for (const family of devices) if ((await this.#whyNot(family, codecs)) === undefined) return family;
    return await this.choose("software", codecs);
  }

  /** Why a family cannot encode one of these codecs; undefined where it can. Processors' encoders are only looked for, devices' are tried. */
  async #whyNot(family: EncoderFamily, codecs: readonly VideoCodec[]): Promise<string | undefined> {
    const listed = await this.#listed();
    for (const codec of codecs) {
      const name = encoderName(family, codec);
      if (name === undefined) return `${family} has none for ${codec}`;
      if (!listed.has(name)) return `this ffmpeg has no ${name}`;
      const why = family === "software" ? undefined : await this.#tried(family, codec);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  #listed(): Promise<ReadonlySet<string>> {
    this.#encoders ??= this.#ask(["-hide_banner", "-encoders"]).then(encoderNames);
    this.#encoders.catch(() => {
      this.#encoders = undefined;
    });
    return this.#encoders;
  }

  /** What was wrong when a few pictures were encoded. */
  #tried(family: EncoderFamily, codec: VideoCodec): Promise<string | undefined> {
    const key = `${family} ${codec}`;
    const tried = this.#trials.get(key) ?? this.#try(family, codec);
    this.#trials.set(key, tried);
    return tried;
  }

  async #try(family: EncoderFamily, codec: VideoCodec): Promise<string | undefined> {
    const pictures = new Uint8Array(trialFrames * trial.width * trial.height * 1.5);
    return failure(await run(this.#path, trialArguments(family, codec), trialMs, pictures));
  }

  async #ask(args: readonly string[]): Promise<string> {
    const ran = await run(this.#path, args, askMs);
    if (!ran.error) return ran.out;
    const how = ran.error.code === "ENOENT" ? "it is not installed, or not on PATH" : failure(ran);
    throw new TranscodingError("transcoding/ffmpeg", `ffmpeg cannot be run: ${how}`, { cause: ran.error });
  }
}

function encoderNames(said: string): ReadonlySet<string> {
  return new Set(Array.from(said.matchAll(/^ V\S{5} (\S+)/gm), ([, name = ""]) => name));
}

function trialArguments(family: EncoderFamily, codec: VideoCodec): readonly string[] {
  const { width, height, rate } = trial;
  const plan = { name: "trial", width, height, bitrate: 1_000_000, codec };
  return [
    ...["-hide_banner", "-nostdin", "-loglevel", "error", ...deviceArguments(family)],
    ...["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", `${width}x${height}`, "-r", String(rate), "-i", "pipe:0"],
    ...["-filter:v", inputFilter(family)],
    ...encoderArguments({ plan, preset: "veryfast", family, sourceRate: rate, frameRate: rate }),
    ...["-frames:v", String(trialFrames), "-f", "null", "-"],
  ];
}

/** In one line, what went wrong; undefined when nothing did. */
function failure({ error, err }: Ran): string | undefined {
  if (!error) return undefined;
  if (error.killed) return "it did not answer in time";
  return err.trim().split("\n").at(-1)?.slice(0, 200) || `it ended with ${error.code ?? error.signal}`;
}
