const names: readonly (readonly [RegExp, string])[] = [
  [/hvc1|hev1|dvh1|dvhe|\bhevc\b/i, "HEVC (H.265)"],
  [/vvc1|vvi1|\bvvc\b/i, "VVC (H.266)"],
  [/av01|\bav1\b/i, "AV1"],
  [/vp0?9/i, "VP9"],
  [/vp0?8/i, "VP8"],
  [/avc1|avc3/i, "H.264"],
  [/mp4a\.(40\.34|69|6b)|\.mp3|\bmp3\b/i, "MP3"],
  [/mp4a/i, "AAC"],
  [/ac-3|ec-3/i, "Dolby Digital"],
  [/opus/i, "Opus"],
  [/flac/i, "FLAC"],
];

const sounds: ReadonlySet<string> = new Set(["AAC", "MP3", "Dolby Digital", "Opus", "FLAC"]);

/** The common name of the first codec that a text speaks of: a codec string (RFC 6381), or what a browser, an engine or the server complains in. "" for none. */
export function codecIn(text: string | undefined): string {
  return names.find(([pattern]) => pattern.test(text ?? ""))?.[1] ?? "";
}

/** Whether a codec, by its common name, is one of sound. */
export function isSoundCodec(name: string): boolean {
  return sounds.has(name);
}
