import { type Preset, presets } from "./engine.ts";
import type { LadderPlan } from "./ladder.ts";

/** A ladder that is less work, and what it leaves out, by name. */
export type Eased = LadderPlan & { readonly leftOut: readonly string[] };

const lighter = ["superfast", "ultrafast"] as const;

/** What can be made of a ladder that is too much work, each less than the one before it: as it was planned, then with less care, then without the dearest qualities. One quality is always left. */
export function easings(plan: LadderPlan): readonly Eased[] {
  const steps: Eased[] = [{ ...plan, leftOut: [] }];
  let current = plan.presets;
  for (const most of lighter) {
    const lowered = current.map((preset) => lower(preset, most));
    if (lowered.some((preset, index) => preset !== current[index]))
      steps.push({ ...plan, presets: lowered, leftOut: [] });
    current = lowered;
  }
  for (let without = 1; without < plan.rungs.length; without++)
    steps.push({
      ...plan,
      rungs: plan.rungs.slice(without),
      presets: current.slice(without),
      leftOut: plan.rungs.slice(0, without).map(({ name }) => name),
    });
  return steps;
}

function lower(preset: Preset, most: Preset): Preset {
  return presets.indexOf(preset) > presets.indexOf(most) ? most : preset;
}
