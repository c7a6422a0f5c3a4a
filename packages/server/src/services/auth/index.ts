import type { Access, Denial } from "../../core/access.ts";
import type { Grants } from "../../core/grants.ts";
import { appRules, type Ways } from "./app-access.ts";
import { authoriser, type Rule } from "./authoriser.ts";
import type { Link } from "./link.ts";
import { type KeptKey, keyLink } from "./stream-keys.ts";

/** What the configuration says of one app. */
export type AppAccessSettings = Ways;

/** What it says of access. */
export type AccessSettings = {
  readonly auth: "key" | "open";
  readonly streamKeys: readonly string[];
  readonly app: (app: string) => AppAccessSettings | undefined;
};

export type AccessParts = {
  readonly settings: () => AccessSettings;
  readonly grants: Grants;
  readonly keptKey?: (hash: string) => Promise<KeptKey | undefined>;
  /** Rules of the host's, after our own. */
  readonly rules: readonly Rule[];
};

/** Apps that are not there need a key as well: nobody without one learns which are. */
const unknownApp: Ways = { publish: ["key"], play: [] };

/** Who may publish and who may watch, by the configuration and the records. */
export function openAccess({ settings, grants, keptKey, rules }: AccessParts): Access {
  const links = (_app: string): readonly Link[] => [
    keyLink({ configured: () => settings().streamKeys, ...(keptKey ? { kept: keptKey } : {}) }),
  ];
  return authoriser({
    app: appRules({
      isOpen: () => settings().auth === "open",
      ways: (app) => settings().app(app) ?? unknownApp,
      links,
    }),
    grants,
    rules,
    refused: (_request: unknown, _denial: Denial) => {},
  });
}
