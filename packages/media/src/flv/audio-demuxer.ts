import { ByteReader } from "../bytes/byte-reader.ts";
import { parseAc3Frame } from "../codecs/ac3.ts";
import { lenient } from "../codecs/lenient.ts";
import type { AudioCodec } from "../track.ts";
import { parseChannelMap } from "./channel-map.ts";
import { type EnhancedPart, EnhancedType, readModifiers, readParts } from "./enhanced-header.ts";
import { audioCodecs, audioFourCc } from "./four-cc.ts";
import type { TrackTable } from "./track-table.ts";
import type { UnwrappedClock } from "./unwrapped-clock.ts";

/** Sound formats of FLV's own audio header (FLV 10.1, annex E.4.2.1). */
export const legacyAudio: ReadonlyMap<number, AudioCodec> = new Map<number, AudioCodec>([
  [0, "pcm"],
  [1, "adpcm"],
  [2, "mp3"],
  [3, "pcm"],
  [4, "nellymoser"],
  [5, "nellymoser"],
  [6, "nellymoser"],
  [7, "g711a"],
  [8, "g711u"],
  [10, "aac"],
  [11, "speex"],
  [14, "mp3"],
]);

const exHeader = 9;
/** CodedFrames, and how much stands before what is in them. */
const plainFrame = 0x91;
const plainHead = 5;
const AacType = { sequenceHeader: 0, raw: 1 } as const;
const none = new Uint8Array();

/** Codecs whose frames say everything themselves. */
const selfDescribing: ReadonlySet<AudioCodec> = new Set<AudioCodec>(["mp3", "ac3", "eac3", "opus"]);

/** Audio tag bodies to packets, legacy and enhanced. */
export class AudioDemuxer {
  readonly #tracks: TrackTable;
  readonly #clock: UnwrappedClock;
  readonly #skip = (): void => void this.#tracks.skipped++;

  constructor(tracks: TrackTable, clock: UnwrappedClock) {
    this.#tracks = tracks;
    this.#clock = clock;
  }

  /** Throws `MalformedError` for a body that ends too early. */
  body(timestampMs: number, body: Uint8Array): void {
    const first = body[0];
    if (first === undefined) {
      const track = this.#tracks.audio(0);
      if (track) this.#frame(timestampMs, 0, track.codec, none, 0); // silence
    } else if (first === plainFrame && body.length >= plainHead) this.#plainFrame(timestampMs, body);
    else if (first >> 4 === exHeader) this.#enhanced(timestampMs, first, body);
    else this.#legacy(timestampMs, first, body);
  }

  #legacy(timestampMs: number, first: number, body: Uint8Array): void {
    const codec = legacyAudio.get(first >> 4);
    if (codec === "aac") return this.#aac(timestampMs, body);
    if (codec === undefined) {
      this.#tracks.skipped++;
      return;
    }
    const track = this.#tracks.audio(0);
    if (track?.codec !== codec || track.config[0] !== first) {
      this.#tracks.configureAudio(0, codec, Uint8Array.of(first), this.#clock.read(timestampMs) * 1000);
    }
    this.#frame(timestampMs, 0, codec, body.subarray(1), 0);
  }

  /** AACAUDIODATA (annex E.4.2.2). */
  #aac(timestampMs: number, body: Uint8Array): void {
    const type = body[1];
    if (type === AacType.sequenceHeader) {
      this.#tracks.configureAudio(0, "aac", body.slice(2), this.#clock.read(timestampMs) * 1000);
    } else if (type === AacType.raw) this.#frame(timestampMs, 0, "aac", body.subarray(2), 0);
    else this.#tracks.skipped++;
  }

  /** Nearly every message is a frame of the first track, which is known, and nothing else: it costs no more than one in FLV's own form. */
  #plainFrame(timestampMs: number, body: Uint8Array): void {
    const high = ((body[1] ?? 0) << 24) | ((body[2] ?? 0) << 16);
    const fourCc = (high | ((body[3] ?? 0) << 8) | (body[4] ?? 0)) >>> 0;
    const data = body.subarray(plainHead);
    const track = this.#tracks.audio(0);
    if (track && track.config.length > 0 && audioFourCc[track.codec] === fourCc) {
      const dtsUs = this.#clock.advance(timestampMs) * 1000;
      return this.#tracks.frame(track, dtsUs, dtsUs, true, data);
    }
    const codec = audioCodecs.get(fourCc);
    if (codec) this.#coded(timestampMs, 0, 0, codec, data);
    else this.#tracks.skipped++;
  }

  /** ExAudioTagHeader and ExAudioTagBody (Enhanced RTMP v2, "Enhanced Audio"). */
  #enhanced(timestampMs: number, first: number, body: Uint8Array): void {
    const reader = new ByteReader(body);
    reader.skip(1);
    const modified = readModifiers(reader, first & 15);
    if (!modified) {
      this.#tracks.skipped++;
      return;
    }
    const laterUs = Math.round(modified.nanoseconds / 1000);
    for (const part of readParts(reader, modified.packetType, EnhancedType.audioMultitrack, this.#skip))
      this.#part(timestampMs, laterUs, part);
  }

  #part(timestampMs: number, laterUs: number, { packetType, fourCc, trackId, payload }: EnhancedPart): void {
    const codec = audioCodecs.get(fourCc);
    if (codec && packetType === EnhancedType.sequenceStart) {
      this.#tracks.configureAudio(trackId, codec, payload.bytes().slice(), this.#clock.read(timestampMs) * 1000);
    } else if (codec && packetType === EnhancedType.codedFrames) {
      this.#coded(timestampMs, laterUs, trackId, codec, payload.bytes());
    } else if (codec && packetType === EnhancedType.sequenceEnd) {
      this.#tracks.end(this.#tracks.audio(trackId), this.#clock.last * 1000);
    } else if (codec && packetType === EnhancedType.multichannelConfig) {
      this.#channels(timestampMs, trackId, codec, payload);
    } else this.#tracks.skipped++;
  }

  #coded(timestampMs: number, laterUs: number, trackId: number, codec: AudioCodec, data: Uint8Array): void {
    const track = this.#tracks.audio(trackId);
    if (selfDescribing.has(codec) && (track?.codec !== codec || (isDolby(codec) && track.config.length === 0))) {
      this.#tracks.configureAudio(trackId, codec, configOf(codec, data), this.#clock.read(timestampMs) * 1000);
    }
    this.#frame(timestampMs, trackId, codec, data, laterUs);
  }

  #channels(timestampMs: number, trackId: number, codec: AudioCodec, payload: ByteReader): void {
    const map = parseChannelMap(payload);
    if (map) this.#tracks.channelMap(trackId, codec, map, this.#clock.read(timestampMs) * 1000);
    else this.#tracks.skipped++;
  }

  #frame(timestampMs: number, trackId: number, codec: AudioCodec, data: Uint8Array, laterUs: number): void {
    const dtsUs = this.#clock.advance(timestampMs) * 1000;
    const track = this.#tracks.audio(trackId);
    this.#tracks.frame(track?.codec === codec ? track : undefined, dtsUs, dtsUs + laterUs, true, data);
  }
}

/** FFmpeg announces AC-3 without a configuration: its frames say what MP4 and players need to know. */
function configOf(codec: AudioCodec, frame: Uint8Array): Uint8Array {
  if (!isDolby(codec)) return none;
  const parsed = lenient(() => parseAc3Frame(frame));
  return parsed?.codec === codec ? parsed.config : none;
}

function isDolby(codec: AudioCodec): boolean {
  return codec === "ac3" || codec === "eac3";
}
