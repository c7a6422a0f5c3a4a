import type { AppDraft, Draft } from "./draft.ts";
import { publishers, readers } from "./mediamtx-path.ts";
import { everywhere, isPlace, placeApp } from "./places.ts";
import { type Entry, find, inside, remarkBelow, said, textOf, textsOf } from "./tree.ts";

const prefixes: Readonly<Record<string, string>> = { internal: "authInternal", http: "authHTTP", jwt: "authJWT" };

/** Who may publish and watch. MediaMTX lets everybody do both where nothing is said. */
export function importAuth(draft: Draft, apps: readonly AppDraft[], entries: readonly Entry[]): void {
  const all = entries.filter(({ name }) => name.startsWith("auth") || name === "externalAuthenticationURL");
  const chosen = find(all, "authMethod");
  const method = (chosen && textOf(chosen)) ?? "internal";
  const used = prefixes[method] ?? "authInternal";
  for (const entry of all) {
    if (entry.name === "externalAuthenticationURL" || entry.name.startsWith(used)) importWay(draft, apps, entry);
    else if (entry === chosen || entry.name === "authMethods") draft.remark("changed", entry, ways);
    else remarkBelow(draft, "same", entry, "it belongs to a method that was not chosen");
  }
}

const ways = "each app has ways of its own: apps.NAME.access.publish and apps.NAME.access.play";

function importWay(draft: Draft, apps: readonly AppDraft[], entry: Entry): void {
  switch (entry.name) {
    case "authInternalUsers":
      return users(draft, apps, entry);
    case "authHTTPAddress":
    case "externalAuthenticationURL":
      return callback(draft, apps, entry);
    case "authJWTJWKS":
      return tokens(draft, apps, entry);
    default:
      return remarkBelow(draft, "missing", entry, "there is no counterpart; the API has accounts of its own");
  }
}

function callback(draft: Draft, apps: readonly AppDraft[], entry: Entry): void {
  const url = textOf(entry);
  if (url === undefined) return draft.remark("same", entry, "nobody is asked");
  for (const app of apps) {
    for (const action of ["publish", "play"]) {
      app.add(`access.${action}`, ["callback"], 8, entry);
      app.set(`access.callback.${action}`, url, entry);
    }
    app.publishing = "checked";
  }
  const text =
    "the question is another JSON object: event for action, app and stream for path, address for ip, and query an object in which user and pass are (docs/access-callbacks.md). Change the program first, else it refuses";
  draft.remark("changed", entry, text);
}

function tokens(draft: Draft, apps: readonly AppDraft[], entry: Entry): void {
  const url = textOf(entry);
  if (url === undefined) return draft.remark("same", entry, "it names no keys");
  for (const app of apps) {
    for (const action of ["publish", "play"]) app.add(`access.${action}`, ["jwt"], 8, entry);
    app.set("access.jwt.jwks", url, entry);
    app.publishing = "checked";
  }
  const text =
    "a token says what it is for in the claims action, app and stream in place of mediamtx_permissions, and needs an exp; it is shown as ?token=… (docs/access-tokens.md)";
  draft.remark("changed", entry, text);
}

type Permission = { readonly action: string; readonly path: string | undefined };
type User = {
  readonly entry: Entry;
  readonly isAny: boolean;
  readonly ips: readonly string[];
  readonly permissions: readonly Permission[];
};

/** Where `any` may, everybody may; whoever has a password there has a key here. */
function users(draft: Draft, apps: readonly AppDraft[], entry: Entry): void {
  const known = inside(entry).map(userOf);
  draft.remark("changed", entry, "see docs/access.md for who may publish and watch");
  for (const user of known) remarkUser(draft, user);
  const anybody = (action: string) =>
    known.filter(
      ({ isAny, permissions }) =>
        isAny && permissions.some((each) => each.action === action && each.path === undefined),
    );
  const publishing = anybody("publish");
  const isAnywhere = (list: readonly User[]) => list.some(({ ips }) => ips.length === 0);
  for (const app of apps) {
    if (publishing.length === 0) app.publishing = "checked";
    else if (!isAnywhere(publishing)) placePublishers(draft, app, publishing);
  }
  if (!isAnywhere(anybody("read"))) draft.remark("open", entry, readers);
}

function placePublishers(draft: Draft, app: AppDraft, publishing: readonly User[]): void {
  const allow = publishing.flatMap(({ ips, entry: setting }) =>
    ips.filter((whom) => isPlace(draft, { allow: true, whom, setting })),
  );
  const settings = publishing.map(({ entry }) => entry);
  placeApp(draft, app, { publish: { allow, deny: [] }, play: everywhere, settings });
}

function userOf(entry: Entry): User {
  const inner = inside(entry);
  const permissions = inside(find(inner, "permissions")).map((each) => ({
    action: said(inside(each), "action") ?? "",
    path: said(inside(each), "path"),
  }));
  return { entry, isAny: said(inner, "user") === "any", ips: textsOf(find(inner, "ips")), permissions };
}

function remarkUser(draft: Draft, { entry, isAny, permissions }: User): void {
  const may = (action: string) => permissions.some((each) => each.action === action);
  const anybody = "what everybody may is at auth and apps.NAME.access; a path of its own needs an app of its own";
  const isForApi = !may("publish") && !may("read");
  if (isForApi) remarkBelow(draft, "changed", entry, "accounts for the API are made with `sluice account create`");
  else if (isAny) remarkBelow(draft, "changed", entry, anybody);
  else remarkBelow(draft, "changed", entry, may("publish") ? publishers : readers);
}
