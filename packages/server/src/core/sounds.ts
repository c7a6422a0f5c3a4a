import { type Amf, type AudioTrack, decodeAmf0, isAmfObject, type Packet, type Track } from "@sluice/media";

/** One of the sounds of a stream, as people choose it. */
export type Sound = {
  readonly track: AudioTrack;
  /** What the publisher calls it, or "Audio 2"; no two of a stream have the same. */
  readonly name: string;
  /** As BCP 47 has it ("en", "pt-BR"), where the publisher says it. */
  readonly language?: string;
};

type Said = { readonly name?: string; readonly language?: string };

const languageTag = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/;
const maxName = 64;
const said = new WeakMap<Packet, ReadonlyMap<number, Said>>();

/**
 * The sounds of a stream, the one that viewers get first. Names and languages are those of the publisher's metadata (`audioTrackIdInfoMap` of Enhanced RTMP, whose members `name` or `title`, and
 * `language` or `lang`, are nobody's standard; track 0 has them in onMetaData itself or in the map).
 */
export function soundsOf(tracks: readonly Track[], metadata: Packet | undefined): readonly Sound[] {
  const known = metadata && saidIn(metadata);
  const names = new Set<string>();
  return tracks.flatMap((track) => {
    if (track.kind !== "audio") return [];
    const { name = `Audio ${track.id + 1}`, language } = known?.get(track.id) ?? {};
    let own = name;
    for (let number = 2; names.has(own); number++) own = `${name} (${number})`;
    names.add(own);
    return [{ track, name: own, ...(language === undefined ? {} : { language }) }];
  });
}

function saidIn(metadata: Packet): ReadonlyMap<number, Said> {
  let known = said.get(metadata);
  if (!known) {
    known = read(metadata.data);
    said.set(metadata, known);
  }
  return known;
}

/** The first value after the name. What cannot be read says nothing. */
function read(data: Uint8Array): ReadonlyMap<number, Said> {
  const known = new Map<number, Said>();
  let values: Amf[];
  try {
    values = decodeAmf0(data, { lenient: true });
  } catch {
    return known;
  }
  const [, all] = values;
  if (!isAmfObject(all)) return known;
  known.set(0, language(all.language));
  const map = all.audioTrackIdInfoMap;
  if (!isAmfObject(map)) return known;
  for (const [id, info] of Object.entries(map)) {
    if (!/^\d{1,3}$/.test(id) || !isAmfObject(info)) continue;
    known.set(Number(id), { ...name(info.name ?? info.title), ...language(info.language ?? info.lang) });
  }
  return known;
}

function name(value: Amf): Said {
  // Quotes and line ends have no form in playlists.
  const text = typeof value === "string" ? value.replace(/[\p{C}"]/gu, "").trim() : "";
  return text === "" ? {} : { name: [...text].slice(0, maxName).join("") };
}

function language(value: Amf): Said {
  return typeof value === "string" && languageTag.test(value) ? { language: value } : {};
}
