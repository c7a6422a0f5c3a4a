import { isIP } from "node:net";
import { isPublicAddress } from "../network.ts";
import type { Directive } from "./directives.ts";
import type { AppDraft, Draft } from "./draft.ts";

const maxPushes = 32;
const named =
  "a name that leads to this machine or into a private network needs `private: true` beside the address, and rtmps is possible";
const oneName = "a stream can be fetched under its own name alone: see apps.NAME.pull.url";

/** nginx-rtmp's `push`: without an app or a name in the address these are the stream's own. */
export function importPush(draft: Draft, app: AppDraft, directive: Directive): void {
  const [given = "", ...options] = directive.args;
  if (options.length > 0) return draft.remark("missing", directive, "options behind the address are not taken over");
  const { server, parts } = placesOf(given);
  const path = [parts[0] ?? app.name, ...(parts.length > 1 ? parts.slice(1) : ["{name}"])].join("/");
  send(draft, app, `${server}/${path}`, directive);
}

/** nginx-rtmp's `pull`: `static` is fetched whether somebody watches or not. */
export function importPull(draft: Draft, app: AppDraft, directive: Directive): void {
  const [given = "", ...options] = directive.args;
  const { server, parts } = placesOf(given);
  const name = options.find((each) => each.startsWith("name="))?.slice("name=".length);
  const rest = options.filter((each) => each !== "static" && !each.startsWith("name="));
  if (rest.length > 0 || (parts.length > 1 && parts.slice(1).join("/") !== name))
    return draft.remark("missing", directive, oneName);
  const url = `${server}/${parts[0] ?? app.name}/{name}`;
  app.set("pull.url", url, directive);
  if (isPrivate(url)) app.set("pull.private", true, directive);
  if (options.includes("static") && name !== undefined) app.add("pull.always", [name], 1_000, directive);
  draft.remark("changed", directive, named);
}

/** SRS's `forward`: every stream goes there under its own name. */
export function importForward(draft: Draft, apps: readonly AppDraft[], directive: Directive): void {
  for (const app of apps)
    for (const host of directive.args) send(draft, app, `rtmp://${host}/${app.name}/{name}`, directive);
}

function send(draft: Draft, app: AppDraft, url: string, directive: Directive): void {
  app.add("push", [isPrivate(url) ? { url, private: true } : { url }], maxPushes, directive);
  draft.remark("changed", directive, named);
}

function placesOf(address: string): { readonly server: string; readonly parts: readonly string[] } {
  const [, scheme = "rtmp:", host = "", path = ""] = /^([a-z]+:)?(?:\/\/)?([^/]*)(.*)$/i.exec(address) ?? [];
  return { server: `${scheme}//${host}`, parts: path.split("/").filter((part) => part !== "") };
}

/** The other server trusted every address. */
function isPrivate(url: string): boolean {
  const host = (URL.parse(url.replace(/^rtmps?:/, "http:"))?.hostname ?? "").replace(/^\[|\]$/g, "");
  return host === "localhost" || (isIP(host) !== 0 && !isPublicAddress(host));
}
