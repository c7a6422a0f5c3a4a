import type { Packet } from "../packet.ts";
import type { AudioCodec, AudioTrack, Track, VideoCodec, VideoTrack } from "../track.ts";
import { audioHead, videoHead } from "./enhanced-head.ts";
import { EnhancedType } from "./enhanced-header.ts";
import { type FlvForm, usualForm } from "./form.ts";
import { audioFourCc, videoFourCc } from "./four-cc.ts";
import { FrameType, legacyVideo } from "./video-demuxer.ts";

/** A tag's body as head and payload, so that a writer can lay both down without joining them first. */
export type FlvBody = { readonly type: 8 | 9 | 18; readonly head: Uint8Array; readonly data: Uint8Array };

const none = new Uint8Array();
/** AAC as FLV writes it whatever the real rate is: 44 kHz, 16 bit, stereo (FLV 10.1, annex E.4.2.1). */
const aacHead = 0xaf;
const aacConfigHead = Uint8Array.of(aacHead, 0);
const aacFrameHead = Uint8Array.of(aacHead, 1);
const mp3Head = 0x2f;
const avcId = 7;
const unofficialHevcId = 12;
/** Packet type and FourCC: what an extra packet begins with. */
const extraHead = 5;
const exHeader = 0x80;

/** The codec ids that FLV had before it was enhanced; HEVC's is unofficial, and sent to those alone who ask for it. */
const videoIds: ReadonlyMap<VideoCodec, number> = new Map(
  [...legacyVideo].filter(([, codec]) => codec !== "hevc").map(([id, codec]) => [codec, id]),
);

/** Codecs whose messages say how much later than decoded a frame is shown. */
const composed: ReadonlySet<Track["codec"]> = new Set<Track["codec"]>(["h264", "hevc", "vvc"]);

/** What frames of the first track begin with whose times are whole milliseconds: nearly all. MP3's says its rate. */
const frameHeads: Readonly<Partial<Record<AudioCodec, Uint8Array>>> = {
  aac: aacFrameHead,
  opus: plainHead("opus"),
  flac: plainHead("flac"),
  ac3: plainHead("ac3"),
  eac3: plainHead("eac3"),
};

/** Codecs whose frames say everything: Enhanced RTMP has no configuration for them. */
const withoutConfig: ReadonlySet<AudioCodec> = new Set<AudioCodec>(["mp3", "ac3", "eac3"]);

/** A packet as FLV has it, in the words that a viewer of this form takes: the legacy ones where there are any, else the enhanced ones. Undefined for what such a viewer cannot take. */
export function flvBody(packet: Packet, form: FlvForm = usualForm): FlvBody | undefined {
  const { track } = packet;
  if (track.id !== 0 && !form.multitrack) return undefined;
  switch (track.kind) {
    case "video":
      return form.video.has(track.codec) ? videoBody(packet, track, form) : undefined;
    case "audio":
      return form.audio.has(track.codec) ? audioBody(packet, track, form) : undefined;
    case "data":
      return { type: 18, head: none, data: packet.data };
  }
}

/** The time that a packet's tag or message has in this form: rounded, or cut off where the rest goes with the frame. Of codecs that say nothing of composition it is then the one at which they are shown. */
export function flvTimeMs({ track, dtsUs, ptsUs }: Packet, form: FlvForm = usualForm): number {
  if (!form.modEx) return Math.round(dtsUs / 1000);
  return Math.floor((composed.has(track.codec) ? dtsUs : ptsUs) / 1000);
}

function videoBody(packet: Packet, track: VideoTrack, form: FlvForm): FlvBody | undefined {
  const id = track.id === 0 ? legacyId(track.codec, form) : undefined;
  const fourCc = videoFourCc[track.codec];
  if (packet.kind === "extra") return videoExtra(packet.data, track, form, id);
  const nanoseconds = form.modEx && id !== unofficialHevcId ? offsetOf(packet) : 0;
  if (id === undefined || (nanoseconds > 0 && fourCc !== undefined))
    return fourCc === undefined ? undefined : enhancedVideo(packet, track, form, fourCc, nanoseconds);
  if (id === avcId || id === unofficialHevcId) return avcBody(packet, track, form, id);
  return packet.kind === "frame"
    ? { type: 9, head: Uint8Array.of((packet.keyframe ? 0x10 : 0x20) | id), data: packet.data }
    : undefined;
}

function legacyId(codec: VideoCodec, form: FlvForm): number | undefined {
  return codec === "hevc" ? (form.legacyHevc ? unofficialHevcId : undefined) : videoIds.get(codec);
}

/** AVCVIDEOPACKET (annex E.4.3.2). */
function avcBody(packet: Packet, track: VideoTrack, form: FlvForm, id: number): FlvBody {
  const { kind, keyframe, data } = packet;
  const time = kind === "frame" ? compositionMs(packet, form) : 0;
  const head = new Uint8Array(5);
  head[0] = (keyframe || kind !== "frame" ? 0x10 : 0x20) | id;
  head[1] = kind === "config" ? 0 : kind === "frame" ? 1 : 2;
  head[2] = time >> 16;
  head[3] = time >> 8;
  head[4] = time;
  return { type: 9, head, data: kind === "config" ? track.config : kind === "frame" ? data : none };
}

function enhancedVideo(
  packet: Packet,
  track: VideoTrack,
  form: FlvForm,
  fourCc: number,
  nanoseconds: number,
): FlvBody | undefined {
  const { kind, keyframe, data } = packet;
  const trackId = track.id;
  if (kind !== "frame") {
    const packetType = kind === "config" ? EnhancedType.sequenceStart : EnhancedType.sequenceEnd;
    const head = videoHead(FrameType.key, { packetType, fourCc, trackId, nanoseconds: 0 });
    return { type: 9, head, data: kind === "config" ? track.config : none };
  }
  const hasTime = composed.has(track.codec);
  const time = hasTime ? compositionMs(packet, form) : 0;
  const packetType = hasTime && time === 0 ? EnhancedType.codedFramesX : EnhancedType.codedFrames;
  const frameType = keyframe ? FrameType.key : FrameType.inter;
  const head = videoHead(frameType, { packetType, fourCc, trackId, nanoseconds }, time === 0 ? undefined : time);
  return { type: 9, head, data };
}

/** A command, or colour information: as a command frame, because FFmpeg takes it for video with any other frame type; wrapped as OBS does it, because a wrapped command frame would be a mere command. */
function videoExtra(data: Uint8Array, track: VideoTrack, form: FlvForm, id: number | undefined): FlvBody | undefined {
  const [first = 0, command = 0] = data;
  if (!isMetadata(first)) {
    return { type: 9, head: Uint8Array.of(id === undefined ? 0xd1 : 0x50 | id, command), data: none };
  }
  const fourCc = videoFourCc[track.codec];
  if (!form.metadata || id === unofficialHevcId || fourCc === undefined) return undefined;
  const frameType = track.id === 0 ? FrameType.command : 0;
  const head = { packetType: EnhancedType.videoMetadata, fourCc, trackId: track.id, nanoseconds: 0 };
  return { type: 9, head: videoHead(frameType, head), data: data.subarray(extraHead) };
}

function isMetadata(first: number): boolean {
  return first >= exHeader && (first & 15) === EnhancedType.videoMetadata;
}

function audioBody(packet: Packet, track: AudioTrack, form: FlvForm): FlvBody | undefined {
  const nanoseconds = form.modEx ? offsetOf(packet) : 0;
  const isUsual = packet.kind === "frame" && track.id === 0 && nanoseconds === 0;
  const head = isUsual ? frameHeads[track.codec] : undefined;
  return head ? { type: 8, head, data: packet.data } : unusualAudio(packet, track, form, nanoseconds);
}

function unusualAudio(
  { kind, data }: Packet,
  track: AudioTrack,
  form: FlvForm,
  nanoseconds: number,
): FlvBody | undefined {
  const fourCc = audioFourCc[track.codec];
  if (kind === "extra") return fourCc === undefined ? undefined : audioExtra(data, track, form, fourCc);
  const isLegacy = track.id === 0 && (track.codec === "aac" || track.codec === "mp3") && nanoseconds === 0;
  if (fourCc !== undefined && !isLegacy) return enhancedAudio(kind, data, track, fourCc, nanoseconds);
  if (track.id !== 0) return undefined;
  if (track.codec !== "aac")
    return kind === "frame" ? { type: 8, head: Uint8Array.of(track.config[0] ?? mp3Head), data } : undefined;
  return kind === "config" ? { type: 8, head: aacConfigHead, data: track.config } : undefined;
}

function plainHead(codec: "opus" | "flac" | "ac3" | "eac3"): Uint8Array {
  const fourCc = audioFourCc[codec] ?? 0;
  return audioHead({ packetType: EnhancedType.codedFrames, fourCc, trackId: 0, nanoseconds: 0 });
}

function enhancedAudio(
  kind: Packet["kind"],
  data: Uint8Array,
  { id: trackId, codec, config }: AudioTrack,
  fourCc: number,
  nanoseconds: number,
): FlvBody {
  const head = (packetType: number, offset: number) => audioHead({ packetType, fourCc, trackId, nanoseconds: offset });
  if (kind === "frame") return { type: 8, head: head(EnhancedType.codedFrames, nanoseconds), data };
  if (kind === "end") return { type: 8, head: head(EnhancedType.sequenceEnd, 0), data: none };
  return { type: 8, head: head(EnhancedType.sequenceStart, 0), data: withoutConfig.has(codec) ? none : config };
}

/** Where the channels belong is a word of the second version: only who has announced something else of that gets it. */
function audioExtra(data: Uint8Array, { id: trackId }: AudioTrack, form: FlvForm, fourCc: number): FlvBody | undefined {
  if (!form.multitrack && !form.modEx) return undefined;
  const head = audioHead({ packetType: EnhancedType.multichannelConfig, fourCc, trackId, nanoseconds: 0 });
  return { type: 8, head, data: data.subarray(extraHead) };
}

/** Both times are rounded first, so that their difference is the one that a reader will see. */
function compositionMs({ dtsUs, ptsUs }: Packet, { modEx }: FlvForm): number {
  return modEx
    ? Math.floor(ptsUs / 1000) - Math.floor(dtsUs / 1000)
    : Math.round(ptsUs / 1000) - Math.round(dtsUs / 1000);
}

/** What is left of a frame's time below the millisecond, in nanoseconds. Configurations and the like are never shown. */
function offsetOf({ kind, ptsUs }: Packet): number {
  return kind === "frame" ? Math.floor((ptsUs - Math.floor(ptsUs / 1000) * 1000) * 1000) : 0;
}
