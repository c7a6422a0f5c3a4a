import { ByteWriter } from "../bytes/byte-writer.ts";
import { mp4Payload } from "../mp4/payload.ts";
import type { VideoCodec, VideoTrack } from "../track.ts";
import { codecNames } from "./codec-names.ts";
import { element, endless, Id, text, unsigned } from "./ebml.ts";

/** Codecs whose configuration is Matroska's CodecPrivate as it is. Those of VP8 and VP9 need none. */
const configured: ReadonlySet<VideoCodec> = new Set<VideoCodec>(["h264", "hevc", "av1"]);
const millisecondNs = 1_000_000;
const trackNumber = 1;
const videoType = 1;
const keyframeFlag = 0x80;
const writer = "Sluice";

/** Whether `matroskaHeader` has a word for the codec. */
export function fitsMatroska(track: VideoTrack): boolean {
  return codecNames.has(track.codec);
}

/** The beginning of a live Matroska stream of one picture (RFC 9559, 4 and 5.1): EBML header, a segment without an end, the track. Times are milliseconds. */
export function matroskaHeader(track: VideoTrack): Uint8Array {
  const ebml = element(
    Id.ebml,
    unsigned(Id.ebmlVersion, 1),
    unsigned(Id.ebmlReadVersion, 1),
    unsigned(Id.ebmlMaxIdLength, 4),
    unsigned(Id.ebmlMaxSizeLength, 8),
    text(Id.docType, "matroska"),
    unsigned(Id.docTypeVersion, 4),
    unsigned(Id.docTypeReadVersion, 2),
  );
  const info = element(
    Id.info,
    unsigned(Id.timestampScale, millisecondNs),
    text(Id.muxingApp, writer),
    text(Id.writingApp, writer),
  );
  const parts = [ebml, endless(Id.segment), info, element(Id.tracks, trackEntry(track))];
  const whole = new ByteWriter(parts.reduce((length, part) => length + part.length, 0));
  for (const part of parts) whole.bytes(part);
  return whole.finish();
}

/** One frame in a cluster of its own, whose length is known: a reader has it as soon as its last byte is there (RFC 9559, 5.1.3 and 10.2). */
export function matroskaFrame(
  track: VideoTrack,
  timestampMs: number,
  keyframe: boolean,
  frame: Uint8Array,
): Uint8Array {
  const data = mp4Payload(track, frame); // AV1 in Matroska leaves out what AV1 in MP4 does
  const head = new ByteWriter(4)
    .u8(0x80 | trackNumber)
    .u16(0) // the cluster's own time
    .u8(keyframe ? keyframeFlag : 0)
    .finish();
  return element(Id.cluster, unsigned(Id.timestamp, timestampMs), element(Id.simpleBlock, head, data));
}

/** RFC 9559, 5.1.4.1. */
function trackEntry({ codec, config, width, height, frameRate }: VideoTrack): Uint8Array {
  const optional: Uint8Array[] = [];
  if (configured.has(codec) && config.length > 0) optional.push(element(Id.codecPrivate, config));
  if (frameRate) optional.push(unsigned(Id.defaultDuration, Math.round(1e9 / frameRate)));
  if (width && height) {
    optional.push(element(Id.video, unsigned(Id.pixelWidth, width), unsigned(Id.pixelHeight, height)));
  }
  return element(
    Id.trackEntry,
    unsigned(Id.trackNumber, trackNumber),
    unsigned(Id.trackUid, trackNumber),
    unsigned(Id.trackType, videoType),
    unsigned(Id.flagLacing, 0),
    text(Id.codecId, codecNames.get(codec) ?? codec),
    ...optional,
  );
}
