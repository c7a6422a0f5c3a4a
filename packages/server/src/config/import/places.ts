import { network } from "../network.ts";
import type { AppDraft, Draft } from "./draft.ts";
import type { Setting } from "./origin.ts";

/** From where one may do something: from some networks or all, but not from others. */
export type Places = { readonly allow: readonly string[] | "all"; readonly deny: readonly string[] };

/** Who may publish and who may watch, by address, and the settings that say so. */
export type PlaceRules = {
  readonly publish: Places;
  readonly play: Places;
  readonly settings: readonly Setting[];
  /** The other server kept viewers out over RTMP alone, and had HLS or DASH for all. */
  readonly playsElsewhere?: boolean;
};

export const everywhere: Places = { allow: "all", deny: [] };

const most = 1_000;

/** Writes who may publish and watch by address into an app, as far as our three lists can say it. Where they cannot, fewer may rather than more. */
export function placeApp(draft: Draft, app: AppDraft, { publish, play, settings, playsElsewhere }: PlaceRules): void {
  const [first] = settings;
  if (first === undefined) return;
  const add = (key: string, networks: readonly string[]) => {
    for (const setting of settings) app.add(`access.addresses.${key}`, networks, most, setting);
  };
  const deny = [...new Set([...publish.deny, ...(playsElsewhere ? [] : play.deny)])];
  if (deny.length > 0) add("deny", deny);
  if (!same(publish.deny, play.deny) && deny.length > 0)
    draft.remark("changed", first, "who is kept out here may neither publish nor watch, over any protocol");
  if (publish.allow !== "all" && publish.allow.length === 0) {
    app.publishing = "nobody";
    draft.remark("changed", first, `nobody may publish: apps.${app.name}.access.publish is empty`);
  } else if (publish.allow !== "all") add("publish", publish.allow);
  if (play.allow !== "all") allowPlaces(draft, app, { publish, play, first, add, playsElsewhere });
}

type Allowing = {
  readonly publish: Places;
  readonly play: Places;
  readonly first: Setting;
  readonly playsElsewhere: boolean | undefined;
  add(key: string, networks: readonly string[]): void;
};

function allowPlaces(draft: Draft, app: AppDraft, { publish, play, first, add, playsElsewhere }: Allowing): void {
  if (playsElsewhere) {
    const text =
      "it held for RTMP, and HLS or DASH was for all; here one rule holds for every protocol, and everybody may watch";
    return draft.remark("open", first, text);
  }
  if (publish.allow === "all") {
    const text = `watching was for some addresses only, and publishing for all; apps.${app.name}.access.addresses.allow would hold for both, so set it, or apps.${app.name}.access.play, yourself`;
    return draft.remark("open", first, text);
  }
  const both = [...new Set([...publish.allow, ...(play.allow === "all" ? [] : play.allow)])];
  if (both.length > 0) add("allow", both);
  else add("deny", ["0.0.0.0/0", "::/0"]);
  draft.remark(
    "changed",
    first,
    "it holds for every protocol here, HLS and DASH too; who may publish may watch as well",
  );
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}

/** One line of a list that is read in order: the first that fits decides. */
export type OrderedRule = { readonly allow: boolean; readonly whom: string; readonly setting: Setting };

/** The places that an ordered list comes to; without a word for all, the rest may. */
export function orderedPlaces(draft: Draft, rules: readonly OrderedRule[]): Places {
  const end = rules.findIndex(({ whom }) => whom === "all");
  const before = (end < 0 ? rules : rules.slice(0, end)).filter((rule) => isPlace(draft, rule));
  const denied = before.filter(({ allow }) => !allow).map(({ whom }) => whom);
  const allowed = before.filter(({ allow }) => allow);
  const last = rules[end];
  if (last && !last.allow) return { allow: allowed.map(({ whom }) => whom), deny: deniedFirst(before) };
  const exception = allowed.find((rule) => before.indexOf(rule) < before.findLastIndex(({ allow }) => !allow));
  if (exception)
    draft.remark(
      "changed",
      exception.setting,
      "an exception from a deny that follows cannot be said here: it is kept out",
    );
  return { allow: "all", deny: denied };
}

/** Behind the last allow a deny says nothing that the end does not. */
function deniedFirst(before: readonly OrderedRule[]): readonly string[] {
  const lastAllow = before.findLastIndex(({ allow }) => allow);
  return before.filter(({ allow }, index) => !allow && index < lastAllow).map(({ whom }) => whom);
}

export function isPlace(draft: Draft, { allow, whom, setting }: OrderedRule): boolean {
  if (network(whom)) return true;
  draft.remark(allow ? "missing" : "open", setting, "only IP addresses and networks can be named here");
  return false;
}
