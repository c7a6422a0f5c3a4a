import type { Directive } from "./directives.ts";
import type { AppDraft, Draft } from "./draft.ts";
import { listenAddress } from "./units.ts";

const relevant = new Set([
  "secure_link",
  "secure_link_md5",
  "rtmp_stat",
  "rtmp_control",
  "allow",
  "deny",
  "auth_basic",
  "auth_request",
  "auth_jwt",
]);

type Location = { readonly directive: Directive; readonly server: Directive };

/** Takes from `http` what is about streams: where HLS was served, and to whom. The rest stays with nginx. */
export function importHttp(draft: Draft, http: Directive): void {
  draft.remark("same", http, "Sluice has an HTTP server of its own; what nginx does besides is left with nginx");
  const servers = (http.inner ?? []).filter(({ name, inner }) => name === "server" && inner);
  const locations = servers.flatMap((server) =>
    locationsIn(server.inner ?? []).map((directive) => ({ directive, server })),
  );
  for (const location of locations) importLocation(draft, location);
}

function locationsIn(directives: readonly Directive[]): readonly Directive[] {
  return directives.flatMap((each) =>
    each.name === "location" && each.inner ? [each, ...locationsIn(each.inner)] : [],
  );
}

function importLocation(draft: Draft, { directive, server }: Location): void {
  const inner = directive.inner ?? [];
  const told = inner.filter(({ name }) => relevant.has(name));
  const isOfStreams = inner.some(({ name }) => name === "rtmp_stat" || name === "rtmp_control" || name === "flv_live");
  const path = directive.args.at(-1) ?? "";
  const isServed = /hls|dash|live|stream|m3u8|mpd/i.test(
    [path, ...inner.filter(({ name }) => name === "alias" || name === "root").flatMap(({ args }) => args)].join(" "),
  );
  if (!isOfStreams && !isServed) return;
  if (isServed) listenLikeNginx(draft, server);
  for (const each of told) if (!/^secure_link/.test(each.name)) remarkOn(draft, each);
  if (told.some(({ name }) => name === "secure_link_md5")) secureLink(draft, inner, path);
}

/** The port under which players know the playlists. */
function listenLikeNginx(draft: Draft, server: Directive): void {
  for (const directive of (server.inner ?? []).filter(({ name }) => name === "listen")) {
    const address = listenAddress(directive.args[0] ?? "");
    if (!address) continue;
    const key = directive.args.includes("ssl") ? "securePort" : "port";
    draft.set(["http", key], address.port, directive);
    draft.remark("changed", directive, "Sluice listens there in place of nginx; choose another port where nginx stays");
  }
}

function remarkOn(draft: Draft, directive: Directive): void {
  switch (directive.name) {
    case "rtmp_stat":
      return draft.remark("changed", directive, "what is live is at /api/v1/streams, and `sluice streams` lists it");
    case "rtmp_control":
      return draft.remark(
        "changed",
        directive,
        "sessions are ended with `sluice kick`, or DELETE /api/v1/sessions/ID; recording cannot be started yet",
      );
    default:
      return draft.remark(
        "open",
        directive,
        "it is about HTTP in nginx; see apps.NAME.access.play and apps.NAME.access.addresses",
      );
  }
}

function secureLink(draft: Draft, inner: readonly Directive[], path: string): void {
  const given = inner.find(({ name }) => name === "secure_link");
  const isUsual = /^\$arg_md5,\s*\$arg_expires$/.test(given?.args.join(" ").trim() ?? "");
  if (given && isUsual) draft.remark("same", given, "addresses end in ?md5=…&expires=…");
  else if (given) draft.remark("open", given, otherForm);
  const hashed = inner.filter(({ name }) => name === "secure_link_md5");
  for (const directive of hashed) {
    const form = isUsual ? signedForm(directive.args.join(" ")) : undefined;
    if (form) signAll(draft, path, form, directive);
    else draft.remark("open", directive, otherForm);
  }
}

const otherForm = "this form of secure_link cannot be taken over; see docs/access-tokens.md for signed addresses";
const signedPath =
  "what is signed is the path here, such as /live/NAME.m3u8; segments need no signature of their own. It holds for every protocol, RTMP too";

type Signed = { readonly secret: string; readonly template: string };

function signAll(draft: Draft, path: string, { secret, template }: Signed, directive: Directive): void {
  draft.remark("changed", directive, signedPath);
  for (const app of appsOf(draft, path)) {
    app.add("access.play", ["signed"], 8, directive);
    app.set("access.signed.form", "nginx", directive);
    app.set("access.signed.secret", secret, directive);
    app.set("access.signed.template", template, directive);
  }
}

/** The apps whose streams were served under a path: those named in it, else all. */
function appsOf(draft: Draft, path: string): readonly AppDraft[] {
  const named = draft.apps.filter(({ name }) => path.split(/[^A-Za-z0-9_-]+/).includes(name));
  return named.length > 0 ? named : draft.apps;
}

/** What is hashed, with SECRET where the secret stands: the one piece of text that is no variable. */
function signedForm(expression: string): Signed | undefined {
  const texts = expression.split(/\$\{[a-z0-9_]+\}|\$[a-z0-9_]+/).map((text) => text.trim());
  const secrets = texts.filter((text) => /[A-Za-z0-9]/.test(text));
  const [secret] = secrets;
  if (secret === undefined || secrets.length !== 1 || !/\$(?:uri\b|\{uri\})/.test(expression)) return undefined;
  const piece = /(\$\{[a-z0-9_]+\}|\$[a-z0-9_]+)|[^$]+|\$/g;
  const template = expression.replaceAll(
    piece,
    (text, variable?: string) => variable ?? text.replace(secret, "SECRET"),
  );
  const names = Array.from(template.matchAll(/\$\{?([a-z0-9_]+)/g), ([, name = ""]) => name);
  return names.every((name) => /^(?:secure_link_expires|uri|remote_addr|arg_[a-z0-9_]+)$/.test(name))
    ? { secret, template }
    : undefined;
}
