import { type Amf, type AmfObject, isAmfObject } from "@sluice/media";
import { number } from "./command.ts";

/** What a peer can do with a codec, as bits (Enhanced RTMP v2, "Enhancing NetConnection connect Command": FourCcInfoMask). */
export const FourCcInfo = { decode: 1, encode: 2, forward: 4 } as const;

/** What a peer can do beside codecs, as bits (CapsExMask, in the same place). */
export const CapsEx = { reconnect: 1, multitrack: 2, modEx: 4, timestampNanoOffset: 8 } as const;

/** Bits by FourCC; those of `*` hold for every codec, beside what is said of it. */
export type FourCcFlags = ReadonlyMap<string, number>;

/** What a peer has announced of Enhanced RTMP. What is absent it has not spoken of, which is no "no". */
export type Capabilities = {
  /** FourCCs of video and sound alike, or `*`: the first version's way. */
  readonly fourCcList?: ReadonlySet<string>;
  readonly video?: FourCcFlags;
  readonly audio?: FourCcFlags;
  readonly capsEx?: number;
  /** Of the first version: 2 HDR, 4 metadata frames, 8 large tiles. */
  readonly videoFunction?: number;
};

const everyCodec = "*";
const allFlags = FourCcInfo.decode | FourCcInfo.encode | FourCcInfo.forward;
const allCaps = CapsEx.reconnect | CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset;
/** There are a dozen codecs; of longer lists only the beginning is read. */
const maxCodes = 128;

/** What a connect object, or the answer to one, announces. Undefined where it has no word of Enhanced RTMP; what has the wrong type is not there. */
export function readCapabilities(object: AmfObject): Capabilities | undefined {
  const fourCcList = listOf(object.fourCcList);
  const video = flagsOf(object.videoFourCcInfoMap);
  const audio = flagsOf(object.audioFourCcInfoMap);
  const capsEx = bits(object.capsEx, allCaps);
  if (!fourCcList && !video && !audio && capsEx === undefined) return undefined;
  const videoFunction = bits(object.videoFunction, 0xff);
  return {
    ...(fourCcList ? { fourCcList } : {}),
    ...(video ? { video } : {}),
    ...(audio ? { audio } : {}),
    ...(capsEx === undefined ? {} : { capsEx }),
    ...(videoFunction === undefined ? {} : { videoFunction }),
  };
}

/** The same as properties of a connect object, or of its answer. */
export function writeCapabilities({ fourCcList, video, audio, capsEx, videoFunction }: Capabilities): AmfObject {
  return {
    ...(fourCcList ? { fourCcList: [...fourCcList] } : {}),
    ...(video ? { videoFourCcInfoMap: Object.fromEntries(video) } : {}),
    ...(audio ? { audioFourCcInfoMap: Object.fromEntries(audio) } : {}),
    ...(capsEx === undefined ? {} : { capsEx }),
    ...(videoFunction === undefined ? {} : { videoFunction }),
  };
}

/** What the peer can do with a codec, as bits of `FourCcInfo`. Undefined where it has said nothing about codecs of this kind. A map counts for more than the list, which cannot tell decoding from encoding. */
export function codecFlags(
  { fourCcList, ...maps }: Capabilities,
  kind: "video" | "audio",
  fourCc: string,
): number | undefined {
  const map = maps[kind];
  if (map) return (map.get(everyCodec) ?? 0) | (map.get(fourCc) ?? 0);
  if (fourCcList) return fourCcList.has(everyCodec) || fourCcList.has(fourCc) ? allFlags : 0;
  return undefined;
}

/** True when the peer has announced all of these bits of `CapsEx`. */
export function hasCaps(capabilities: Capabilities | undefined, caps: number): boolean {
  return ((capabilities?.capsEx ?? 0) & caps) === caps;
}

/** A strict array; an ECMA array is an object with the places as its keys. */
function listOf(value: Amf): ReadonlySet<string> | undefined {
  const entries = Array.isArray(value) ? value : isAmfObject(value) ? Object.values(value) : undefined;
  return entries && new Set(entries.slice(0, maxCodes).filter(isCode));
}

function flagsOf(value: Amf): FourCcFlags | undefined {
  if (!isAmfObject(value)) return undefined;
  const flags = new Map<string, number>();
  for (const [code, each] of Object.entries(value).slice(0, maxCodes)) {
    if (isCode(code)) flags.set(code, bits(each, allFlags) ?? 0);
  }
  return flags;
}

function isCode(value: Amf): value is string {
  return typeof value === "string" && (value === everyCodec || /^[\x20-\x7e]{4}$/.test(value));
}

/** The bits that have a meaning, of what is a whole number that bits can be read from. */
function bits(value: Amf, known: number): number | undefined {
  const whole = number(value);
  return whole !== undefined && Number.isInteger(whole) && whole >= 0 && whole < 2 ** 32 ? whole & known : undefined;
}
