import { type Directive, type Include, readDirectives } from "./directives.ts";
import type { Draft } from "./draft.ts";
import { type Fixed, fixedRules, ownSizes, type Rules } from "./fixed-rules.ts";
import { importApplication } from "./nginx-application.ts";
import { importHttp } from "./nginx-http.ts";
import { ImportError, type ImportedFile, walk } from "./origin.ts";
import { count, listenAddress } from "./units.ts";

const own = "it is about nginx itself";
const oneProcess = "there is one process, and all streams are in it";

const fixed: Fixed = [
  ["same", ownSizes, "chunk_size max_message max_streams ack_window out_queue out_cork buflen max_queue busy"],
  [
    "same",
    "dead connections are noticed without a setting: see rtmp.publisherTimeout and apps.NAME.stall",
    "so_keepalive timeout ping ping_timeout",
  ],
  ["same", "the log has a line for each session", "access_log log_format"],
  ["same", oneProcess, "rtmp_auto_push rtmp_auto_push_reconnect rtmp_socket_dir"],
  ["open", "who connects is asked about when they publish or play: on_publish and on_play", "on_connect"],
  ["missing", "nobody is told when a connection ends; the log has it", "on_disconnect"],
  ["missing", "there are no virtual hosts: apps have names of their own", "server_name"],
];

/** Takes a configuration of nginx with its RTMP module into the draft. */
export function importNginx(main: ImportedFile, include: Include, draft: Draft): void {
  const all = readDirectives(main, include);
  const blocks = all.filter(({ name, inner }) => name === "rtmp" && inner);
  if (blocks.length === 0)
    throw new ImportError({ file: main.file, line: 1 }, "has no rtmp { … }, in itself or in what it includes");
  for (const { inner = [] } of blocks) importRtmp(draft, inner);
  const rules: Rules<Directive> = {
    rtmp: () => {},
    http: (directive) => importHttp(draft, directive),
    stream: (directive) =>
      draft.remark("changed", directive, "RTMPS is built in: see tls.certificate, tls.key and rtmp.securePort"),
    include: (directive) => missingFile(draft, directive),
    rtmp_auto_push: (directive) => draft.remark("same", directive, oneProcess),
  };
  walk(all, rules, (directive) => draft.remark("same", directive, own));
}

function importRtmp(draft: Draft, directives: readonly Directive[]): void {
  const servers = directives.filter(({ name, inner }) => name === "server" && inner);
  const above = directives.filter((each) => !servers.includes(each));
  if (servers.length === 0) importServer(draft, [], above);
  for (const { inner = [] } of servers) importServer(draft, inner, above);
}

/** What stands outside of an application holds in each that does not say otherwise. */
function importServer(draft: Draft, directives: readonly Directive[], above: readonly Directive[]): void {
  const applications = directives.filter(({ name, inner }) => name === "application" && inner);
  const shared = [...directives.filter((each) => !applications.includes(each)), ...above];
  const rules = serverRules(draft);
  const inherited = shared.filter(({ name }) => !Object.hasOwn(rules, name));
  const ofServer = shared.filter((each) => !inherited.includes(each));
  walk(ofServer, rules, () => {});
  for (const application of applications) importApplication(draft, application, inherited);
  if (applications.length === 0)
    for (const directive of inherited) draft.remark("same", directive, "there is no application that it is for");
}

function serverRules(draft: Draft): Rules<Directive> {
  return {
    ...fixedRules<Directive>(fixed, (directive, verdict, text) => draft.remark(verdict, directive, text)),
    listen: (directive) => listen(draft, directive),
    include: (directive) => missingFile(draft, directive),
    max_connections: (directive) => {
      const most = count(directive.args[0], 1_000_000);
      if (most === undefined) draft.remark("missing", directive, "it is no number that can be taken over");
      else draft.set(["limits", "connections"], most, directive);
    },
  };
}

function listen(draft: Draft, directive: Directive): void {
  const address = listenAddress(directive.args[0] ?? "");
  if (address === undefined)
    return draft.remark("missing", directive, "only a port, or an address and a port, can be listened on");
  const isSecure = directive.args.includes("ssl");
  draft.set(["rtmp", isSecure ? "securePort" : "port"], address.port, directive);
  if (address.host !== undefined) draft.set(["rtmp", "host"], address.host, directive);
}

function missingFile(draft: Draft, directive: Directive): void {
  const [, why = "it cannot be read"] = directive.args;
  draft.remark("missing", directive, `${why}: what is in it is not taken over`);
}
