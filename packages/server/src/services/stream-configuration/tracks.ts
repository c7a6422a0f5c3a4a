import type { VideoCodec } from "@sluice/media";
import { bitrateFor, type LadderWish, planLadder } from "../transcoding/ladder.ts";
import type { Encoders, TrackCodec } from "./encoders.ts";
import type { Canvas } from "./request.ts";

/** What an app wants to be sent. */
export type TrackPolicy = {
  /** The qualities below the canvas. */
  readonly ladder: LadderWish;
  /** Of the first track, and of those of the ladder that say nothing else. */
  readonly codec: TrackCodec;
  readonly maxTracks: number;
  /** Of all tracks together, sound included, in kbit/s. */
  readonly maxKbps: number;
  readonly audioKbps: number;
  /** Whether the app takes pictures in this codec. */
  readonly takes: (codec: VideoCodec) => boolean;
};

/** One track of pictures: its encoder sees every `divisor`th frame. */
export type TrackPlan = {
  readonly codec: TrackCodec;
  readonly width: number;
  readonly height: number;
  readonly divisor: number;
  readonly kbps: number;
};

/** Below this share of what suits it a picture is better made smaller. */
const leastShare = 0.6;
/** Below this there is no picture. */
const leastKbps = 100;

/** The tracks that a client is told to send, the largest first: at most its canvas, at most as many, and at most as much. None where that is too little for any. */
export function planTracks(policy: TrackPolicy, canvas: Canvas, encoders: Encoders): readonly TrackPlan[] {
  const codec = codecFor(policy.codec, policy, encoders);
  if (!codec) return [];
  let tracks = spread(ladderOf(policy, canvas, codec, encoders), Math.min(policy.maxTracks, encoders.tracks));
  const most = policy.maxKbps - policy.audioKbps;
  while (tracks.length > 1 && total(tracks) * leastShare > most) tracks = tracks.slice(1);
  const share = Math.min(1, most / total(tracks));
  const fitted = tracks.map((track) => ({ ...track, kbps: Math.floor(track.kbps * share) }));
  return fitted.some(({ kbps }) => kbps < leastKbps) ? [] : fitted;
}

function ladderOf(policy: TrackPolicy, canvas: Canvas, codec: TrackCodec, encoders: Encoders): TrackPlan[] {
  const frameRate = canvas.framerate.numerator / canvas.framerate.denominator;
  const size = { width: even(canvas.width), height: even(canvas.height) };
  const bitrate = bitrateFor(size, frameRate);
  const first = { ...size, codec, divisor: 1, kbps: Math.floor(bitrate / 1000) };
  const { rungs } = planLadder(policy.ladder, { ...size, frameRate, bitrate }, "veryfast");
  const lower = rungs
    .filter(({ width, height }) => width <= first.width && height <= first.height)
    .map((rung): TrackPlan => {
      const isPlain = rung.codec === "h264";
      const wanted = isPlain ? codec : trackCodec(rung.codec);
      return {
        codec: (wanted && codecFor(wanted, policy, encoders)) ?? codec,
        width: rung.width,
        height: rung.height,
        divisor: Math.max(1, Math.round(frameRate / (rung.frameRate ?? frameRate))),
        kbps: Math.floor(rung.bitrate / 1000),
      };
    });
  return [first, ...lower].sort((a, b) => b.width * b.height - a.width * a.height || b.kbps - a.kbps);
}

/** What is wanted, or else what everybody can. */
function codecFor(wanted: TrackCodec, { takes }: TrackPolicy, encoders: Encoders): TrackCodec | undefined {
  return [wanted, "h264" as const, "hevc" as const].find((codec) => takes(codec) && encoders.of(codec) !== undefined);
}

function trackCodec(codec: VideoCodec): TrackCodec | undefined {
  return codec === "h264" || codec === "hevc" || codec === "av1" ? codec : undefined;
}

/** So many of them, the first and the last included, and those between at about the same distance. */
function spread(tracks: readonly TrackPlan[], most: number): TrackPlan[] {
  if (tracks.length <= most) return [...tracks];
  if (most <= 1) return tracks.slice(0, 1);
  const step = (tracks.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => tracks[Math.floor(index * step + 1e-6)]).flatMap(
    (track) => track ?? [],
  );
}

function total(tracks: readonly TrackPlan[]): number {
  return tracks.reduce((sum, { kbps }) => sum + kbps, 0);
}

/** Colour has half the size, and what is odd would not be a whole pixel of it. */
function even(pixels: number): number {
  return Math.max(2, pixels - (pixels % 2));
}
