import { soundName, sourceName } from "../core/seats.ts";
import { soundsOf } from "../core/sounds.ts";
import type { Stream } from "../core/stream.ts";

/**
 * The qualities of a stream for players of a body that has no list of them, by the names that `?rendition=` takes: `"source";width=1280;height=720, "480p";width=854;height=480, "audio"`
 * (a list of RFC 9651). And its sounds by the numbers that `?audio=` takes, their names as in addresses: `0;name="Live", 1;name="VOD%20track";lang="de"`. No header where there is only one.
 */
export function renditionsHeader(stream: Stream): Readonly<Record<string, string>> {
  return { ...qualities(stream), ...sounds(stream) };
}

function qualities({ ladder, tracks }: Stream): Readonly<Record<string, string>> {
  if (ladder.rungs.length === 0) return {};
  const source = tracks.find(({ kind }) => kind === "video");
  const size = source?.kind === "video" && source.width && source.height ? source : undefined;
  const items = [
    item(sourceName, size?.width, size?.height),
    ...ladder.rungs.map(({ name, plan }) => item(name, plan.width, plan.height)),
    ...(tracks.some(({ kind }) => kind === "audio") ? [item(soundName)] : []),
  ];
  return { "sluice-renditions": items.join(", ") };
}

function sounds({ tracks, metadata }: Stream): Readonly<Record<string, string>> {
  const all = soundsOf(tracks, metadata);
  if (all.length < 2) return {};
  const items = all.map(
    ({ track, name, language }) =>
      `${track.id};name="${encodeURIComponent(name)}"${language === undefined ? "" : `;lang="${language}"`}`,
  );
  return { "sluice-sounds": items.join(", ") };
}

function item(name: string, width?: number, height?: number): string {
  return width && height ? `"${name}";width=${width};height=${height}` : `"${name}"`;
}
