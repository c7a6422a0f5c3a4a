import type { Directive } from "./directives.ts";
import type { AppDraft, Draft } from "./draft.ts";
import { notTold, unknownSetting } from "./fixed-rules.ts";
import { walk } from "./origin.ts";
import { isPlace, type OrderedRule, type Places, placeApp } from "./places.ts";
import { isEnabled, remarkAll, sectionRules, switchedOff } from "./srs-section.ts";

/** Pages that may watch, in the old form and the new: `refer a b;`, and a section with `all`, `play` and `publish`. */
export function limitPages(draft: Draft, apps: readonly AppDraft[], directive: Directive): void {
  const take = (each: Directive) => takePages(draft, apps, each);
  if (!directive.inner) return take(directive);
  if (!isEnabled(directive)) return remarkAll(draft, "same", directive, switchedOff);
  const publish = (each: Directive) => draft.remark("open", each, "publishers are not asked for their page");
  walk(directive.inner, sectionRules(draft, { all: take, play: take, publish }), (each) =>
    draft.remark("missing", each, unknownSetting),
  );
}

function takePages(draft: Draft, apps: readonly AppDraft[], directive: Directive): void {
  const hosts = directive.args.filter((host) => /^[A-Za-z0-9.:_-]{1,251}$/.test(host));
  if (hosts.length < directive.args.length) draft.remark("missing", directive, "a host in it cannot be taken over");
  if (hosts.length === 0) return draft.remark("open", directive, "it names no host that can be taken over");
  for (const app of apps) {
    const forms = hosts.flatMap((host) => [host, `*.${host}`]);
    app.add("access.referrers", forms, 100, directive);
    app.set("access.referrerNeeded", true, directive);
  }
  const text =
    "it holds for watching, over every protocol: players that name no page are refused, unless access.referrerNeeded is false";
  draft.remark("changed", directive, text);
}

/** SRS: who is allowed may, unless denied; without any allow everybody is allowed. */
export function limitPlaces(draft: Draft, apps: readonly AppDraft[], directive: Directive): void {
  const inner = directive.inner ?? [];
  const rules = inner.filter(({ name }) => name === "allow" || name === "deny");
  const settings = rules.length > 0 ? rules : [directive];
  const publish = placesFor("publish", draft, rules);
  const play = placesFor("play", draft, rules);
  for (const app of apps) placeApp(draft, app, { publish, play, settings });
  draft.remark("changed", directive, "it is at apps.NAME.access.addresses");
  const rest = inner.filter((each) => !rules.includes(each));
  walk(rest, sectionRules(draft, {}), (each) => draft.remark("missing", each, unknownSetting));
}

function placesFor(action: string, draft: Draft, rules: readonly Directive[]): Places {
  const whom = (verdict: string): readonly OrderedRule[] =>
    rules
      .filter(({ name, args }) => name === verdict && args[0] === action)
      .map((setting) => ({ allow: verdict === "allow", whom: setting.args[1] ?? "", setting }));
  const isForAll = (list: readonly OrderedRule[]) => list.some((each) => each.whom === "all");
  const networks = (list: readonly OrderedRule[]) =>
    list.filter((each) => each.whom !== "all" && isPlace(draft, each)).map((each) => each.whom);
  const [allowed, denied] = [whom("allow"), whom("deny")];
  if (isForAll(denied)) return { allow: [], deny: [] };
  const isOpen = isForAll(allowed) || !(rules.length === 0 || rules.some(({ name }) => name === "allow"));
  return { allow: isOpen ? "all" : networks(allowed), deny: networks(denied) };
}

/** Programs that are asked over HTTP. */
export function askHooks(draft: Draft, apps: readonly AppDraft[], directive: Directive): void {
  const ask = (action: "publish" | "play") => (each: Directive) => {
    const [url = "", ...more] = each.args;
    for (const app of apps) {
      app.add(`access.${action}`, ["callback"], 8, each);
      app.set(`access.callback.${action}`, url, each);
      app.set("access.callback.form", "srs", each);
      if (action === "publish") app.publishing = "checked";
    }
    if (more.length > 0) draft.remark("open", each, "one address is asked, the first; all of them had to say yes");
  };
  const connecting = "who connects is asked about when they publish or play: on_publish and on_play";
  const rules = sectionRules(draft, {
    on_publish: ask("publish"),
    on_play: ask("play"),
    on_connect: (each) => draft.remark("open", each, connecting),
  });
  draft.remark("changed", directive, "it is at apps.NAME.access.callback");
  walk(directive.inner ?? [], rules, (each) => draft.remark("missing", each, notTold));
}
