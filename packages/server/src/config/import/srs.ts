import { type Directive, type Include, readDirectives } from "./directives.ts";
import type { Draft } from "./draft.ts";
import { type Fixed, fixedRules, ownSizes, type Rules, unknownSetting } from "./fixed-rules.ts";
import { ImportError, type ImportedFile, walk } from "./origin.ts";
import { isEnabled, remarkAll, sectionRules, switchedOff } from "./srs-section.ts";
import { importVhost } from "./srs-vhost.ts";
import { count, listenAddress } from "./units.ts";

const aboutProcess = "it is about the process: see docs/operate.md, Run it as a service";
const levels: Readonly<Record<string, string>> = {
  verbose: "debug",
  info: "debug",
  debug: "debug",
  trace: "info",
  warn: "warn",
  error: "error",
};

const fixed: Fixed = [
  [
    "same",
    aboutProcess,
    "pid daemon work_dir asprocess ipv4 server_id stats pithy_print_ms pithy_print grace_start_wait grace_final_wait force_grace_quit disable_daemon_for_docker inotify_auto_reload auto_reload_for_docker in_docker empty_ip_ok query_latest_version first_wait_for_qlv max_http_body_size",
  ],
  ["same", ownSizes, "chunk_size tcmalloc_release_rate circuit_breaker high_threshold threads"],
  [
    "same",
    "the log goes to standard output; see log.level and log.format",
    "srs_log_tank srs_log_file ff_log_dir ff_log_level srs_log_flush srs_log_level_v2 utc_time",
  ],
  ["changed", "the API is on http.port, under /api/v1, and wants to know who asks", "http_api"],
  ["changed", "traces go to tracing.endpoint, as OpenTelemetry has them", "tracing tencentcloud_apm"],
  ["changed", "metrics for Prometheus are at /metrics, on http.port", "exporter"],
  [
    "missing",
    "there is no counterpart yet",
    "stream_caster heartbeat tencentcloud_cls rtc_server srt_server rtsp_server",
  ],
];

/** Takes a configuration of SRS into the draft. */
export function importSrs(main: ImportedFile, include: Include, draft: Draft): void {
  const all = readDirectives(main, include);
  if (all.length === 0) throw new ImportError({ file: main.file, line: 1 }, "holds no setting");
  const vhosts = all.filter(({ name, inner }) => name === "vhost" && inner);
  const [first] = vhosts;
  const chosen = vhosts.find(({ args }) => args[0] === "__defaultVhost__") ?? first;
  walk(all, globalRules(draft, chosen), (directive) => remarkAll(draft, "missing", directive, unknownSetting));
  if (chosen) importVhost(draft, chosen);
  else draft.app("live", undefined);
}

function globalRules(draft: Draft, chosen: Directive | undefined): Rules<Directive> {
  return {
    ...fixedRules<Directive>(fixed, (directive, verdict, text) => remarkAll(draft, verdict, directive, text)),
    listen: (directive) => listen(draft, "rtmp", directive),
    max_connections: (directive) => {
      const value = count(directive.args[0], 1_000_000);
      if (value === undefined) draft.remark("missing", directive, "it is no number that can be taken over");
      else draft.set(["limits", "connections"], value, directive);
    },
    srs_log_level: (directive) => {
      const said = directive.args[0] ?? "";
      if (!Object.hasOwn(levels, said)) draft.remark("missing", directive, "it is no level that can be taken over");
      else draft.set(["log", "level"], levels[said], directive);
    },
    http_server: (directive) => httpServer(draft, directive),
    rtmp: (directive) => rtmpSection(draft, directive, "port"),
    rtmps: (directive) => {
      if (isEnabled(directive)) return rtmpSection(draft, directive, "securePort");
      draft.set(["rtmp", "secureEnabled"], false, directive);
      remarkAll(draft, "same", directive, switchedOff);
    },
    vhost: (directive) => {
      const text =
        "there are no virtual hosts: the settings of the first, or of __defaultVhost__, are taken over. Give its streams an app of their own";
      if (directive !== chosen) remarkAll(draft, "missing", directive, text);
    },
    include: (directive) =>
      draft.remark(
        "missing",
        directive,
        `${directive.args[1] ?? "it cannot be read"}: what is in it is not taken over`,
      ),
  };
}

function rtmpSection(draft: Draft, directive: Directive, key: "port" | "securePort"): void {
  const rules = sectionRules(draft, {
    listen: (each) => listen(draft, "rtmp", each, key),
    ...certificate(draft),
    ...fixedRules<Directive>([["same", ownSizes, "chunk_size"]], (each, verdict, text) =>
      draft.remark(verdict, each, text),
    ),
  });
  walk(directive.inner ?? [], rules, (each) => remarkAll(draft, "missing", each, unknownSetting));
}

function certificate(draft: Draft): Rules<Directive> {
  return {
    key: (each) => draft.set(["tls", "key"], each.args[0] ?? "", each),
    cert: (each) => draft.set(["tls", "certificate"], each.args[0] ?? "", each),
  };
}

function httpServer(draft: Draft, directive: Directive): void {
  if (!isEnabled(directive)) return remarkAll(draft, "same", directive, switchedOff);
  const rules = (key: "port" | "securePort"): Rules<Directive> =>
    sectionRules(draft, {
      listen: (each) => listen(draft, "http", each, key),
      dir: (each) => draft.remark("missing", each, "Sluice serves its own pages and no folder of yours"),
      crossdomain: (each) => draft.remark("same", each, "pages of all sites may watch: http.origins"),
      ...certificate(draft),
      https: (each) => {
        if (!isEnabled(each)) return remarkAll(draft, "same", each, switchedOff);
        walk(each.inner ?? [], rules("securePort"), (inner) => remarkAll(draft, "missing", inner, unknownSetting));
      },
    });
  walk(directive.inner ?? [], rules("port"), (each) => remarkAll(draft, "missing", each, unknownSetting));
}

function listen(
  draft: Draft,
  section: "rtmp" | "http",
  directive: Directive,
  key: "port" | "securePort" = "port",
): void {
  const [given = "", ...more] = directive.args;
  const address = listenAddress(given);
  if (address === undefined)
    return draft.remark("missing", directive, "it is no port, or address and port, that can be taken over");
  draft.set([section, key], address.port, directive);
  if (address.host !== undefined) draft.set([section, "host"], address.host, directive);
  if (more.length > 0) draft.remark("missing", directive, "there is one port for each protocol; the first was taken");
}
