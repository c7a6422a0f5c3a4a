import type { AppRules } from "./authoriser.ts";
import type { Link } from "./link.ts";

/** The ways that an app's settings name, by name. */
export type Ways = { readonly publish: readonly string[]; readonly play: readonly string[] };

export type AppAccessParts = {
  readonly isOpen: () => boolean;
  /** The settings of an app, or those of one that is not there. */
  readonly ways: (app: string) => Ways;
  /** Makes the links of an app. They ask for their settings anew each time, so they outlive a change. */
  readonly links: (app: string) => readonly Link[];
};

const maxApps = 1_000;

/** The rules of every app, as its settings name them now. */
export function appRules({ isOpen, ways, links }: AppAccessParts): (app: string) => AppRules {
  const made = new Map<string, ReadonlyMap<string, Link>>();
  const linksOf = (app: string) => {
    const known = made.get(app);
    if (known) return known;
    const byName = new Map(links(app).map((link) => [link.name, link]));
    if (made.size < maxApps) made.set(app, byName);
    return byName;
  };
  const cache = new Map<string, { ways: Ways; open: boolean; rules: AppRules }>();
  return (app) => {
    const now = ways(app);
    const open = isOpen();
    const known = cache.get(app);
    if (known && known.ways === now && known.open === open) return known.rules;
    const byName = linksOf(app);
    const named = (names: readonly string[]) => names.flatMap((name) => byName.get(name) ?? []);
    const rules = { publish: named(now.publish), play: named(now.play), open };
    if (cache.size < maxApps) cache.set(app, { ways: now, open, rules });
    return rules;
  };
}
