import type { AppDraft, Draft } from "./draft.ts";
import { type Fixed, fixedRules, type Rules, unknownSetting } from "./fixed-rules.ts";
import { walk } from "./origin.ts";
import { computed, type Entry, inside, isOn, remarkBelow, said } from "./tree.ts";

const fixed: Fixed = [
  [
    "changed",
    "the API always wants to know who asks: `sluice password`, `sluice account create`",
    "api api_user api_pass jwt",
  ],
];

/** Its signature is one of our forms. Without one everybody may publish, and watch, as there. */
export function importAuth(draft: Draft, apps: readonly AppDraft[], entry: Entry): void {
  if (entry.value.kind === "computed") return draft.remark("open", entry, computed);
  const secret = said(inside(entry), "secret");
  const rules: Rules<Entry> = {
    ...fixedRules<Entry>(fixed, (each, verdict, text) => remarkBelow(draft, verdict, each, text)),
    publish: (each) => need(draft, apps, each, { action: "publish", secret }),
    play: (each) => need(draft, apps, each, { action: "play", secret }),
    secret: (each) => {
      if (secret === undefined) return remarkBelow(draft, "missing", each, "it is empty");
      for (const app of apps) {
        app.set("access.signed.form", "node-media-server", each);
        app.set("access.signed.secret", secret, each);
      }
    },
  };
  walk(inside(entry), rules, (each) => remarkBelow(draft, "missing", each, unknownSetting));
}

type Need = { readonly action: "publish" | "play"; readonly secret: string | undefined };

/** What is computed is taken for true: rather a door too many than one too few. */
function need(draft: Draft, apps: readonly AppDraft[], entry: Entry, { action, secret }: Need): void {
  const isComputed = entry.value.kind === "computed";
  if (!isOn(entry) && !isComputed) return draft.remark("same", entry, `everybody may ${action}`);
  if (isComputed) draft.remark("changed", entry, "the program computes it; it was taken for true");
  for (const app of apps) {
    app.add(`access.${action}`, ["signed"], 8, entry);
    if (action === "publish") app.publishing = "checked";
  }
  const text = "its secret is not in the file: write it into access.signed.secret; until then nobody may";
  if (secret === undefined) draft.remark("changed", entry, text);
}
