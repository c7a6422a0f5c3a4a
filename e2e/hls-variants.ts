import type { Attributes } from "./hls-attributes.ts";
import type { Multivariant } from "./hls-playlist.ts";

/** What a multivariant playlist shows to be wrong. */
export function multivariantProblems(playlist: Multivariant): string[] {
  const problems = playlist.variants.flatMap(({ uri, attributes }) => variantProblems(uri, attributes, playlist));
  if (playlist.variants.length === 0) problems.push("HLS-15: no variant in the multivariant playlist");
  const names = new Set<string>();
  for (const rendition of playlist.renditions) {
    const [type, group, name] = ["TYPE", "GROUP-ID", "NAME"].map((key) => rendition.get(key));
    if (type === undefined || group === undefined || name === undefined) {
      problems.push("HLS-8: EXT-X-MEDIA without TYPE, GROUP-ID or NAME");
    }
    const id = `${type} ${group} ${name}`;
    if (names.has(id)) problems.push(`HLS-8: two renditions ${id}`);
    names.add(id);
    if (rendition.get("DEFAULT") === "YES" && rendition.get("AUTOSELECT") === "NO") {
      problems.push(`HLS-8: rendition ${id} is DEFAULT and not AUTOSELECT`);
    }
  }
  return problems;
}

const videoCodec = /^(avc[13]|hvc1|hev1|av01|vp09|vp08)\./;
const exactCodecs = [
  /^avc[13]\.[0-9a-fA-F]{6}$/,
  /^hvc1\.[ABC]?\d+\.[0-9A-F]{1,8}\.[LH]\d+(\.[0-9A-F]{1,2}){0,6}$/,
  /^av01\.\d\.\d\d[MH]\.\d\d(\.[\d.]+)?$/,
  /^vp09(\.\d\d){3,8}$/,
  /^mp4a\.40\.(2|5|29|34)$/,
  /^(opus|Opus|fLaC|flac|ac-3|ec-3|mp3|mp4a\.(6B|69|a5|a6))$/,
];

function variantProblems(uri: string, attributes: Attributes, playlist: Multivariant): string[] {
  const problems: string[] = [];
  const say = (words: string) => void problems.push(`HLS-8: variant ${uri} ${words}`);
  const [peak, average] = ["BANDWIDTH", "AVERAGE-BANDWIDTH"].map((name) => Number(attributes.get(name) ?? Number.NaN));
  if (!(Number(peak) > 0)) say("has no BANDWIDTH");
  if (!(Number(average) > 0)) say("has no AVERAGE-BANDWIDTH");
  if (Number(average) > Number(peak)) say(`has an AVERAGE-BANDWIDTH ${average} above its BANDWIDTH ${peak}`);
  problems.push(...codecProblems(uri, attributes, playlist));
  return problems;
}

function codecProblems(uri: string, attributes: Attributes, playlist: Multivariant): string[] {
  const problems: string[] = [];
  const say = (words: string) => void problems.push(`HLS-8: variant ${uri} ${words}`);
  const codecs = (attributes.get("CODECS") ?? "").split(",").filter((codec) => codec !== "");
  if (codecs.length === 0) say("has no CODECS");
  for (const codec of codecs) {
    if (!exactCodecs.some((form) => form.test(codec))) problems.push(`HLS-12: ${codec} is no codec`);
  }
  const hasVideo = codecs.some((codec) => videoCodec.test(codec));
  if (hasVideo && !attributes.has("RESOLUTION")) say("has no RESOLUTION");
  if (hasVideo && !attributes.has("FRAME-RATE")) say("has no FRAME-RATE");
  const group = attributes.get("AUDIO");
  const inGroup = (rendition: Attributes) => rendition.get("TYPE") === "AUDIO" && rendition.get("GROUP-ID") === group;
  if (group !== undefined && !playlist.renditions.some(inGroup)) say(`names an audio group ${group} that is not there`);
  if (group !== undefined && codecs.every((codec) => videoCodec.test(codec))) say("names no codec for its audio group");
  return problems;
}
