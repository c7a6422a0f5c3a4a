import { type AudioCodec, type FlvForm, flvForm, usualForm, type VideoCodec } from "@sluice/media";
import { type CodecPolicy, within } from "../../core/codec-policy.ts";
import type { MediaRequest } from "../../http/routes.ts";

/** What players in browsers take (mpegts.js 1.8): any other FourCC, packet type or track is an error for them, and ends the playback. */
const browserVideo: ReadonlySet<VideoCodec> = new Set<VideoCodec>(["h264", "hevc"]);
const browserAudio: ReadonlySet<AudioCodec> = new Set<AudioCodec>(["aac", "mp3", "opus", "flac"]);
/** What players take that know HEVC by its unofficial number: they are older than the FourCCs. */
const oldVideo: ReadonlySet<VideoCodec> = new Set<VideoCodec>([
  "h264",
  "hevc",
  "sorenson-h263",
  "screen-video",
  "vp6",
  "vp6-alpha",
  "screen-video-2",
]);

/**
 * What a viewer takes. Nothing is negotiated over HTTP, so its address says: `tracks=all`, `modex=1`, `hevc=legacy`. Who says neither of the first two and is a browser, or comes over WebSocket as
 * only browsers do, gets what players there can read.
 */
export function formOf({ query, request }: MediaRequest, policy: CodecPolicy): FlvForm {
  const tracks = query.get("tracks") === "all";
  const modEx = query.get("modex") === "1";
  const legacyHevc = query.get("hevc") === "legacy";
  const { out } = policy;
  const isBrowser =
    !tracks && !modEx && (request.headers.upgrade !== undefined || isBrowserName(request.headers["user-agent"]));
  if (isBrowser) {
    return flvForm({
      video: within(out.video, browserVideo),
      audio: within(out.audio, browserAudio),
      metadata: false,
      legacyHevc,
    });
  }
  if (legacyHevc && !tracks && !modEx)
    return flvForm({ video: within(out.video, oldVideo), audio: out.audio, legacyHevc });
  if (!tracks && !modEx && out.video === usualForm.video && out.audio === usualForm.audio) return usualForm;
  return flvForm({
    video: out.video,
    audio: out.audio,
    multitrack: tracks && policy.multitrack,
    modEx: modEx && policy.nanoseconds,
    // FFmpeg 8, which reads all tracks, takes the colours of any but the first for a picture.
    metadata: !tracks,
    legacyHevc,
  });
}

function isBrowserName(agent: string | undefined): boolean {
  return agent?.startsWith("Mozilla/") === true;
}
