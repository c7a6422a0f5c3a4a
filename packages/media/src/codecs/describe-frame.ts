import { ByteWriter } from "../bytes/byte-writer.ts";
import type { AudioTrack, VideoTrack } from "../track.ts";
import { parseAc3Frame } from "./ac3.ts";
import { av1PictureSize } from "./av1.ts";
import { describeAudio, describeVideo } from "./describe.ts";
import { lenient } from "./lenient.ts";
import { parseMp3Header } from "./mp3.ts";
import { opusRate } from "./opus.ts";
import { parseVp8Keyframe, parseVp9Keyframe } from "./vp-frame.ts";

const stereo = 4;
/** What libopus has, and a stream without an OpusHead does not say. */
const opusPreSkip = 312;
/** How those of more are put together is only in an OpusHead. */
const maxPlainChannels = 2;

/**
 * The track with what its frame says and its configuration leaves out: the size of VP8, VP9 and AV1 pictures, MP3's real rate (FLV's header knows only four), and the whole configuration of codecs that
 * may come without one. The very same track where the frame says nothing new; for video that is any frame but a keyframe.
 */
export function describeByFrame<T extends VideoTrack | AudioTrack>(track: T, frame: Uint8Array): T;
export function describeByFrame(track: VideoTrack | AudioTrack, frame: Uint8Array): VideoTrack | AudioTrack {
  return lenient(() => (track.kind === "video" ? videoByFrame(track, frame) : audioByFrame(track, frame))) ?? track;
}

function videoByFrame(track: VideoTrack, frame: Uint8Array): VideoTrack | undefined {
  if (track.width !== undefined && track.config.length > 0) return undefined;
  if (track.codec === "av1") {
    if (track.width !== undefined) return undefined;
    const seen = av1PictureSize({ obus: frame });
    return seen && { ...track, ...seen };
  }
  if (track.codec !== "vp8" && track.codec !== "vp9") return undefined;
  const seen = track.codec === "vp8" ? parseVp8Keyframe(frame) : parseVp9Keyframe(frame);
  if (!seen) return undefined;
  const described = track.config.length > 0 ? {} : describeVideo(track.id, track.codec, seen.config);
  return { ...track, ...described, width: seen.width, height: seen.height };
}

function audioByFrame(track: AudioTrack, frame: Uint8Array): AudioTrack | undefined {
  switch (track.codec) {
    case "mp3": {
      const seen = parseMp3Header(frame);
      const same = seen.sampleRate === track.sampleRate && seen.channels === track.channels;
      return same ? undefined : { ...track, ...seen };
    }
    case "opus":
      if (track.config.length > 0 || (track.channels ?? 0) > maxPlainChannels) return undefined;
      return { ...track, ...describeAudio(track.id, "opus", opusHead(frame)) };
    case "ac3":
    case "eac3": {
      if (track.config.length > 0) return undefined;
      const seen = parseAc3Frame(frame);
      return seen.codec === track.codec
        ? { ...track, ...describeAudio(track.id, track.codec, seen.config) }
        : undefined;
    }
    default:
      return undefined;
  }
}

/** An OpusHead (RFC 7845, 5.1) for one or two channels, by the packet's table of contents. */
function opusHead([contents = 0]: Uint8Array): Uint8Array {
  return new ByteWriter(19)
    .utf8("OpusHead")
    .u8(1)
    .u8((contents & stereo) === 0 ? 1 : 2)
    .u8(opusPreSkip & 0xff)
    .u8(opusPreSkip >> 8)
    .u32le(opusRate)
    .u16(0) // gain
    .u8(0) // mapping: one or two channels
    .finish();
}
