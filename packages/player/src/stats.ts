import type { Engine } from "./engine.ts";

/** What is being played, and how well. */
export type Stats = {
  /** What people call it, such as LL-HLS. */
  readonly protocol: string;
  /** Seconds behind, as far as the player can tell. */
  readonly latency: number | undefined;
  /** The id of the quality that was asked for, or "auto". */
  readonly quality: string;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number | undefined;
  readonly videoCodec: string | undefined;
  readonly audioCodec: string | undefined;
  /** Kilobits a second. */
  readonly kilobits: number | undefined;
  readonly shownFrames: number;
  readonly droppedFrames: number;
  /** Seconds that are in hand. */
  readonly buffered: number;
};

/** Reads the video and its engine. */
export function statsOf(video: HTMLVideoElement, engine: Engine): Stats {
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  const { buffered, currentTime } = video;
  const facts = engine.facts();
  return {
    protocol: engine.protocol,
    latency: engine.latency(),
    quality: engine.quality(),
    width: video.videoWidth,
    height: video.videoHeight,
    framesPerSecond: facts.framesPerSecond,
    videoCodec: facts.video,
    audioCodec: facts.audio,
    kilobits: facts.kilobits,
    shownFrames: totalVideoFrames - droppedVideoFrames,
    droppedFrames: droppedVideoFrames,
    buffered: buffered.length > 0 ? Math.max(0, buffered.end(buffered.length - 1) - currentTime) : 0,
  };
}
