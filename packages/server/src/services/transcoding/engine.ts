import type { Packet, VideoCodec, VideoTrack } from "@sluice/media";
import type { RungPlan } from "../../core/rung.ts";

/** Who can encode: the processor, or a device's own part for it. */
export const encoderFamilies = ["software", "nvenc", "vaapi", "qsv", "videotoolbox"] as const;
export type EncoderFamily = (typeof encoderFamilies)[number];

/** How much work an encoder puts into a picture, the least first. The words are x264's; what other encoders call it is theirs. */
export const presets = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"] as const;
export type Preset = (typeof presets)[number];

/** Small pictures for those who choose a stream. */
export type ThumbnailPlan = { readonly everySeconds: number; readonly width: number };

/** One decode of one stream's picture, and what is made of it. Without rungs only keyframes are decoded. */
export type Job = {
  /** Codec, configuration (avcC …) and size. A source whose configuration changes is a new job. */
  readonly input: VideoTrack;
  readonly rungs: readonly RungPlan[];
  /** `presets` by rung; the last one counts for those that have none. */
  readonly encoder: { readonly family: EncoderFamily; readonly presets: readonly Preset[] };
  readonly thumbnails?: ThumbnailPlan;
};

/** Why a transcode ended by itself: the encoder of that family does not work here (another family may), or anything else. */
export type EndCause = "encoder" | "failed";

/** Who is told what comes of a job. Nothing is told any more once `stop()` has been called. */
export type Told = {
  /** A configuration or frame of rung `index`, track 0, in the source's time: a keyframe of the source is a keyframe with the very same times. */
  packet(index: number, packet: Packet): void;
  /** `timeUs`: when its picture is shown, in the source's time. */
  thumbnail(jpeg: Uint8Array, timeUs: number): void;
  /** It is gone: it crashed, or it ended. `reason` has the last lines that it said. Told once. */
  ended(reason: string, cause: EndCause): void;
};

/** A job that is being done. */
export type Transcode = {
  /** Feeds a packet of the source's picture, beginning with a keyframe. False when the bounded queue is full and the packet was not taken: then go on with a keyframe. */
  feed(packet: Packet): boolean;
  /** What it has not taken from us yet. */
  readonly queuedBytes: number;
  readonly pid: number | undefined;
  /** Ends it, if need be by force, and resolves when it is gone. */
  stop(): Promise<void>;
};

/** What decodes and encodes: a program of its own, one process for each job. */
export type Engine = {
  readonly name: string;
  /** What it is, in words. Rejects with a `TranscodingError` where it cannot be run. Asked once and remembered. */
  version(): Promise<string>;
  /**
   * The family that encodes these codecs: the one that is wanted, or for `auto` the fastest that proves to work on this machine. Found out at most once each, within seconds. Rejects with a
   * `TranscodingError` where there is none.
   */
  choose(wanted: EncoderFamily | "auto", codecs: readonly VideoCodec[]): Promise<EncoderFamily>;
  /** Never throws: what goes wrong is told by `ended`. */
  start(job: Job, told: Told): Transcode;
};

/** Pictures cannot be made; the code says why. */
export class TranscodingError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TranscodingError";
    this.code = code;
  }
}
