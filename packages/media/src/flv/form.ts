import type { AudioCodec, VideoCodec } from "../track.ts";

/** What one kind of viewer can take over RTMP or FLV. Viewers whose forms have the same key get the same bytes. */
export type FlvForm = {
  /** Short and canonical: equal forms have equal keys. Empty for the usual one. */
  readonly key: string;
  /** Codecs that may be sent: by FourCC, or in the legacy form where there is one (H.264, Flash's own). */
  readonly video: ReadonlySet<VideoCodec>;
  readonly audio: ReadonlySet<AudioCodec>;
  /** Tracks other than 0 are sent too, each wrapped as one track of many. */
  readonly multitrack: boolean;
  /** The part of a frame's time below the millisecond is sent. */
  readonly modEx: boolean;
  /** Colour information is sent, as command frames. */
  readonly metadata: boolean;
  /** HEVC goes with the unofficial codec id 12 in place of `hvc1`. */
  readonly legacyHevc: boolean;
};

/** A track's bit in a key is its place here. */
const videoCodecs: readonly VideoCodec[] = [
  "h264",
  "hevc",
  "vvc",
  "av1",
  "vp8",
  "vp9",
  "sorenson-h263",
  "screen-video",
  "vp6",
  "vp6-alpha",
  "screen-video-2",
];
const audioCodecs: readonly AudioCodec[] = [
  "aac",
  "opus",
  "mp3",
  "ac3",
  "eac3",
  "flac",
  "pcm",
  "adpcm",
  "nellymoser",
  "g711a",
  "g711u",
  "speex",
];

/** Peers choose what is in a form: beyond so many the same form may be made twice, which costs memory and changes no bytes. */
const maxForms = 256;
const forms = new Map<string, FlvForm>();

/** What everybody gets who has announced nothing: default tracks, in the legacy form where there is one. */
export const usualForm: FlvForm = flvForm({});

/** A form that differs from the usual one in what is given. The same parts give the same object. */
export function flvForm(parts: Partial<Omit<FlvForm, "key">>): FlvForm {
  const form = {
    video: parts.video ?? new Set(videoCodecs),
    audio: parts.audio ?? new Set(audioCodecs),
    multitrack: parts.multitrack ?? false,
    modEx: parts.modEx ?? false,
    metadata: parts.metadata ?? true,
    legacyHevc: parts.legacyHevc ?? false,
  };
  const key = keyOf(form);
  const known = forms.get(key);
  if (known) return known;
  const made = { key, ...form };
  if (forms.size < maxForms) forms.set(key, made);
  return made;
}

function keyOf({ video, audio, multitrack, modEx, metadata, legacyHevc }: Omit<FlvForm, "key">): string {
  const flags = [multitrack ? "m" : "", modEx ? "n" : "", metadata ? "" : "c", legacyHevc ? "h" : ""];
  return `${codecsKey("v", video, videoCodecs)}${codecsKey("a", audio, audioCodecs)}${flags.join("")}`;
}

/** Nothing where all are allowed. */
function codecsKey<T extends string>(letter: string, allowed: ReadonlySet<T>, all: readonly T[]): string {
  const bits = all.reduce((sum, codec, place) => sum + (allowed.has(codec) ? 2 ** place : 0), 0);
  return bits === 2 ** all.length - 1 ? "" : `${letter}${bits}`;
}
