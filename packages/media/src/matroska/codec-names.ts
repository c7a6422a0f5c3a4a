import type { VideoCodec } from "../track.ts";

/** What Matroska calls the codecs that it has a word for (RFC 9559's codec registry). */
export const codecNames: ReadonlyMap<VideoCodec, string> = new Map<VideoCodec, string>([
  ["h264", "V_MPEG4/ISO/AVC"],
  ["hevc", "V_MPEGH/ISO/HEVC"],
  ["av1", "V_AV1"],
  ["vp8", "V_VP8"],
  ["vp9", "V_VP9"],
]);
