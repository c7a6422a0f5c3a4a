import type { Verdict } from "./draft.ts";
import type { Setting } from "./origin.ts";

/** Settings of which there is nothing to take, only something to say: the verdict, the words, and the settings' names with spaces between. */
export type Fixed = readonly (readonly [Verdict, string, string])[];

/** What to do with each setting, by name. */
export type Rules<T extends Setting> = Readonly<Record<string, (setting: T) => void>>;

export function fixedRules<T extends Setting>(
  fixed: Fixed,
  say: (setting: T, verdict: Verdict, text: string) => void,
): Rules<T> {
  return Object.fromEntries(
    fixed.flatMap(([verdict, text, names]) =>
      names.split(/\s+/).map((name) => [name, (setting: T) => say(setting, verdict, text)] as const),
    ),
  );
}

export const unknownSetting = "it is not known to the importer; docs/configuration.md has what there is";
export const recording = "streams cannot be recorded yet";
export const programs = "no programs are started";
export const segmentsInMemory = "segments and playlists are made in memory, and served by Sluice itself";
export const ownSizes = "Sluice chooses sizes of chunks, queues and buffers itself";
export const notTold = "nobody is told of it yet; the log has it";
export const noTime = "it is no time that can be taken over";
export const shift = "apps.NAME.dvr says how far back viewers may go, 5 minutes as it comes";
export const hlsAddress = "HLS is at http://HOST:PORT/APP/NAME.m3u8";
export const dashAddress = "DASH is at http://HOST:PORT/APP/NAME.mpd";
export const noEncryption = "segments cannot be encrypted yet; see apps.NAME.access.play";
export const restreaming =
  "it is not taken over: name where streams go to under apps.NAME.push, and where they come from under apps.NAME.pull";
