import type { AppDraft, Draft } from "./draft.ts";
import type { Setting } from "./origin.ts";
import { durationText } from "./units.ts";

const shortestMs = 1_000;
const longestMs = 6_000;

/** How long segments are, within what there can be here. */
export function segmentLength(draft: Draft, app: AppDraft, setting: Setting, ms: number | undefined): void {
  if (ms === undefined) return draft.remark("missing", setting, "it is no time that can be taken over");
  const fitting = Math.min(Math.max(ms, shortestMs), longestMs);
  app.set("segment", durationText(fitting), setting);
  if (fitting !== ms) draft.remark("changed", setting, "segments are 1 to 6 seconds long: apps.NAME.segment");
}
