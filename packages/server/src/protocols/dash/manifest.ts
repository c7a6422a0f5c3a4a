import { type Sound, soundsOf } from "../../core/sounds.ts";
import type { Wish } from "../../core/wish.ts";
import { listed } from "../../segments/listed.ts";
import type { Era, Presentation } from "../../segments/presentation.ts";
import type { Rendition, Segment } from "../../segments/rendition.ts";
import { id3EventScheme, spliceScheme } from "../../segments/timed-events.ts";
import { rungRepresentations } from "./rungs.ts";
import { type Wanted, wantedIn } from "./wanted.ts";

const profiles = "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019";
/** How often a player looks for new segments: with parts in the middle of one, else once a segment. */
const lowLatencyUpdate = 0.5;
/** How far behind the live edge players stay, in parts; and without parts in segments. */
const holdParts = 8;
const holdSegments = 3;
const overhead = 1.08;
/** What the number of a set is more where it is of another codec than the source, for each that there is. */
const otherCodec = 100;
/** How much farther behind players may be before they seek to the live edge, in seconds: longer than they wait for a publisher. dash.js (5.2) waits as long again for the gap in the timeline to pass, and a seek over the end of a period meanwhile may stop it for good. */
const patience = 30;
/** Who is behind plays so much faster instead. */
const fastest = 1.2;

/** The manifest of a live stream (ISO/IEC 23009-1): a period for each era, a timeline for each rendition. `folder`: where everything is, from the manifest. */
export function manifest(presentation: Presentation, form: ManifestForm, publishedAt: Date, folder = ""): string {
  const { lowLatency } = form;
  const { anchorUs, settings, targetSeconds = 1, partSeconds, over, eras } = presentation;
  const hold = lowLatency ? partSeconds * holdParts : targetSeconds * holdSegments;
  const texts = eras.map((era) => period(presentation, era, form));
  const begun = texts.slice(0, hasBegun(presentation, lowLatency) ? eras.length : -1).filter((text) => text !== "");
  const periods = begun.length > 0 ? begun : texts;
  const attributes = [
    'xmlns="urn:mpeg:dash:schema:mpd:2011"',
    `profiles="${profiles}"`,
    `type="${over ? "static" : "dynamic"}"`,
    `availabilityStartTime="${iso(anchorUs)}"`,
    `publishTime="${publishedAt.toISOString()}"`,
    ...(over
      ? [`mediaPresentationDuration="${duration(endUs(presentation) / 1_000_000)}"`]
      : [`minimumUpdatePeriod="${duration(lowLatency ? lowLatencyUpdate : targetSeconds)}"`]),
    `minBufferTime="${duration(lowLatency ? partSeconds : targetSeconds)}"`,
    `maxSegmentDuration="${duration(targetSeconds + 0.5)}"`,
    ...(over
      ? []
      : [
          `timeShiftBufferDepth="${duration(Math.max(settings.windowSeconds, targetSeconds * 4))}"`,
          `suggestedPresentationDelay="${duration(hold)}"`,
        ]),
  ];
  const base = folder === "" ? "" : `  <BaseURL>${folder}</BaseURL>\n`;
  const latency = Math.round(hold * 1000);
  return `<?xml version="1.0" encoding="utf-8"?>
<MPD ${attributes.join(" ")}>
  <ServiceDescription id="0"><Latency target="${latency}" min="${Math.round(latency / 2)}" max="${latency + patience * 1000}"/><PlaybackRate min="0.96" max="${fastest}"/></ServiceDescription>
${base}${periods.join("\n")}
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="now.utc"/>
</MPD>
`;
}

/** Whether all that the newest era will carry is in it: what a period carries is said once. What has not come by its second segment will not. */
export function hasBegun(presentation: Presentation, lowLatency: boolean): boolean {
  const { eras, leader, over, renditions, rungs } = presentation;
  const newest = eras.at(-1)?.number;
  const closed = leader?.segments.filter((each) => each.closed && each.boundary.era === newest) ?? [];
  const isThere = (rendition: Rendition) =>
    rendition.segments.length === 0 ||
    rendition.segments.some((each) => each.boundary.era === newest && isListed(each, lowLatency));
  const areSentThere = rungs.planned.every(({ isSent, rendition }) => !isSent || (rendition && isThere(rendition)));
  return over || closed.length > 1 || (areSentThere && [...renditions.values()].every(isThere));
}

function isListed({ closed, parts }: Segment, lowLatency: boolean): boolean {
  return closed || (lowLatency && parts.length > 0);
}

/** How a manifest is asked for: with the segment that is being written in it, and with what of the qualities. */
export type ManifestForm = { readonly lowLatency: boolean; readonly wish?: Wish | undefined };

function period(presentation: Presentation, era: Era, { lowLatency, wish }: ManifestForm): string {
  const wanted = wantedIn(presentation, era, wish);
  const sound = wish?.sound ?? 0;
  const all = [...presentation.renditions.values()];
  const wantedSound = all.find(({ kind, track }) => kind === "audio" && track.id === sound);
  const mainSound = wantedSound ?? all.find(({ kind }) => kind === "audio");
  const sets = all
    .flatMap((rendition, index) => {
      const isMain = rendition.kind === "video" || rendition === mainSound;
      return adaptationSets(presentation, rendition, era, { lowLatency, index, wanted, isMain });
    })
    .filter((text) => text !== "");
  if (sets.length === 0) return "";
  return `  <Period id="${era.number}" start="${duration((era.startUs + era.anchorUs - presentation.anchorUs) / 1_000_000)}">
${sets.join("\n")}
  </Period>`;
}

/** `wanted`: which pictures, by their keys. `isMain`: it is what players begin with. */
type SetForm = {
  readonly lowLatency: boolean;
  readonly index: number;
  readonly wanted: Wanted;
  readonly isMain: boolean;
};

/** Those of a rendition: its own, with the rungs beside it, and one for the rungs of each other codec. */
function adaptationSets(
  presentation: Presentation,
  rendition: Rendition,
  era: Era,
  { lowLatency, index, wanted, isMain }: SetForm,
): string[] {
  const segments = listed(rendition, presentation).filter(
    (each) => each.boundary.era === era.number && isListed(each, lowLatency),
  );
  const [first] = segments;
  if (!first) return [];
  const { kind, key } = rendition;
  const sap = presentation.independent || kind === "audio" ? ' startWithSAP="1"' : "";
  const body = `${labelOf(presentation, rendition)}${lowLatency ? producerTime(rendition, era) : ""}${eventStreams(presentation, rendition)}      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="${isMain ? "main" : "alternate"}"/>
${template(presentation, rendition, era, segments, lowLatency)}`;
  const set = (id: number, representations: readonly string[]) =>
    representations.length === 0
      ? []
      : [
          `    <AdaptationSet id="${id}" contentType="${kind}" mimeType="${kind}/mp4"${langOf(presentation, rendition)} segmentAlignment="true"${sap}>
${body}
${representations.join("\n")}
    </AdaptationSet>`,
        ];
  if (kind === "audio") return set(index, [representation(rendition, first, key)]);
  const rungs = rendition === presentation.leader ? rungRepresentations(presentation, era) : [];
  const listedRungs = rungs.filter((rung) => wanted(rung.key));
  const own = wanted(key) ? [representation(rendition, first, key)] : [];
  const textsOf = (wantedCodec: string) =>
    listedRungs.filter(({ codec }) => codec === wantedCodec).map(({ text }) => text);
  const others = [...new Set(rungs.map(({ codec }) => codec))].filter((codec) => codec !== rendition.track.codec);
  return [
    ...set(index, [...own, ...textsOf(rendition.track.codec)]),
    ...others.flatMap((codec, place) => set(index + otherCodec * (place + 1), textsOf(codec))),
  ];
}

function soundOf({ stream }: Presentation, { kind, track }: Rendition): Sound | undefined {
  if (kind === "video") return undefined;
  return soundsOf(stream.tracks, stream.metadata).find((sound) => sound.track.id === track.id);
}

function langOf(presentation: Presentation, rendition: Rendition): string {
  const language = soundOf(presentation, rendition)?.language;
  return language === undefined ? "" : ` lang="${language}"`;
}

/** What people choose a sound by, where there are several (23009-1, 5.3.7.2). */
function labelOf(presentation: Presentation, rendition: Rendition): string {
  const sounds = [...presentation.renditions.values()].filter(({ kind }) => kind === "audio");
  const name = soundOf(presentation, rendition)?.name;
  return name === undefined || sounds.length < 2 ? "" : `      <Label>${escaped(name)}</Label>\n`;
}

/** A manifest is ASCII. */
function escaped(text: string): string {
  return text.replace(/[&<>]|[^ -~]/gu, (letter) => `&#${letter.codePointAt(0)};`);
}

function producerTime({ timescale }: Rendition, { startUs, anchorUs }: Era): string {
  return `      <ProducerReferenceTime id="0" inband="true" type="encoder" wallClockTime="${iso(anchorUs + startUs)}" presentationTime="${ticksOf(startUs, timescale)}"><UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="now.utc"/></ProducerReferenceTime>
`;
}

/** What is said in time with the picture stands in front of the leader's fragments (23009-1, 5.10.3.3). */
function eventStreams({ leader, hasEvents, cues }: Presentation, rendition: Rendition): string {
  if (rendition !== leader || !hasEvents) return "";
  const schemes = [
    `schemeIdUri="${id3EventScheme}" value="0"`,
    ...(cues.length > 0 ? [`schemeIdUri="${spliceScheme}"`] : []),
  ];
  return schemes.map((scheme) => `      <InbandEventStream ${scheme}/>\n`).join("");
}

function template(
  presentation: Presentation,
  rendition: Rendition,
  era: Era,
  segments: readonly Segment[],
  lowLatency: boolean,
): string {
  const { nonce, partSeconds, targetSeconds = 1 } = presentation;
  const { key, timescale } = rendition;
  const [first] = segments;
  // The last may be short, where the publisher was lost.
  const shortest = Math.min(targetSeconds, ...segments.slice(0, -1).map((each) => each.duration / timescale));
  const early = lowLatency
    ? ` availabilityTimeOffset="${seconds(Math.max(0, shortest - partSeconds))}" availabilityTimeComplete="false"`
    : "";
  const init = `${key}/${nonce}-i${first?.init.number ?? 0}.mp4`;
  return `      <SegmentTemplate timescale="${timescale}" presentationTimeOffset="${ticksOf(era.startUs, timescale)}" startNumber="${first?.msn ?? 0}" initialization="${init}" media="${key}/${nonce}-$Number$.m4s"${early}>
        <SegmentTimeline>${timeline(presentation, rendition, segments)}</SegmentTimeline>
      </SegmentTemplate>`;
}

/** Each segment's beginning and duration; the same durations behind each other in one element (23009-1, 5.3.9.6). */
function timeline(presentation: Presentation, rendition: Rendition, segments: readonly Segment[]): string {
  const runs: { t: number; d: number; r: number; end: number }[] = [];
  segments.forEach((segment, index) => {
    const next = segments[index + 1];
    const d = next
      ? next.ticks - segment.ticks
      : segment.closed
        ? segment.duration
        : expected(presentation, rendition, segment);
    const last = runs.at(-1);
    if (last && last.d === d && last.end === segment.ticks) {
      last.r++;
      last.end += d;
    } else runs.push({ t: segment.ticks, d, r: 0, end: segment.ticks + d });
  });
  return runs.map(({ t, d, r }) => `<S t="${t}" d="${d}"${r > 0 ? ` r="${r}"` : ""}/>`).join("");
}

/** What the segment that is being written will last, if it goes on as before. */
function expected({ targetSeconds = 1 }: Presentation, { segments, timescale }: Rendition, open: Segment): number {
  const before = segments.at(-2)?.duration ?? targetSeconds * timescale;
  return Math.max(before, open.duration);
}

function representation({ peakBitrate, segments, timescale, kind }: Rendition, first: Segment, id: string): string {
  const { track } = first.init;
  const last = segments.findLast(({ closed }) => closed) ?? first;
  const bandwidth = Math.ceil(Math.max(peakBitrate, 1000) * overhead);
  const codec = track.codec === "mp3" ? "mp4a.40.34" : track.codecString;
  const codecs = codec === undefined ? "" : ` codecs="${codec}"`;
  if (track.kind === "audio") {
    const channels = `<AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="${track.channels ?? 2}"/>`;
    return `      <Representation id="${id}" bandwidth="${bandwidth}"${codecs} audioSamplingRate="${track.sampleRate ?? timescale}">${channels}</Representation>`;
  }
  const size = track.width && track.height ? ` width="${track.width}" height="${track.height}"` : "";
  const frames = last.parts.reduce((sum, part) => sum + part.frames, 0);
  const rate =
    kind === "video" && last.duration > 0
      ? ` frameRate="${Math.max(1, Math.round((frames * timescale) / last.duration))}"`
      : "";
  return `      <Representation id="${id}" bandwidth="${bandwidth}"${codecs}${size}${rate}/>`;
}

/** When the newest segment ends, from the presentation's start; microseconds. */
function endUs(presentation: Presentation): number {
  const ends = [...presentation.renditions.values()].map(({ segments, timescale }) => {
    const last = segments.at(-1);
    return last
      ? last.boundary.anchorUs - presentation.anchorUs + ((last.ticks + last.duration) / timescale) * 1_000_000
      : 0;
  });
  return Math.max(0, ...ends);
}

function ticksOf(us: number, timescale: number): number {
  return Math.round((us * timescale) / 1_000_000);
}

function iso(us: number): string {
  return new Date(us / 1000).toISOString();
}

function duration(value: number): string {
  return `PT${seconds(value)}S`;
}

function seconds(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
