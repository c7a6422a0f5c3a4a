import type { AudioCodec, AudioTrack, Track, VideoCodec, VideoTrack } from "../track.ts";
import { aacCodecString, parseAacConfig } from "./aac.ts";
import { parseDac3, parseDec3 } from "./ac3.ts";
import { av1CodecString, av1PictureSize, parseAv1Config } from "./av1.ts";
import { parseFlacConfig } from "./flac.ts";
import { h264CodecString, parseH264Config, parseH264Sps } from "./h264.ts";
import { hevcCodecString, hevcPictureSize, parseHevcConfig } from "./hevc.ts";
import { lenient } from "./lenient.ts";
import { opusRate, parseOpusHead } from "./opus.ts";
import { parseVpConfig, vpCodecString } from "./vpx.ts";
import { parseVvcConfig, vvcCodecString, vvcPictureSize } from "./vvc.ts";

type VideoDetails = Pick<VideoTrack, "codecString" | "width" | "height" | "frameRate">;
type AudioDetails = Pick<AudioTrack, "codecString" | "sampleRate" | "channels"> & { readonly config?: Uint8Array };

/**
 * The video track that a decoder configuration describes. What cannot be read of the details is left out: a broken parameter set only loses the size. A configuration that no decoder could use
 * throws `MalformedError`.
 */
export function describeVideo(id: number, codec: VideoCodec, config: Uint8Array): VideoTrack {
  return { kind: "video", id, codec, config, ...videoDetails(codec, config) };
}

/** The audio track that a decoder configuration describes; likewise. FLAC's is put into its one canonical form. */
export function describeAudio(id: number, codec: AudioCodec, config: Uint8Array): AudioTrack {
  return { kind: "audio", id, codec, config, ...audioDetails(codec, config) };
}

/** True when neither a decoder nor what shows its output need be set up again to go from one to the other. */
export function sameConfiguration(a: Track, b: Track): boolean {
  return sameDecoding(a, b) && sameUse(a, b);
}

/** True when frames of one decode as those of the other do, though they may be meant otherwise. */
export function sameDecoding(a: Track, b: Track): boolean {
  return a === b || (a.kind === b.kind && a.id === b.id && a.codec === b.codec && sameBytes(a.config, b.config));
}

/** Colours and speakers; whoever says them says them in one order. */
function sameUse(a: Track, b: Track): boolean {
  return JSON.stringify(useOf(a)) === JSON.stringify(useOf(b));
}

function useOf(track: Track): unknown {
  return track.kind === "video" ? track.colorInfo : track.kind === "audio" ? track.channelMap : undefined;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function videoDetails(codec: VideoCodec, config: Uint8Array): VideoDetails {
  switch (codec) {
    case "h264": {
      const parsed = parseH264Config(config);
      const [sps] = parsed.sps;
      return { codecString: h264CodecString(parsed), ...lenient(() => sps && parseH264Sps(sps)) };
    }
    case "hevc": {
      const parsed = parseHevcConfig(config);
      return { codecString: hevcCodecString(parsed), ...lenient(() => hevcPictureSize(parsed)) };
    }
    case "vvc": {
      const parsed = parseVvcConfig(config);
      return { ...(parsed.stream && { codecString: vvcCodecString(parsed.stream) }), ...vvcPictureSize(parsed) };
    }
    case "av1": {
      if (config.length === 0) return {}; // it will be in the stream
      const parsed = parseAv1Config(config);
      return { codecString: av1CodecString(parsed), ...lenient(() => av1PictureSize(parsed)) };
    }
    case "vp8":
    case "vp9":
      return config.length === 0 ? {} : { codecString: vpCodecString(codec, parseVpConfig(config)) };
    default:
      return {};
  }
}

function audioDetails(codec: AudioCodec, config: Uint8Array): AudioDetails {
  switch (codec) {
    case "aac": {
      const { objectType, ...heard } = parseAacConfig(config);
      return { codecString: aacCodecString(objectType), ...heard };
    }
    case "opus": // MP4's own names are `Opus` and `fLaC`; Chrome says yes to `fLaC` and then fails, hls.js takes either
      return { codecString: "opus", sampleRate: opusRate, ...(config.length === 0 ? {} : parseOpusHead(config)) };
    case "flac": {
      const { canonical, sampleRate, channels } = parseFlacConfig(config);
      return { codecString: "flac", config: canonical, sampleRate, channels };
    }
    case "ac3":
      return { codecString: "ac-3", ...(config.length === 0 ? {} : parseDac3(config)) }; // FFmpeg sends none: every frame says it
    case "eac3":
      return { codecString: "ec-3", ...(config.length === 0 ? {} : parseDec3(config)) };
    case "mp3": // as browsers and HLS players name it; `mp4a.40.34` is the same in MP4's words
      return { codecString: "mp3", ...legacySound(config) };
    default:
      return legacySound(config);
  }
}

const legacyRates = [5_512, 11_025, 22_050, 44_100];
/** By SoundFormat, where the format itself settles the rate: MP3 at 8 kHz, Nellymoser at 16 and at 8 kHz, G.711 in its two laws, Speex. */
const formatRates = new Map([
  [14, 8_000],
  [4, 16_000],
  [5, 8_000],
  [7, 8_000],
  [8, 8_000],
  [11, 16_000],
]);

/** What FLV's own audio header says, for codecs that have nothing else (Adobe Flash Video File Format 10.1, annex E.4.2.1). */
function legacySound(config: Uint8Array): AudioDetails {
  const [header] = config;
  const sampleRate =
    header === undefined ? undefined : (formatRates.get(header >> 4) ?? legacyRates[(header >> 2) & 3]);
  return header === undefined || sampleRate === undefined ? {} : { sampleRate, channels: (header & 1) + 1 };
}
