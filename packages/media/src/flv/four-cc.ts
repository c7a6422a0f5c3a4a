import type { AudioCodec, VideoCodec } from "../track.ts";

/** A four-character code as the 32-bit number it is on the wire. */
export function fourCc(text: string): number {
  return [...text].reduce((value, letter) => (value << 8) | letter.charCodeAt(0), 0) >>> 0;
}

/** The letters of a four-character code. */
export function fourCcText(code: number): string {
  return String.fromCharCode(code >>> 24, (code >>> 16) & 255, (code >>> 8) & 255, code & 255);
}

/** Video codes of Enhanced RTMP v2 ("Enhanced Video"). */
export const videoFourCc: Readonly<Partial<Record<VideoCodec, number>>> = {
  h264: fourCc("avc1"),
  hevc: fourCc("hvc1"),
  vvc: fourCc("vvc1"),
  av1: fourCc("av01"),
  vp8: fourCc("vp08"),
  vp9: fourCc("vp09"),
};

/** Audio codes of Enhanced RTMP v2 ("Enhanced Audio"). */
export const audioFourCc: Readonly<Partial<Record<AudioCodec, number>>> = {
  aac: fourCc("mp4a"),
  opus: fourCc("Opus"),
  flac: fourCc("fLaC"),
  mp3: fourCc(".mp3"),
  ac3: fourCc("ac-3"),
  eac3: fourCc("ec-3"),
};

export const videoCodecs: ReadonlyMap<number, VideoCodec> = inverse(videoFourCc);
export const audioCodecs: ReadonlyMap<number, AudioCodec> = inverse(audioFourCc);

function inverse<T extends string>(codes: Readonly<Partial<Record<T, number>>>): Map<number, T> {
  return new Map(Object.entries(codes).map(([codec, code]) => [code as number, codec as T]));
}
