import type { Engine } from "./engine.ts";

/** Less than this is no past worth a bar. */
const leastSeconds = 10;
/** So near to the live edge counts as there. */
const liveSeconds = 4;

/** Where the viewer is in what can be seen, in seconds of the video's clock. */
export type Position = {
  readonly start: number;
  /** The live edge, or the end of a recording. */
  readonly end: number;
  readonly now: number;
  readonly isLive: boolean;
  /** Further from the live edge than the player would be by itself. */
  readonly isBehind: boolean;
};

type Playhead = Pick<HTMLVideoElement, "currentTime" | "duration" | "seekable">;

/** Where the viewer is; undefined where there is no past to go to. */
export function positionOf(
  video: Playhead,
  engine: Pick<Engine, "rewinds" | "behind"> | undefined,
): Position | undefined {
  if (!engine?.rewinds || video.seekable.length === 0) return undefined;
  const isLive = !Number.isFinite(video.duration);
  const now = video.currentTime;
  const behind = engine.behind();
  const end = isLive ? now + behind : video.duration;
  const start = Math.min(video.seekable.start(0), now);
  const position = { start, end, now, isLive, isBehind: isLive && behind > liveSeconds };
  return end - start < leastSeconds ? undefined : position;
}

/** A place in what can be seen: its nearest border where it is outside. */
export function clampTo({ start, end }: Position, seconds: number): number {
  return Math.min(end, Math.max(start, seconds));
}
