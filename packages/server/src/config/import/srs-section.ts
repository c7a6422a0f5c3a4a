import type { Directive } from "./directives.ts";
import type { Draft, Verdict } from "./draft.ts";
import type { Rules } from "./fixed-rules.ts";

export const switchedOff = "it was switched off";

/** A section and all that stands in it. */
export function remarkAll(draft: Draft, verdict: Verdict, directive: Directive, text: string): void {
  draft.remark(verdict, directive, text);
  for (const each of directive.inner ?? []) remarkAll(draft, verdict, each, text);
}

/** Whether a section is there and not switched off. */
export function isEnabled(directive: Directive, asItComes: boolean = false): boolean {
  const said = directive.inner?.find(({ name }) => name === "enabled")?.args[0];
  return said === undefined ? asItComes : said === "on";
}

/** The rules of a section that is on, its `enabled` among them. */
export function sectionRules(draft: Draft, rules: Rules<Directive>): Rules<Directive> {
  return { enabled: (each) => draft.remark("same", each, "the section was on"), ...rules };
}
