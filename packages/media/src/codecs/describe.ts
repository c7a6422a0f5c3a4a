import type { AudioCodec, AudioTrack, Track, VideoCodec, VideoTrack } from "../track.ts";

export function describeVideo(id: number, codec: VideoCodec, config: Uint8Array): VideoTrack {
  return { kind: "video", id, codec, config };
}
export function describeAudio(id: number, codec: AudioCodec, config: Uint8Array): AudioTrack {
  return { kind: "audio", id, codec, config };
}
/** True when a decoder need not be set up again to go from one to the other. */
export function sameConfiguration(a: Track, b: Track): boolean {
  return (
    a === b ||
    (a.kind === b.kind &&
      a.id === b.id &&
      a.codec === b.codec &&
      a.config.length === b.config.length &&
      a.config.every((byte, index) => byte === b.config[index]))
  );
}
