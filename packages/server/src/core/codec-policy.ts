import { type AudioCodec, usualForm, type VideoCodec } from "@sluice/media";

/** Codecs of pictures and of sound. */
export type Codecs = { readonly video: ReadonlySet<VideoCodec>; readonly audio: ReadonlySet<AudioCodec> };

/** What one app takes from publishers and sends to viewers, over the protocols in which both say what they can. */
export type CodecPolicy = {
  readonly in: Codecs;
  readonly out: Codecs;
  /** Tracks beside the first picture and the first sound are taken, and sent to who asks for them. */
  readonly multitrack: boolean;
  /** The part of a time below the millisecond is sent to who asks for it. */
  readonly nanoseconds: boolean;
};

/** Every codec that there is. */
export const allCodecs: Codecs = { video: usualForm.video, audio: usualForm.audio };

/** What holds where nothing is said: everything. */
export const openPolicy: CodecPolicy = { in: allCodecs, out: allCodecs, multitrack: true, nanoseconds: true };

const names: Readonly<Record<VideoCodec | AudioCodec, string>> = {
  h264: "H.264",
  hevc: "HEVC",
  vvc: "VVC",
  av1: "AV1",
  vp8: "VP8",
  vp9: "VP9",
  "sorenson-h263": "Sorenson H.263",
  "screen-video": "Screen Video",
  vp6: "VP6",
  "vp6-alpha": "VP6 with alpha",
  "screen-video-2": "Screen Video 2",
  aac: "AAC",
  opus: "Opus",
  mp3: "MP3",
  ac3: "AC-3",
  eac3: "E-AC-3",
  flac: "FLAC",
  pcm: "PCM",
  adpcm: "ADPCM",
  nellymoser: "Nellymoser",
  g711a: "G.711 A-law",
  g711u: "G.711 µ-law",
  speex: "Speex",
};

/** A codec's name for people. */
export function codecName(codec: VideoCodec | AudioCodec): string {
  return names[codec];
}

/** Those of the codecs that are allowed too. */
export function within<Codec>(allowed: ReadonlySet<Codec>, codecs: ReadonlySet<Codec>): ReadonlySet<Codec> {
  return new Set([...codecs].filter((codec) => allowed.has(codec)));
}
