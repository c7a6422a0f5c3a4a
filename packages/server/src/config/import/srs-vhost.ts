import type { Directive } from "./directives.ts";
import type { AppDraft, Draft } from "./draft.ts";
import {
  type Fixed,
  fixedRules,
  noTime,
  programs,
  type Rules,
  recording,
  restreaming,
  unknownSetting,
} from "./fixed-rules.ts";
import { walk } from "./origin.ts";
import { importForward } from "./relays.ts";
import { askHooks, limitPages, limitPlaces } from "./srs-access.ts";
import { isEnabled, remarkAll, sectionRules, switchedOff } from "./srs-section.ts";
import { importSegments, importTranscode } from "./srs-streams.ts";
import { durationText, timeMs } from "./units.ts";

const delivery = "Sluice groups what it writes by itself (pacing), and every viewer begins at a keyframe";

const publishing: Fixed = [
  [
    "same",
    delivery,
    "mr mr_latency parse_sps try_annexb_first firstpkt_timeout publish_1stpkt_timeout kickoff_for_idle",
  ],
];
const playing: Fixed = [
  [
    "same",
    delivery,
    "mw_latency mw_msgs gop_cache gop_cache_max_frames atc atc_auto time_jitter mix_correct send_min_interval reduce_sequence_header min_latency tcp_nodelay realtime",
  ],
];
const others: Fixed = [
  [
    "same",
    "streams are served over HTTP-FLV, MPEG-TS, HLS and DASH at http://HOST:PORT/APP/NAME.flv, .ts, .m3u8 and .mpd",
    "http_remux",
  ],
  ["same", "it is for traces between servers", "debug_srs_upnode chunk_size in_ack_size out_ack_size bandcheck"],
  ["missing", restreaming, "cluster mode origin token_traverse ingest vhost"],
  ["missing", recording, "dvr"],
  ["missing", programs, "exec"],
  ["missing", "there is no counterpart yet", "rtc srt rtsp hds http_static nack twcc drm"],
];

/** Takes a vhost over. SRS has no list of apps: `live`, or those that the vhost names, get its settings. */
export function importVhost(draft: Draft, vhost: Directive): void {
  const apps = appNames(vhost).map((name) => draft.app(name, vhost));
  const text = "SRS takes every app; here an app has to be named under apps. Add those that your users publish to";
  draft.remark("changed", vhost, text);
  walk(vhost.inner ?? [], vhostRules(draft, apps), (directive) =>
    remarkAll(draft, "missing", directive, unknownSetting),
  );
}

function appNames(vhost: Directive): readonly string[] {
  const transcoding = (vhost.inner ?? []).filter(({ name }) => name === "transcode");
  const scopes = transcoding.map(({ args }) => args[0]?.split("/")[0] ?? "");
  const named = scopes.filter((name) => /^[A-Za-z0-9_~-]{1,64}$/.test(name));
  return [...new Set(named.length > 0 ? named : ["live"])];
}

function vhostRules(draft: Draft, apps: readonly AppDraft[]): Rules<Directive> {
  const say = (fixed: Fixed) =>
    fixedRules<Directive>(fixed, (each, verdict, text) => {
      const isOff = each.inner !== undefined && !isEnabled(each, true);
      remarkAll(draft, isOff ? "same" : verdict, each, isOff ? switchedOff : text);
    });
  const timeout = (each: Directive) => publisherTimeout(draft, each);
  const publish = { ...say(publishing), normal_timeout: timeout, publish_normal_timeout: timeout };
  const play = { ...say(playing), queue_length: (each: Directive) => queueLength(draft, apps, each) };
  const within = (rules: Rules<Directive>) => (directive: Directive) => {
    if (!isEnabled(directive, true)) return remarkAll(draft, "same", directive, switchedOff);
    walk(directive.inner ?? [], sectionRules(draft, rules), (each) =>
      remarkAll(draft, "missing", each, unknownSetting),
    );
  };
  const whenOn = (rule: (draft: Draft, apps: readonly AppDraft[], directive: Directive) => void) => (each: Directive) =>
    isEnabled(each) ? rule(draft, apps, each) : remarkAll(draft, "same", each, switchedOff);
  return {
    ...publish,
    ...play,
    ...say(others),
    enabled: (each) =>
      draft.remark(each.args[0] === "off" ? "missing" : "same", each, "an app is there when it is named"),
    play: within(play),
    publish: within(publish),
    refer: (each) => limitPages(draft, apps, each),
    refer_play: (each) => limitPages(draft, apps, each),
    refer_publish: (each) => remarkAll(draft, "open", each, "publishers are not asked for their page"),
    security: whenOn(limitPlaces),
    http_hooks: whenOn(askHooks),
    transcode: whenOn(importTranscode),
    forward: whenOn((_, all, each) => {
      const rules = sectionRules(draft, { destination: (destination) => importForward(draft, all, destination) });
      walk(each.inner ?? [], rules, (other) => remarkAll(draft, "missing", other, unknownSetting));
    }),
    hls: (each) => importSegments(draft, apps, each),
    dash: (each) => importSegments(draft, apps, each),
  };
}

function publisherTimeout(draft: Draft, directive: Directive): void {
  const ms = timeMs(directive.args[0] ?? "", "ms");
  if (ms === undefined) draft.remark("missing", directive, noTime);
  else draft.set(["rtmp", "publisherTimeout"], durationText(ms), directive);
}

function queueLength(draft: Draft, apps: readonly AppDraft[], directive: Directive): void {
  const ms = timeMs(directive.args[0] ?? "");
  if (ms === undefined || ms < 100) return draft.remark("missing", directive, noTime);
  for (const app of apps) app.set("maxLag", durationText(ms), directive);
}
