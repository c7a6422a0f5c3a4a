import { ByteReader } from "../bytes/byte-reader.ts";
import { buildAv1Config } from "../codecs/av1-build.ts";
import { lenient } from "../codecs/lenient.ts";
import type { VideoCodec } from "../track.ts";
import { AccessUnits } from "./access-units.ts";
import { parseColorInfo } from "./color-info.ts";
import { type EnhancedPart, EnhancedType, readModifiers, readParts } from "./enhanced-header.ts";
import { videoCodecs, videoFourCc } from "./four-cc.ts";
import { colourBody } from "./track-extras.ts";
import type { TrackTable } from "./track-table.ts";
import type { UnwrappedClock } from "./unwrapped-clock.ts";

/** Codec ids of FLV's own video header (FLV 10.1, annex E.4.3.1); 12 is unofficial and came before Enhanced RTMP. */
export const legacyVideo: ReadonlyMap<number, VideoCodec> = new Map<number, VideoCodec>([
  [2, "sorenson-h263"],
  [3, "screen-video"],
  [4, "vp6"],
  [5, "vp6-alpha"],
  [6, "screen-video-2"],
  [7, "h264"],
  [12, "hevc"],
]);

/** What kind of frame a video message has (annex E.4.3.1). */
export const FrameType = { key: 1, inter: 2, command: 5 } as const;
const AvcType = { sequenceHeader: 0, nalUnits: 1, endOfSequence: 2 } as const;
const enhancedCommand = 0xd1;
const maxUnannounced = 16;
const none = new Uint8Array();
/** What a configuration may be empty of: the frames say it. */
const selfDescribing: ReadonlySet<VideoCodec> = new Set<VideoCodec>(["vp8", "vp9"]);

/** Video tag bodies to packets, legacy and enhanced. */
export class VideoDemuxer {
  readonly #tracks: TrackTable;
  readonly #clock: UnwrappedClock;
  readonly #units = new AccessUnits();
  /** AV1 tracks whose configuration is in their keyframes. */
  readonly #unannounced = new Set<number>();
  readonly #skip = (): void => void this.#tracks.skipped++;

  constructor(tracks: TrackTable, clock: UnwrappedClock) {
    this.#tracks = tracks;
    this.#clock = clock;
  }

  /** Throws `MalformedError` for a body that ends too early, or a configuration that no decoder can use. */
  body(timestampMs: number, body: Uint8Array): void {
    const first = body[0];
    if (first === undefined) return; // silence, which FLV allows
    if (first >= 0x80) this.#enhanced(timestampMs, first, body);
    else if (first >> 4 === FrameType.command) this.#tracks.extra(this.#tracks.video(0), this.#clock.last * 1000, body);
    else this.#legacy(timestampMs, first, body);
  }

  #legacy(timestampMs: number, first: number, body: Uint8Array): void {
    const codec = legacyVideo.get(first & 15);
    const keyframe = first >> 4 === FrameType.key;
    if (codec === "h264" || codec === "hevc") this.#nalUnits(timestampMs, codec, keyframe, body);
    else if (codec === undefined) this.#tracks.skipped++;
    else {
      const dtsUs = this.#clock.advance(timestampMs) * 1000;
      if (this.#tracks.video(0)?.codec !== codec) this.#tracks.configureVideo(0, codec, none, dtsUs);
      this.#tracks.frame(this.#tracks.video(0), dtsUs, dtsUs, keyframe, body.subarray(1));
    }
  }

  /** AVCVIDEOPACKET (annex E.4.3.2). */
  #nalUnits(timestampMs: number, codec: "h264" | "hevc", keyframe: boolean, body: Uint8Array): void {
    const reader = new ByteReader(body);
    reader.skip(1);
    const type = reader.u8();
    if (type === AvcType.endOfSequence) return this.#tracks.end(this.#tracks.video(0), this.#clock.last * 1000);
    const compositionMs = reader.i24();
    if (type === AvcType.sequenceHeader) {
      this.#configure(0, codec, reader.bytes().slice(), timestampMs);
    } else if (type === AvcType.nalUnits) {
      const dtsUs = this.#clock.advance(timestampMs) * 1000;
      this.#frame(0, codec, dtsUs, dtsUs + compositionMs * 1000, keyframe, reader.bytes());
    } else this.#tracks.skipped++;
  }

  /** ExVideoTagHeader and ExVideoTagBody (Enhanced RTMP v2, "Enhanced Video"). */
  #enhanced(timestampMs: number, first: number, body: Uint8Array): void {
    const reader = new ByteReader(body);
    reader.skip(1);
    const frameType = (first >> 4) & 7;
    const outer = first & 15;
    // Nearly every message is a frame of the first track and nothing else: it costs no more than one in FLV's own form.
    if (
      frameType !== FrameType.command &&
      (outer === EnhancedType.codedFrames || outer === EnhancedType.codedFramesX)
    ) {
      const part = { packetType: outer, fourCc: reader.u32(), trackId: 0, payload: reader };
      return this.#part(timestampMs, 0, frameType === FrameType.key, part);
    }
    const modified = readModifiers(reader, outer);
    if (!modified) {
      this.#tracks.skipped++;
      return;
    }
    const { packetType, nanoseconds } = modified;
    if (frameType === FrameType.command && packetType !== EnhancedType.videoMetadata) {
      const command = Uint8Array.of(enhancedCommand, reader.u8());
      return this.#tracks.extra(this.#tracks.video(0), this.#clock.last * 1000, command);
    }
    const laterUs = Math.round(nanoseconds / 1000);
    for (const part of readParts(reader, packetType, EnhancedType.videoMultitrack, this.#skip)) {
      this.#part(timestampMs, laterUs, frameType === FrameType.key, part);
    }
  }

  #part(
    timestampMs: number,
    laterUs: number,
    keyframe: boolean,
    { packetType, fourCc, trackId, payload }: EnhancedPart,
  ): void {
    const codec = videoCodecs.get(fourCc);
    if (!codec) {
      this.#tracks.skipped++;
      return;
    }
    switch (packetType) {
      case EnhancedType.sequenceStart:
      case EnhancedType.mpeg2TsSequenceStart:
        return this.#start(timestampMs, trackId, codec, packetType, payload.bytes());
      case EnhancedType.codedFrames:
      case EnhancedType.codedFramesX: {
        const dtsUs = this.#clock.advance(timestampMs) * 1000;
        const hasTime =
          packetType === EnhancedType.codedFrames && (codec === "h264" || codec === "hevc" || codec === "vvc");
        const ptsUs = dtsUs + (hasTime ? payload.i24() * 1000 : 0) + laterUs;
        const data = payload.bytes();
        if (keyframe && codec === "av1" && this.#unannounced.has(trackId)) this.#describe(trackId, data, dtsUs);
        return this.#frame(trackId, codec, dtsUs, ptsUs, keyframe, data);
      }
      case EnhancedType.sequenceEnd: // OBS sends it at time 0, which is no jump
        return this.#tracks.end(this.#tracks.video(trackId), this.#clock.last * 1000);
      case EnhancedType.videoMetadata:
        return this.#metadata(timestampMs, trackId, codec, payload.bytes());
      default:
        this.#tracks.skipped++;
    }
  }

  /** FFmpeg 8 begins AV1 with an empty configuration and sends the real one later; MPEG-2 TS has a descriptor in its place. What is missing then is in the keyframes. */
  #start(timestampMs: number, trackId: number, codec: VideoCodec, packetType: number, config: Uint8Array): void {
    const isWhole = packetType === EnhancedType.sequenceStart && (config.length > 0 || selfDescribing.has(codec));
    if (isWhole) {
      this.#unannounced.delete(trackId);
      this.#configure(trackId, codec, config.slice(), timestampMs);
    } else if (codec === "av1" && (this.#unannounced.has(trackId) || this.#unannounced.size < maxUnannounced)) {
      this.#unannounced.add(trackId);
    } else this.#tracks.skipped++;
  }

  #describe(trackId: number, keyframe: Uint8Array, dtsUs: number): void {
    const config = lenient(() => buildAv1Config(keyframe));
    if (config) this.#tracks.configureVideo(trackId, "av1", this.#units.config(trackId, "av1", config), dtsUs);
  }

  #configure(trackId: number, codec: VideoCodec, config: Uint8Array, timestampMs: number): void {
    const long = this.#units.config(trackId, codec, config);
    this.#tracks.configureVideo(trackId, codec, long, this.#clock.read(timestampMs) * 1000);
  }

  /** A frame of another codec than was announced has no track. */
  #frame(id: number, codec: VideoCodec, dtsUs: number, ptsUs: number, keyframe: boolean, data: Uint8Array): void {
    const track = this.#tracks.video(id);
    const units = track?.codec === codec ? this.#units.frame(id, data) : undefined;
    if (units) this.#tracks.frame(track, dtsUs, ptsUs, keyframe, units);
    else this.#tracks.skipped++;
  }

  /** Kept as a command frame: with any other frame type FFmpeg's demuxer takes it for video. That of FFmpeg 8's other tracks is not wrapped: it is told by its codec, or not at all. */
  #metadata(timestampMs: number, trackId: number, codec: VideoCodec, payload: Uint8Array): void {
    const track = this.#tracks.video(trackId);
    const fourCc = videoFourCc[codec];
    if (fourCc === undefined || (track && track.codec !== codec)) return;
    const colours = parseColorInfo(payload);
    if (colours) this.#tracks.colour(trackId, codec, colours.value, this.#clock.read(timestampMs) * 1000);
    const now = this.#tracks.video(trackId);
    if (now) this.#tracks.extra(now, this.#clock.last * 1000, colourBody(fourCc, payload));
  }
}
