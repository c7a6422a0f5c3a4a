import type { AudioCodec, VideoCodec } from "@sluice/media";
import type { Config } from "../config/schema.ts";
import { allCodecs, type CodecPolicy, openPolicy } from "../core/codec-policy.ts";

type Enhanced = Config["apps"][string]["enhanced"];

const flashVideo: readonly VideoCodec[] = ["sorenson-h263", "screen-video", "vp6", "vp6-alpha", "screen-video-2"];
const flashAudio: readonly AudioCodec[] = ["pcm", "adpcm", "nellymoser", "g711a", "g711u", "speex"];

/** Each section's policy, made once: it is asked for with every connection. */
const policies = new WeakMap<Enhanced, CodecPolicy>();

/** What one app takes and sends. Of a name that has a stream's behind it, as some clients say it when they connect, the part counts that is an app. */
export function codecPolicy(apps: Config["apps"], name: string): CodecPolicy {
  let app = apps[name];
  for (let end = name.lastIndexOf("/"); !app && end > 0; end = name.lastIndexOf("/", end - 1)) {
    app = apps[name.slice(0, end)];
  }
  return app ? policyOf(app.enhanced) : openPolicy;
}

function policyOf(enhanced: Enhanced): CodecPolicy {
  const known = policies.get(enhanced);
  if (known) return known;
  const { videoIn, audioIn, videoOut, audioOut, multitrack, nanoseconds } = enhanced;
  const policy: CodecPolicy = {
    in: { video: videoOf(videoIn), audio: audioOf(audioIn) },
    out: { video: videoOf(videoOut), audio: audioOf(audioOut) },
    multitrack,
    nanoseconds,
  };
  policies.set(enhanced, policy);
  return policy;
}

function videoOf(words: Enhanced["videoIn"]): ReadonlySet<VideoCodec> {
  if (words === "all") return allCodecs.video;
  return new Set(words.flatMap((word) => (word === "flash" ? flashVideo : [word])));
}

function audioOf(words: Enhanced["audioIn"]): ReadonlySet<AudioCodec> {
  if (words === "all") return allCodecs.audio;
  return new Set(words.flatMap((word) => (word === "flash" ? flashAudio : [word])));
}
