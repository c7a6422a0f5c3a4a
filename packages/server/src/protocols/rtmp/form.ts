import {
  type AudioCodec,
  audioFourCc,
  type FlvForm,
  flvForm,
  fourCcText,
  type VideoCodec,
  videoFourCc,
} from "@sluice/media";
import { type Capabilities, CapsEx, codecFlags, FourCcInfo, hasCaps } from "@sluice/rtmp";
import { type CodecPolicy, within } from "../../core/codec-policy.ts";

/** Codecs that had a form before Enhanced RTMP; whoever plays RTMP is taken to know them. */
const legacyVideo: ReadonlySet<VideoCodec> = new Set<VideoCodec>([
  "h264",
  "sorenson-h263",
  "screen-video",
  "vp6",
  "vp6-alpha",
  "screen-video-2",
]);
const legacyAudio: ReadonlySet<AudioCodec> = new Set<AudioCodec>([
  "aac",
  "mp3",
  "pcm",
  "adpcm",
  "nellymoser",
  "g711a",
  "g711u",
  "speex",
]);

/**
 * What a viewer gets, by what it announced when it connected, what its app sends, and what its address asks for: `tracks=one` for one picture and one sound, `hevc=legacy` for HEVC by its
 * unofficial number. Who has announced nothing gets what it always got: FFmpeg 6.1 and later read FourCCs without a word.
 */
export function formOf(
  capabilities: Capabilities | undefined,
  policy: CodecPolicy,
  query: ReadonlyMap<string, string>,
): FlvForm {
  const { out } = policy;
  const legacyHevc = query.get("hevc") === "legacy";
  if (!capabilities) {
    const video = legacyHevc ? within(out.video, new Set([...legacyVideo, "hevc"])) : out.video;
    return flvForm({ video, audio: out.audio, legacyHevc });
  }
  const takes = (kind: "video" | "audio", code: number | undefined) => {
    const flags = code === undefined ? 0 : codecFlags(capabilities, kind, fourCcText(code));
    return flags === undefined || (flags & (FourCcInfo.decode | FourCcInfo.forward)) !== 0;
  };
  const video = [...out.video].filter(
    (codec) => legacyVideo.has(codec) || (codec === "hevc" && legacyHevc) || takes("video", videoFourCc[codec]),
  );
  const audio = [...out.audio].filter((codec) => legacyAudio.has(codec) || takes("audio", audioFourCc[codec]));
  return flvForm({
    video: new Set(video),
    audio: new Set(audio),
    multitrack: policy.multitrack && hasCaps(capabilities, CapsEx.multitrack) && !wantsOne(query),
    modEx: policy.nanoseconds && hasCaps(capabilities, CapsEx.modEx | CapsEx.timestampNanoOffset),
    legacyHevc,
  });
}

/** Who names a quality, or wants to be moved between them, wants one picture. */
function wantsOne(query: ReadonlyMap<string, string>): boolean {
  return query.get("tracks") === "one" || ["rendition", "max", "adaptive"].some((key) => query.has(key));
}

/** Nothing that the other server has not announced is published to it, besides what RTMP always had; and one picture and one sound, as every service expects. */
export function publishedForm(capabilities: Capabilities | undefined, policy: CodecPolicy): FlvForm {
  return formOf({ fourCcList: new Set(), ...capabilities }, policy, new Map([["tracks", "one"]]));
}
