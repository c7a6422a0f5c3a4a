import type { EncoderFamily, Preset } from "./engine.ts";
import type { LadderWish } from "./ladder.ts";

/** What is made of the pictures of one app's streams. */
export type AppTranscoding = {
  readonly ladder: LadderWish;
  readonly start: "stream" | "demand";
  readonly idleMs: number;
  /** 0 for none. */
  readonly thumbnailSeconds: number;
  readonly thumbnailWidth: number;
};

/** What transcoding may take of the machine, and what does it. */
export type TranscodingSettings = {
  /** The program, or its file. */
  readonly ffmpeg: string;
  readonly encoder: EncoderFamily | "auto";
  readonly preset: Preset;
  /** Processor cores. */
  readonly budget: number;
  /** 0 for any number. */
  readonly maxStreams: number;
  readonly whenFull: "queue" | "refuse";
};
