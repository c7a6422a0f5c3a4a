import { lenient } from "../codecs/lenient.ts";
import type { AudioTrack, Track, VideoTrack } from "../track.ts";
import { adtsForm, adtsFrame } from "./adts.ts";
import { byteStream, h264Form, hevcForm } from "./annex-b.ts";
import { maxPesPayload } from "./pes.ts";
import { registration } from "./program-tables.ts";

/** How a track travels in MPEG-TS. */
export type Carriage = {
  readonly kind: "video" | "audio";
  /** ISO/IEC 13818-1, table 2-34; from 0x80 on ATSC's and HLS's. */
  readonly streamType: number;
  readonly descriptors: Uint8Array;
  /** The first of its kind, table 2-22. */
  readonly streamId: number;
  /** A frame as TS has it; empty where it has no form. */
  payload(data: Uint8Array, keyframe: boolean): Uint8Array;
};

const nothing = new Uint8Array();
const firstVideo = 0xe0;
const firstAudio = 0xc0;
const privateStream = 0xbd;
/** Below it MP3 is MPEG-2's. */
const lowestMpeg1Rate = 32_000;

/** How the track travels; undefined where MPEG-TS has no form for it that players expect, or its configuration cannot be used. */
export function carriageOf(track: Track): Carriage | undefined {
  switch (track.kind) {
    case "video":
      return lenient(() => videoCarriage(track));
    case "audio":
      return audioCarriage(track);
    case "data":
      return undefined;
  }
}

function videoCarriage({ codec, config }: VideoTrack): Carriage | undefined {
  if (codec !== "h264" && codec !== "hevc") return undefined;
  const form = codec === "h264" ? h264Form(config) : hevcForm(config);
  return {
    kind: "video",
    streamType: codec === "h264" ? 0x1b : 0x24,
    descriptors: codec === "h264" ? nothing : registration("HEVC"),
    streamId: firstVideo,
    payload: (data, keyframe) => byteStream(form, data, keyframe),
  };
}

function audioCarriage({ codec, config, sampleRate }: AudioTrack): Carriage | undefined {
  const bounded = (data: Uint8Array) => (data.length > maxPesPayload ? nothing : data);
  switch (codec) {
    case "aac": {
      const form = adtsForm(config);
      if (!form) return undefined;
      const payload = (data: Uint8Array) => (data.length === 0 ? nothing : adtsFrame(form, data));
      return { kind: "audio", streamType: 0x0f, descriptors: nothing, streamId: firstAudio, payload };
    }
    case "mp3": {
      const streamType = (sampleRate ?? lowestMpeg1Rate) < lowestMpeg1Rate ? 4 : 3;
      return { kind: "audio", streamType, descriptors: nothing, streamId: firstAudio, payload: bounded };
    }
    case "ac3":
      return dolby(0x81, "AC-3", bounded);
    case "eac3":
      return dolby(0x87, "EAC3", bounded);
    default:
      return undefined;
  }
}

function dolby(streamType: number, format: string, payload: (data: Uint8Array) => Uint8Array): Carriage {
  return { kind: "audio", streamType, descriptors: registration(format), streamId: privateStream, payload };
}
