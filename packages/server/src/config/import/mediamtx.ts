import { readYaml } from "../yaml-text.ts";
import type { AppDraft, Draft } from "./draft.ts";
import { type Fixed, fixedRules, hlsAddress, noTime, programs, type Rules, unknownSetting } from "./fixed-rules.ts";
import { importAuth } from "./mediamtx-auth.ts";
import { importPath, pathApp } from "./mediamtx-path.ts";
import { ImportError, type ImportedFile, walk } from "./origin.ts";
import { type Entry, entriesOf, find, inside, isOn, remarkBelow, said, textOf, textsOf } from "./tree.ts";
import { durationText, listenAddress, timeMs } from "./units.ts";

const foreign = "Sluice speaks RTMP, RTMPS, HTTP-FLV, WebSocket-FLV, MPEG-TS over HTTP, HLS and DASH; not this yet";
const levels = new Set(["error", "warn", "info", "debug"]);

const fixed: Fixed = [
  [
    "same",
    "Sluice chooses timeouts and queues of sending itself: apps.NAME.maxLag and apps.NAME.stall",
    "writeTimeout writeQueueSize udpMaxPayloadSize udpReadBufferSize readBufferCount",
  ],
  ["same", "the log goes to standard output", "logDestinations logFile sysLogPrefix"],
  [
    "changed",
    "the API is on http.port, under /api/v1, and wants to know who asks",
    "api apiAddress apiEncryption apiServerKey apiServerCert apiAllowOrigin apiAllowOrigins apiTrustedProxies",
  ],
  ["missing", "it is not looked at: limits.trusted leaves proxies out of the limits by address", "hlsTrustedProxies"],
  [
    "changed",
    "metrics for Prometheus are at /metrics, on http.port",
    "metrics metricsAddress metricsEncryption metricsServerKey metricsServerCert metricsAllowOrigin metricsAllowOrigins metricsTrustedProxies",
  ],
  ["missing", programs, "runOnConnect runOnConnectRestart runOnDisconnect"],
  [
    "same",
    "segments are made in memory, and what an app keeps is at apps.NAME.keep and apps.NAME.dvr",
    "hlsAlwaysRemux hlsVariant hlsSegmentCount hlsSegmentMaxSize hlsDirectory hlsMuxerCloseAfter hlsDisable",
  ],
];
const authKeys =
  "authMethod authMethods authInternalUsers authHTTPAddress authHTTPExclude authHTTPFingerprint authJWTJWKS authJWTJWKSFingerprint authJWTClaimKey authJWTExclude authJWTInHTTPQuery externalAuthenticationURL";

/** Takes a configuration of MediaMTX into the draft. */
export function importMediamtx(main: ImportedFile, draft: Draft): void {
  const yaml = readYaml(main.text);
  const [problem] = yaml.problems;
  if (problem) throw new ImportError({ file: main.file, line: problem.line }, problem.text);
  const entries = entriesOf(main.file, yaml);
  if (entries.length === 0) throw new ImportError({ file: main.file, line: 1 }, "holds no setting");
  const paths = inside(find(entries, "paths"));
  const named = paths.flatMap((path) => pathApp(path.name) ?? []);
  const apps = [...new Set(["live", ...named])].map((name) => draft.app(name, undefined));
  for (const path of paths) importPath(draft, path);
  importAuth(draft, apps, entries);
  walk(entries, globalRules(draft, apps, entries), (entry) => {
    const isForeign = /^(?:rtsp|rtsps|webrtc|srt|playback|pprof|rtp|rtcp|srtp|srtcp|multicast)/.test(entry.name);
    remarkBelow(draft, "missing", entry, isForeign ? foreign : unknownSetting);
  });
}

function globalRules(draft: Draft, apps: readonly AppDraft[], entries: readonly Entry[]): Rules<Entry> {
  const encryption = said(entries, "rtmpEncryption");
  const isRtmps = encryption === "strict" || encryption === "optional";
  return {
    ...fixedRules<Entry>(fixed, (entry, verdict, text) => remarkBelow(draft, verdict, entry, text)),
    ...Object.fromEntries([...authKeys.split(" "), "paths"].map((name) => [name, () => {}])), // looked at by themselves
    ...hlsRules(draft, apps, entries),
    logLevel: (entry) => {
      const level = textOf(entry) ?? "";
      if (levels.has(level)) draft.set(["log", "level"], level, entry);
      else draft.remark("missing", entry, "it is no level that can be taken over");
    },
    logStructured: (entry) => {
      if (isOn(entry)) draft.set(["log", "format"], "json", entry);
      else draft.remark("same", entry, "log.format is auto: text on a terminal");
    },
    readTimeout: (entry) => {
      const ms = timeMs(textOf(entry) ?? "");
      if (ms === undefined) draft.remark("missing", entry, noTime);
      else draft.set(["rtmp", "publisherTimeout"], durationText(ms), entry);
    },
    rtmp: (entry) => {
      if (isOn(entry)) return draft.remark("same", entry, "RTMP is on as it comes");
      draft.set(["rtmp", "enabled"], false, entry);
      draft.set(["rtmp", "secureEnabled"], false, entry);
    },
    rtmpEncryption: (entry) => {
      if (encryption === "strict") draft.set(["rtmp", "enabled"], false, entry);
      else if (!isRtmps) draft.set(["rtmp", "secureEnabled"], false, entry);
      else draft.remark("same", entry, "RTMP and RTMPS are both on as it comes");
    },
    rtmpAddress: (entry) => listen(draft, "rtmp", "port", entry),
    rtmpsAddress: (entry) => listen(draft, "rtmp", "securePort", entry),
    rtmpServerKey: (entry) => certificate(draft, "key", entry, isRtmps),
    rtmpServerCert: (entry) => certificate(draft, "certificate", entry, isRtmps),
    pathDefaults: (entry) => importPath(draft, entry, apps),
  };
}

function hlsRules(draft: Draft, apps: readonly AppDraft[], entries: readonly Entry[]): Rules<Entry> {
  const isSecure = entries.some((entry) => entry.name === "hlsEncryption" && isOn(entry));
  const origins = (entry: Entry) => draft.set(["http", "origins"], textsOf(entry), entry);
  const length = (key: string) => (entry: Entry) => {
    const ms = timeMs(textOf(entry) ?? "");
    if (ms === undefined) return draft.remark("missing", entry, noTime);
    for (const app of apps) app.set(key, durationText(ms), entry);
  };
  return {
    hls: (entry) => {
      if (isOn(entry)) draft.remark("changed", entry, hlsAddress);
      else draft.set(["hls", "enabled"], false, entry);
    },
    hlsAddress: (entry) => listen(draft, "http", isSecure ? "securePort" : "port", entry),
    hlsEncryption: (entry) =>
      draft.remark("same", entry, "HTTP and HTTPS are both served, on http.port and http.securePort"),
    hlsServerKey: (entry) => certificate(draft, "key", entry, isSecure),
    hlsServerCert: (entry) => certificate(draft, "certificate", entry, isSecure),
    hlsAllowOrigin: origins,
    hlsAllowOrigins: origins,
    hlsSegmentDuration: length("segment"),
    hlsPartDuration: length("part"),
  };
}

function listen(draft: Draft, section: string, key: string, entry: Entry): void {
  const address = listenAddress(textOf(entry) ?? "");
  if (address === undefined) return draft.remark("missing", entry, "it is no address that can be listened on");
  draft.set([section, key], address.port, entry);
  if (address.host !== undefined) draft.set([section, "host"], address.host, entry);
}

/** MediaMTX names files that need not be there; they count where something is encrypted. */
function certificate(draft: Draft, key: "key" | "certificate", entry: Entry, isUsed: boolean): void {
  const file = textOf(entry);
  const unused = "nothing was encrypted with it; RTMPS and HTTPS have a self-signed certificate as they come";
  if (!isUsed || file === undefined) draft.remark("same", entry, unused);
  else draft.set(["tls", key], file, entry);
}
