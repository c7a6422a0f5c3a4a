import { type Amf, type AmfObject, emptyObject, isAmfObject } from "../amf/amf.ts";
import { decodeAmf0, encodeData } from "../amf/amf0.ts";
import { MalformedError } from "../malformed-error.ts";
import type { Track } from "../track.ts";
import { audioFourCc, videoFourCc } from "./four-cc.ts";

const metadataName = "onMetaData";

/** What is known of the tracks in a viewer's metadata, and which of them it gets. */
export type Described = { readonly tracks: readonly Track[]; sends(track: Track): boolean };

/**
 * onMetaData for a viewer who gets all tracks: what the publisher says, completed by what the tracks themselves say (Enhanced RTMP v2, "Enhancing onMetaData"). Any other data message stays as it
 * is. Without `data` there is metadata only if there is more than one track of a kind.
 */
export function trackMetadata(data: Uint8Array | undefined, { tracks, sends }: Described): Uint8Array | undefined {
  const given = data === undefined ? emptyObject() : propertiesOf(data);
  if (!given) return data;
  const maps = {
    videoTrackIdInfoMap: infoMap(given.videoTrackIdInfoMap, "video", { tracks, sends }),
    audioTrackIdInfoMap: infoMap(given.audioTrackIdInfoMap, "audio", { tracks, sends }),
  };
  if (data === undefined && Object.values(maps).every((map) => map === undefined)) return undefined;
  const properties: AmfObject = Object.assign(emptyObject(), given);
  for (const track of tracks) {
    if (track.id !== 0 || !sends(track)) continue;
    for (const [name, value] of Object.entries(known(track))) properties[name] ??= value;
  }
  for (const [name, map] of Object.entries(maps)) {
    if (map) properties[name] = map;
    else delete properties[name];
  }
  return encodeData(metadataName, properties);
}

/** Undefined for what is no metadata. */
function propertiesOf(data: Uint8Array): AmfObject | undefined {
  try {
    const [name, value] = decodeAmf0(data);
    if (name !== metadataName) return undefined;
    return isAmfObject(value) ? value : emptyObject();
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return undefined;
  }
}

/** The tracks of a kind beside the default one. What the publisher says of a track counts for more than what we know; a track that is there and is not sent is not promised. */
function infoMap(given: Amf, kind: "video" | "audio", { tracks, sends }: Described): AmfObject | undefined {
  const map: AmfObject = Object.assign(emptyObject(), isAmfObject(given) ? given : undefined);
  for (const track of tracks) {
    if (track.kind !== kind || track.id === 0) continue;
    const said = map[track.id];
    if (sends(track)) map[track.id] = Object.assign(emptyObject(), known(track), isAmfObject(said) ? said : undefined);
    else delete map[track.id];
  }
  return Object.keys(map).length > 0 ? map : undefined;
}

function known(track: Track): AmfObject {
  if (track.kind === "video") {
    const { codec, width, height, frameRate } = track;
    return defined({
      width,
      height,
      framerate: frameRate,
      videocodecid: track.id === 0 && codec === "h264" ? avcId : videoFourCc[codec],
    });
  }
  if (track.kind !== "audio") return {};
  const { codec, channels, sampleRate } = track;
  const isLegacy = track.id === 0 && codec === "aac";
  const rate = track.id === 0 ? { audiosamplerate: sampleRate } : { samplerate: sampleRate, channels };
  return defined({ ...rate, audiocodecid: isLegacy ? aacId : audioFourCc[codec] });
}

/** What FLV called them before there were FourCCs, and still does where it sends them as it always did. */
const avcId = 7;
const aacId = 10;

function defined(properties: Readonly<Record<string, number | undefined>>): AmfObject {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}
