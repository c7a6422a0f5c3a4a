import { ByteWriter } from "../bytes/byte-writer.ts";
import type { Packet } from "../packet.ts";
import type { AudioTrack, VideoCodec, VideoTrack } from "../track.ts";
import { EnhancedType } from "./enhanced-header.ts";
import { type FlvForm, usualForm } from "./form.ts";
import { audioFourCc, videoFourCc } from "./four-cc.ts";
import { legacyVideo } from "./video-demuxer.ts";

/** A tag's body as head and payload, so that a writer can lay both down without joining them first. */
export type FlvBody = { readonly type: 8 | 9 | 18; readonly head: Uint8Array; readonly data: Uint8Array };

const none = new Uint8Array();
/** AAC as FLV writes it whatever the real rate is: 44 kHz, 16 bit, stereo (FLV 10.1, annex E.4.2.1). */
const aacHead = 0xaf;
const aacConfigHead = Uint8Array.of(aacHead, 0);
const aacFrameHead = Uint8Array.of(aacHead, 1);
const mp3Head = 0x2f;
const exVideo = 0x80;
const exAudio = 0x90;
const Key = 0x10;
const Inter = 0x20;

/** The codec ids that FLV had before it was enhanced; HEVC's is unofficial and not ours to send. */
const videoIds: ReadonlyMap<VideoCodec, number> = new Map(
  [...legacyVideo].filter(([, codec]) => codec !== "hevc").map(([id, codec]) => [codec, id]),
);

/** A packet as FLV has it, in the words that a viewer of this form takes: the legacy ones where there are any, else the enhanced ones. Undefined for what such a viewer cannot take. */
export function flvBody(packet: Packet, form: FlvForm = usualForm): FlvBody | undefined {
  const { track } = packet;
  if (track.id !== 0) return undefined;
  switch (track.kind) {
    case "video":
      if (!form.video.has(track.codec)) return undefined;
      return packet.kind === "extra" ? { type: 9, head: none, data: packet.data } : videoBody(packet, track);
    case "audio":
      if (!form.audio.has(track.codec)) return undefined;
      return packet.kind === "extra" ? undefined : audioBody(packet, track);
    case "data":
      return { type: 18, head: none, data: packet.data };
  }
}

function videoBody(packet: Packet, track: VideoTrack): FlvBody | undefined {
  if (track.codec === "h264") return avcBody(packet, track);
  const id = videoIds.get(track.codec);
  if (id === undefined) return enhancedVideo(packet, track);
  return packet.kind === "frame"
    ? { type: 9, head: Uint8Array.of((packet.keyframe ? Key : Inter) | id), data: packet.data }
    : undefined;
}

/** AVCVIDEOPACKET (annex E.4.3.2). */
function avcBody({ kind, keyframe, dtsUs, ptsUs, data }: Packet, track: VideoTrack): FlvBody {
  if (kind === "config") return { type: 9, head: Uint8Array.of(0x17, 0, 0, 0, 0), data: track.config };
  if (kind === "end") return { type: 9, head: Uint8Array.of(0x17, 2, 0, 0, 0), data: none };
  const time = compositionMs(dtsUs, ptsUs);
  return { type: 9, head: Uint8Array.of(keyframe ? 0x17 : 0x27, 1, time >> 16, time >> 8, time), data };
}

/** ExVideoTagHeader (Enhanced RTMP v2, "Enhanced Video"). */
function enhancedVideo({ kind, keyframe, dtsUs, ptsUs, data }: Packet, track: VideoTrack): FlvBody | undefined {
  const code = videoFourCc[track.codec];
  if (code === undefined) return undefined;
  const frameType = keyframe || kind !== "frame" ? Key : Inter;
  const head = (type: number) => new ByteWriter(8).u8(exVideo | frameType | type).u32(code);
  if (kind === "config") return { type: 9, head: head(EnhancedType.sequenceStart).finish(), data: track.config };
  if (kind === "end") return { type: 9, head: head(EnhancedType.sequenceEnd).finish(), data: none };
  const time = compositionMs(dtsUs, ptsUs);
  const hasTime = track.codec === "hevc" || track.codec === "vvc";
  if (hasTime && time === 0) return { type: 9, head: head(EnhancedType.codedFramesX).finish(), data };
  const frame = head(EnhancedType.codedFrames);
  return { type: 9, head: (hasTime ? frame.u24(time) : frame).finish(), data };
}

function audioBody({ kind, data }: Packet, track: AudioTrack): FlvBody | undefined {
  switch (track.codec) {
    case "aac":
      if (kind === "config") return { type: 8, head: aacConfigHead, data: track.config };
      return kind === "frame" ? { type: 8, head: aacFrameHead, data } : undefined;
    case "opus":
    case "flac":
    case "ac3":
    case "eac3":
      return enhancedAudio(kind, data, track);
    default:
      return kind === "frame" ? { type: 8, head: Uint8Array.of(track.config[0] ?? mp3Head), data } : undefined;
  }
}

/** ExAudioTagHeader (Enhanced RTMP v2, "Enhanced Audio"). */
function enhancedAudio(kind: Packet["kind"], data: Uint8Array, track: AudioTrack): FlvBody | undefined {
  const code = audioFourCc[track.codec];
  if (code === undefined) return undefined;
  const head = (type: number) =>
    new ByteWriter(5)
      .u8(exAudio | type)
      .u32(code)
      .finish();
  if (kind === "config") return { type: 8, head: head(EnhancedType.sequenceStart), data: track.config };
  if (kind === "end") return { type: 8, head: head(EnhancedType.sequenceEnd), data: none };
  return { type: 8, head: head(EnhancedType.codedFrames), data };
}

/** Both times are rounded first, so that their difference is the one that a reader will see. */
function compositionMs(dtsUs: number, ptsUs: number): number {
  return Math.round(ptsUs / 1000) - Math.round(dtsUs / 1000);
}
