import { parseH264Config } from "../codecs/h264.ts";
import { parseHevcConfig } from "../codecs/hevc.ts";
import { lenient } from "../codecs/lenient.ts";
import { parseVvcConfig, vvcParameterSets } from "../codecs/vvc.ts";
import { MalformedError } from "../malformed-error.ts";
import type { AudioTrack, Track, VideoTrack } from "../track.ts";
import { audioEntry } from "./audio-entry.ts";
import { videoEntry } from "./video-entry.ts";

const hevcParameterSets = [32, 33, 34];

/** Whether CMAF can carry the track: its codec has a sample entry, and the configuration that goes there is at hand. */
export function fitsMp4(track: Track): track is VideoTrack | AudioTrack {
  if (track.kind === "data") return false;
  return track.kind === "video" ? videoFits(track) : audioFits(track);
}

/** What decodes the track's samples, as stsd holds it (ISO/IEC 14496-12, 8.5.2). Throws `mp4/codec` for a track that does not fit. */
export function sampleEntry(track: VideoTrack | AudioTrack): Uint8Array {
  const entry = !fitsMp4(track) ? undefined : track.kind === "video" ? videoEntry(track) : audioEntry(track);
  if (!entry) throw new MalformedError("mp4/codec", `${track.codec} without what MP4 needs to know of it`);
  return entry;
}

/** `avc1`, `hvc1` and `vvc1` promise that all parameter sets are in the entry. */
function videoFits({ codec, config }: VideoTrack): boolean {
  switch (codec) {
    case "h264": {
      const parsed = lenient(() => parseH264Config(config));
      return parsed !== undefined && parsed.lengthSize !== 3 && parsed.sps.length > 0 && parsed.pps.length > 0;
    }
    case "hevc":
      return hasUnits(lenient(() => parseHevcConfig(config))?.units, hevcParameterSets);
    case "vvc":
      return hasUnits(lenient(() => parseVvcConfig(config))?.units, vvcParameterSets);
    case "av1":
    case "vp8":
    case "vp9":
      return config.length > 0;
    default:
      return false;
  }
}

function hasUnits(units: ReadonlyMap<number, readonly Uint8Array[]> | undefined, types: readonly number[]): boolean {
  return units !== undefined && types.every((type) => (units.get(type)?.length ?? 0) > 0);
}

function audioFits({ codec, config, sampleRate }: AudioTrack): boolean {
  switch (codec) {
    case "aac":
    case "opus":
    case "flac":
    case "ac3":
    case "eac3":
      return config.length > 0;
    case "mp3":
      return sampleRate !== undefined;
    default:
      return false;
  }
}
