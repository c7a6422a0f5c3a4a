import { type AudioTrack, fitsTs, type VideoTrack } from "@sluice/media";
import type { Presentation } from "../../segments/presentation.ts";
import type { Rendition } from "../../segments/rendition.ts";

/** Boxes around the frames, and what a segment's bitrate may pass the measured peak by. */
const overhead = 1.08;
const group = "audio";
const captions = '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="CC1",AUTOSELECT=YES,INSTREAM-ID="CC1"';

/** The multivariant playlist (RFC 8216bis, 4.4.6). `uri` names a rendition's media playlist. */
export function masterPlaylist(presentation: Presentation, uri: (rendition: Rendition) => string): string {
  const all = [...presentation.renditions.values()].filter(({ segments }) => segments.length > 0);
  const audio = all.filter(({ kind }) => kind === "audio");
  const video = all.filter(({ kind }) => kind === "video");
  const variants = video.length > 0 ? video : audio;
  return `${[
    "#EXTM3U",
    "#EXT-X-VERSION:6",
    ...(presentation.independent ? ["#EXT-X-INDEPENDENT-SEGMENTS"] : []),
    ...(presentation.captions && video.length > 0 ? [captions] : []),
    ...(video.length > 0 ? audio.map((rendition, index) => media(rendition, index, uri(rendition))) : []),
    ...variants.flatMap((rendition) => [
      variant(rendition, video.length > 0 ? audio : [], presentation),
      uri(rendition),
    ]),
  ].join("\n")}\n`;
}

/** Bits per second: those of the dearest segment, and of all. */
export type Bitrates = { readonly peak: number; readonly average: number };

/** With one variant: picture and sound together in MPEG-TS, at the bitrates that were measured there, if any were. */
export function tsMasterPlaylist(presentation: Presentation, uri: string, measured: Bitrates | undefined): string {
  const all = [...presentation.renditions.values()].filter(({ segments }) => segments.length > 0);
  const audio = all.find(({ kind, track }) => kind === "audio" && fitsTs(track));
  const { leader } = presentation;
  const others = leader?.kind === "video" && audio ? [audio] : [];
  const line = leader ? variant(leader, others, presentation, measured).replace(`,AUDIO="${group}"`, "") : "";
  return `${["#EXTM3U", "#EXT-X-VERSION:6", line, uri].join("\n")}\n`;
}

function media({ track }: Rendition, index: number, uri: string): string {
  const channels = track.kind === "audio" && track.channels ? `,CHANNELS="${track.channels}"` : "";
  const isDefault = index === 0 ? "YES" : "NO";
  return `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${group}",NAME="Audio ${index + 1}",DEFAULT=${isDefault},AUTOSELECT=YES${channels},URI="${uri}"`;
}

function variant(
  rendition: Rendition,
  audio: readonly Rendition[],
  presentation: Presentation,
  { peak, average }: Bitrates = bitrates(rendition, audio),
): string {
  const { track } = rendition;
  const codecs = [rendition, ...audio].map((each) => codecOf(each.track));
  const attributes = [
    `BANDWIDTH=${Math.ceil(Math.max(peak, average) * overhead)}`,
    `AVERAGE-BANDWIDTH=${Math.ceil(average * overhead)}`,
    ...(codecs.includes(undefined) ? [] : [`CODECS="${[...new Set(codecs)].join(",")}"`]),
    ...(track.kind === "video" ? pictureAttributes(rendition, track, presentation) : []),
    ...(audio.length > 0 ? [`AUDIO="${group}"`] : []),
  ];
  return `#EXT-X-STREAM-INF:${attributes.join(",")}`;
}

function bitrates(rendition: Rendition, audio: readonly Rendition[]): Bitrates {
  return {
    peak: rendition.peakBitrate + Math.max(0, ...audio.map(({ peakBitrate }) => peakBitrate)),
    average: averageBitrate(rendition) + Math.max(0, ...audio.map(averageBitrate)),
  };
}

function pictureAttributes(rendition: Rendition, { width, height }: VideoTrack, presentation: Presentation): string[] {
  const rate = frameRate(rendition);
  return [
    ...(width && height ? [`RESOLUTION=${width}x${height}`] : []),
    ...(rate ? [`FRAME-RATE=${rate.toFixed(3)}`] : []),
    `CLOSED-CAPTIONS=${presentation.captions ? '"cc"' : "NONE"}`,
  ];
}

/** As counted: encoders announce what they do not keep. */
function frameRate({ segments, timescale }: Rendition): number | undefined {
  const closed = segments.filter((segment) => segment.closed && segment.duration > 0).slice(-3);
  const seconds = closed.reduce((sum, { duration }) => sum + duration, 0) / timescale;
  const frames = closed.reduce((sum, { parts }) => sum + parts.reduce((count, { frames }) => count + frames, 0), 0);
  return seconds > 0 ? frames / seconds : undefined;
}

function averageBitrate({ segments, timescale }: Rendition): number {
  const seconds = segments.reduce((sum, { duration }) => sum + duration, 0) / timescale;
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  return seconds > 0 ? (bytes * 8) / seconds : 0;
}

/** MP3 in MP4's words, which HLS players know. */
function codecOf({ codec, codecString }: VideoTrack | AudioTrack): string | undefined {
  return codec === "mp3" ? "mp4a.40.34" : codecString;
}
