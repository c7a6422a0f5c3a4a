import type { VideoTrack } from "../track.ts";
import { av1Colour } from "./av1-build.ts";
import { h264PictureDescription } from "./h264.ts";
import { hevcPictureDescription } from "./hevc.ts";
import { lenient } from "./lenient.ts";
import { vpColour } from "./vpx.ts";
import type { Colour, PictureDescription } from "./vui.ts";

/** How bright a picture may be, in HLS's words (RFC 8216bis, 4.4.6.2): as ever, or by one of the two curves of HDR. */
export type VideoRange = "SDR" | "PQ" | "HLG";

/** Transfer characteristics of ITU-T H.273: SMPTE ST 2084 and ARIB STD-B67. */
const ranges: ReadonlyMap<number, VideoRange> = new Map([
  [16, "PQ"],
  [18, "HLG"],
]);
const unspecified = 2;
const av1Record = 4;

/** What a track's picture needs to be shown on. */
export function videoRange(track: VideoTrack): VideoRange {
  return ranges.get(colourOf(track)?.transfer ?? unspecified) ?? "SDR";
}

/** How the picture is to be shown, by what the encoder says beside the bit stream, and where it says nothing by the parameter sets; other codecs have that in their own boxes, or nowhere. */
export function pictureDescription(track: VideoTrack): PictureDescription {
  const { codec, config } = track;
  const own =
    codec === "h264" ? h264PictureDescription(config) : codec === "hevc" ? hevcPictureDescription(config) : {};
  const colour = announced(track, own.colour) ?? own.colour;
  return { ...own, ...(colour && { colour }) };
}

function colourOf(track: VideoTrack): Colour | undefined {
  return pictureDescription(track).colour ?? lenient(() => configured(track));
}

/** What colour information says, if it is enough to go by, with the rest from the bit stream. */
function announced(track: VideoTrack, described: Colour | undefined): Colour | undefined {
  const { primaries, transfer, matrix } = track.colorInfo ?? {};
  if (primaries === undefined && transfer === undefined) return undefined;
  const own = described ?? lenient(() => configured(track));
  return {
    primaries: primaries ?? own?.primaries ?? unspecified,
    transfer: transfer ?? own?.transfer ?? unspecified,
    matrix: matrix ?? own?.matrix ?? unspecified,
    fullRange: own?.fullRange ?? false,
  };
}

/** Of codecs whose configuration has it in a place of its own. */
function configured({ codec, config }: VideoTrack): Colour | undefined {
  switch (codec) {
    case "av1":
      return av1Colour(config.subarray(av1Record));
    case "vp8":
    case "vp9":
      return vpColour(config);
    default:
      return undefined;
  }
}
