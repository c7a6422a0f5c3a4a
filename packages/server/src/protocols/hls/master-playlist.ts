import { fitsTs } from "@sluice/media";
import { soundsOf } from "../../core/sounds.ts";
import type { Wish } from "../../core/wish.ts";
import type { Presentation } from "../../segments/presentation.ts";
import type { Rendition } from "../../segments/rendition.ts";
import { type Bitrates, type Variant, variantsOf } from "../../segments/variants.ts";
import { keyframePeak, windingRendition } from "./keyframe-playlist.ts";

/** Boxes around the frames, and what a segment's bitrate may pass the measured peak by. */
const overhead = 1.08;
const group = "audio";
const captions = '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="CC1",AUTOSELECT=YES,INSTREAM-ID="CC1"';

/** The multivariant playlist (RFC 8216bis, 4.4.6), of what a viewer wants. `uri` names a media playlist: that of a rendition, or `i-` and its key for its keyframes alone. */
export function masterPlaylist(
  presentation: Presentation,
  wish: Wish | undefined,
  uri: (name: string) => string,
): string {
  const variants = variantsOf(presentation, wish);
  const hasPicture = variants.some(({ picture }) => picture);
  const audio = [...presentation.renditions.values()].filter(
    ({ kind, segments }) => hasPicture && kind === "audio" && segments.length > 0,
  );
  return `${[
    "#EXTM3U",
    "#EXT-X-VERSION:6",
    ...(presentation.independent ? ["#EXT-X-INDEPENDENT-SEGMENTS"] : []),
    ...(presentation.captions && hasPicture ? [captions] : []),
    ...soundLines(presentation, audio, wish, uri),
    ...variants.flatMap((variant) => [streamInf(variant, audio.length > 0, presentation), uri(variant.key)]),
    ...(hasPicture ? keyframes(presentation, variants, uri) : []),
  ].join("\n")}\n`;
}

/** With one variant: picture and sound together in MPEG-TS, at the bitrates that were measured there, if any were. */
export function tsMasterPlaylist(presentation: Presentation, uri: string, measured: Bitrates | undefined): string {
  const { leader } = presentation;
  const found = variantsOf(presentation).find(({ key }) => key === leader?.key);
  const sound = [...presentation.renditions.values()].find(({ kind, track }) => kind === "audio" && fitsTs(track));
  const codecs = [found?.codecs[0], ...(found?.picture && sound ? [sound.track.codecString] : [])];
  const variant = found && { ...found, codecs, bitrates: measured ?? found.bitrates };
  const line = variant ? streamInf(variant, false, presentation) : "";
  return `${["#EXTM3U", "#EXT-X-VERSION:6", line, uri].join("\n")}\n`;
}

/** The sounds (RFC 8216bis, 4.4.6.1). Players that are left to choose take the default one, or the one in the viewer's language. */
function soundLines(
  { stream }: Presentation,
  renditions: readonly Rendition[],
  wish: Wish | undefined,
  uri: (name: string) => string,
): string[] {
  const sounds = soundsOf(stream.tracks, stream.metadata);
  const wanted = renditions.find(({ track }) => track.id === wish?.sound) ?? renditions[0];
  return renditions.map((rendition) => {
    const { track, key } = rendition;
    const { name, language } = sounds.find((sound) => sound.track.id === track.id) ?? { name: `Audio ${track.id + 1}` };
    const attributes = [
      "TYPE=AUDIO",
      `GROUP-ID="${group}"`,
      ...(language === undefined ? [] : [`LANGUAGE="${language}"`]),
      `NAME="${name}"`,
      `DEFAULT=${rendition === wanted ? "YES" : "NO"}`,
      `AUTOSELECT=${rendition === wanted || language !== undefined ? "YES" : "NO"}`,
      ...(track.kind === "audio" && track.channels ? [`CHANNELS="${track.channels}"`] : []),
      `URI="${uri(key)}"`,
    ];
    return `#EXT-X-MEDIA:${attributes.join(",")}`;
  });
}

function streamInf({ bitrates, codecs, picture }: Variant, hasSound: boolean, presentation: Presentation): string {
  const { peak, average } = bitrates;
  const attributes = [
    `BANDWIDTH=${Math.ceil(Math.max(peak, average) * overhead)}`,
    `AVERAGE-BANDWIDTH=${Math.ceil(average * overhead)}`,
    ...codecsAttribute(codecs),
    ...(picture ? pictureAttributes(picture, presentation) : []),
    ...(hasSound ? [`AUDIO="${group}"`] : []),
  ];
  return `#EXT-X-STREAM-INF:${attributes.join(",")}`;
}

function pictureAttributes(picture: NonNullable<Variant["picture"]>, { captions }: Presentation) {
  const { width, height, frameRate, range } = picture;
  return [
    ...(width && height ? [`RESOLUTION=${width}x${height}`] : []),
    ...(frameRate ? [`FRAME-RATE=${frameRate.toFixed(3)}`] : []),
    ...(range ? [`VIDEO-RANGE=${range}`] : []),
    `CLOSED-CAPTIONS=${captions ? '"cc"' : "NONE"}`,
  ];
}

function codecsAttribute(codecs: Variant["codecs"]): string[] {
  return codecs.includes(undefined) ? [] : [`CODECS="${[...new Set(codecs)].join(",")}"`];
}

/** For fast winding (RFC 8216bis, 4.4.6.3): one rendition is enough. */
function keyframes(presentation: Presentation, variants: readonly Variant[], uri: (name: string) => string): string[] {
  const rendition = windingRendition(presentation);
  if (rendition?.track.kind !== "video") return [];
  const variant = variants.find(({ key }) => key === rendition.key);
  const { width, height, codecString } = rendition.track;
  const attributes = [
    `BANDWIDTH=${Math.ceil(Math.max(keyframePeak(rendition), 1) * overhead)}`,
    ...codecsAttribute([variant?.codecs[0] ?? codecString]),
    ...(width && height ? [`RESOLUTION=${width}x${height}`] : []),
    ...(variant?.picture?.range ? [`VIDEO-RANGE=${variant.picture.range}`] : []),
    `URI="${uri(`i-${rendition.key}`)}"`,
  ];
  return [`#EXT-X-I-FRAME-STREAM-INF:${attributes.join(",")}`];
}
