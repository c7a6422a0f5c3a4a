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
};

export type AudioTrack = TrackBase & {
  readonly kind: "audio";
  readonly codec: AudioCodec;
  /** Samples per second of the decoded sound. */
  readonly sampleRate?: number;
  readonly channels?: number;
};

/** Metadata, cue points and text in time with the picture. Each packet's `data` is AMF0: a name, then its values. */
export type DataTrack = TrackBase & { readonly kind: "data"; readonly codec: "amf0" };

/** One decoder configuration of one track. A new configuration is a new `Track` with the same kind and id. */
export type Track = VideoTrack | AudioTrack | DataTrack;

/** The one data track that an RTMP or FLV stream has. */
export const dataTrack: DataTrack = { kind: "data", id: 0, codec: "amf0", config: new Uint8Array() };
