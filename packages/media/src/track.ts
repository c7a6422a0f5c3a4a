/** Video codecs by the field's names. The last five are Flash's own: carried through RTMP and FLV untouched, known to nothing else. */
export type VideoCodec =
  | "h264"
  | "hevc"
  | "vvc"
  | "av1"
  | "vp8"
  | "vp9"
  | "sorenson-h263"
  | "screen-video"
  | "vp6"
  | "vp6-alpha"
  | "screen-video-2";

/** Audio codecs by the field's names. From `pcm` on they are carried through RTMP and FLV untouched, and known to nothing else. */
export type AudioCodec =
  | "aac"
  | "opus"
  | "mp3"
  | "ac3"
  | "eac3"
  | "flac"
  | "pcm"
  | "adpcm"
  | "nellymoser"
  | "g711a"
  | "g711u"
  | "speex";

/** What a track is known by within its stream: several tracks of one kind are told apart by `id`; 0 is the one that a viewer gets who asks for nothing. */
type TrackBase = {
  readonly id: number;
  /** The decoder configuration as MP4 carries it (avcC, hvcC, av1C, vpcC, AudioSpecificConfig, OpusHead, dfLa …); empty where the codec needs none. */
  readonly config: Uint8Array;
  /** RFC 6381, for example `avc1.64001f`; absent where the configuration does not say. */
  readonly codecString?: string;
};

export type VideoTrack = TrackBase & {
  readonly kind: "video";
  readonly codec: VideoCodec;
  /** Pixels as shown, cropping applied. */
  readonly width?: number;
  readonly height?: number;
  /** Frames per second as the configuration announces it. */
  readonly frameRate?: number;
  /** What the encoder says of the colours beside the bit stream, and above it. */
  readonly colorInfo?: ColorInfo;
};

/** How a picture's colours are meant (Enhanced RTMP v2, "Metadata Frame"): code points of ITU-T H.273, light in candelas per square metre. What is absent was not said. */
export type ColorInfo = {
  readonly bitDepth?: number;
  readonly primaries?: number;
  readonly transfer?: number;
  readonly matrix?: number;
  /** The brightest pixel, and the brightest average of a frame. */
  readonly light?: { readonly maxContent: number; readonly maxFrameAverage: number };
  /** The screen on which the picture was graded. */
  readonly mastering?: {
    readonly red: Chromaticity;
    readonly green: Chromaticity;
    readonly blue: Chromaticity;
    readonly white: Chromaticity;
    readonly maxLuminance: number;
    readonly minLuminance: number;
  };
};

/** A place in the CIE 1931 colour space. */
export type Chromaticity = { readonly x: number; readonly y: number };

export type AudioTrack = TrackBase & {
  readonly kind: "audio";
  readonly codec: AudioCodec;
  /** Samples per second of the decoded sound. */
  readonly sampleRate?: number;
  readonly channels?: number;
  /** Where the channels belong, when the encoder says it beside the configuration. */
  readonly channelMap?: ChannelMap;
};

/** Which speaker each channel is for (Enhanced RTMP v2, "MultichannelConfig"). */
export type ChannelMap =
  | { readonly kind: "unspecified"; readonly count: number }
  /** In the order of the bits that are set. */
  | { readonly kind: "native"; readonly count: number; readonly mask: number }
  | { readonly kind: "custom"; readonly count: number; readonly speakers: readonly number[] };

/** Metadata, cue points and text in time with the picture. Each packet's `data` is AMF0: a name, then its values. */
export type DataTrack = TrackBase & { readonly kind: "data"; readonly codec: "amf0" };

/** One decoder configuration of one track. A new configuration is a new `Track` with the same kind and id. */
export type Track = VideoTrack | AudioTrack | DataTrack;

/** The one data track that an RTMP or FLV stream has. */
export const dataTrack: DataTrack = { kind: "data", id: 0, codec: "amf0", config: new Uint8Array() };

/** The tracks with this one in the place of the one that it is a new configuration of, or added: pictures before sound, each by number. */
export function withTrack(tracks: readonly Track[], track: Track): readonly Track[] {
  const others = tracks.filter((each) => each.kind !== track.kind || each.id !== track.id);
  return [...others, track].sort((a, b) => (a.kind === b.kind ? a.id - b.id : a.kind === "video" ? -1 : 1));
}

const defaults = new WeakMap<Track, Track>();

/** The track as a viewer gets it who takes one of its kind: number 0. The same track gives the same object. */
export function asDefault(track: Track): Track {
  if (track.id === 0) return track;
  let made = defaults.get(track);
  if (!made) {
    made = { ...track, id: 0 };
    defaults.set(track, made);
  }
  return made;
}
