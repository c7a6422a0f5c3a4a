import type { AudioTrack, VideoTrack } from "@sluice/media";

const videoNames: Readonly<Record<string, string>> = { h264: "H264", hevc: "HEVC", av1: "AV1", vp8: "VP8", vp9: "VP9" };
const audioNames: Readonly<Record<string, string>> = { aac: "AAC", mp3: "MP3", opus: "Opus", speex: "Speex" };
/** By profile_idc (H.264, annex A). */
const avcProfiles: Readonly<Record<number, string>> = {
  66: "Baseline",
  77: "Main",
  88: "Extended",
  100: "High",
  110: "High 10",
  122: "High 422",
  244: "High 444 Predictive",
};
const hevcProfiles: Readonly<Record<string, string>> = {
  1: "Main",
  2: "Main 10",
  3: "Main Still Picture",
  4: "Range Extensions",
};
/** MPEG-4 audio object types (ISO/IEC 14496-3, 1.5.1.1). */
const aacProfiles: Readonly<Record<string, string>> = { 1: "Main", 2: "LC", 3: "SSR", 5: "HE", 29: "HEv2" };

/** A picture in the words of SRS. */
export function srsVideo({ codec, codecString = "", width = 0, height = 0 }: VideoTrack): object {
  return { codec: videoNames[codec] ?? "Other", ...profileOf(codecString), width, height };
}

/** Sound in the words of SRS. */
export function srsAudio({ codec, codecString = "", sampleRate = 0, channels = 0 }: AudioTrack): object {
  const [, objectType = ""] = /^mp4a\.40\.(\d+)$/.exec(codecString) ?? [];
  const profile = aacProfiles[objectType] ?? "Other";
  return { codec: audioNames[codec] ?? "Other", sample_rate: sampleRate, channel: channels, profile };
}

/** From RFC 6381: `avc1.64001f`, `hvc1.1.6.L93.B0`. */
function profileOf(codecString: string): { readonly profile: string | null; readonly level: string | null } {
  const [, avcProfile, avcLevel] = /^avc[13]\.([0-9a-f]{2})[0-9a-f]{2}([0-9a-f]{2})$/i.exec(codecString) ?? [];
  if (avcProfile !== undefined && avcLevel !== undefined)
    return {
      profile: avcProfiles[Number.parseInt(avcProfile, 16)] ?? "Other",
      level: String(Number.parseInt(avcLevel, 16) / 10),
    };
  const [, hevcProfile, hevcLevel] = /^h[ev][vc]1\.[A-C]?(\d+)\.[0-9a-f]+\.[LH](\d+)/i.exec(codecString) ?? [];
  if (hevcProfile !== undefined && hevcLevel !== undefined)
    return { profile: hevcProfiles[hevcProfile] ?? "Other", level: String(Number(hevcLevel) / 30) };
  return { profile: null, level: null };
}

const clientTypes: Readonly<Record<string, string>> = {
  rtmps: "rtmp",
  "http-flv": "flv",
  "ws-flv": "flv",
  "http-ts": "ts",
};

/** What SRS calls somebody who comes over this protocol. */
export function srsClientType(protocol: string, role: "publisher" | "viewer"): string {
  if (role === "publisher") return protocol.startsWith("rtmp") ? "fmle-publish" : `${protocol}-publish`;
  return `${clientTypes[protocol] ?? protocol}-play`;
}
