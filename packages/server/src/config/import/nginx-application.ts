import type { Directive } from "./directives.ts";
import type { AppDraft, Draft } from "./draft.ts";
import { ladderOf } from "./ffmpeg-ladder.ts";
import {
  dashAddress,
  type Fixed,
  fixedRules,
  hlsAddress,
  noEncryption,
  noTime,
  notTold,
  programs,
  type Rules,
  recording,
  segmentsInMemory,
  shift,
  unknownSetting,
} from "./fixed-rules.ts";
import { walk } from "./origin.ts";
import { type OrderedRule, orderedPlaces, placeApp } from "./places.ts";
import { importPull, importPush } from "./relays.ts";
import { ladderText, maxRungs } from "./rung.ts";
import { segmentLength } from "./segment-length.ts";
import { durationText, timeMs } from "./units.ts";

const vod = "files cannot be played yet";

const fixed: Fixed = [
  [
    "same",
    "every app is live, and every viewer begins at a keyframe",
    "live wait_key wait_video interleave meta sync publish_notify play_restart idle_streams gop_cache gop_cache_count gop_max_frame_count gop_max_video_count gop_max_audio_count",
  ],
  [
    "same",
    segmentsInMemory,
    "hls_path hls_nested hls_cleanup hls_continuous hls_sync hls_type hls_base_url hls_fragment_naming hls_fragment_naming_granularity hls_fragment_slicing hls_datetime hls_max_fragment hls_muxdelay hls_max_audio_delay hls_audio_buffer_size hls_key_path hls_key_url hls_fragments_per_key dash_path dash_nested dash_cleanup dash_repetition dash_clock_compensation dash_clock_helper_uri",
  ],
  [
    "missing",
    recording,
    "record_path record_suffix record_unique record_append record_lock record_max_size record_max_frames record_interval record_notify",
  ],
  ["same", "a connection that was lost is made again, later and later", "push_reconnect pull_reconnect session_relay"],
  ["missing", notTold, "on_done on_publish_done on_play_done on_record_done on_record_started"],
  ["missing", programs, "exec_play exec_play_done exec_publish_done exec_record_done exec_static exec_pull"],
  ["same", programs, "exec_options exec_kill_signal respawn respawn_timeout"],
  ["missing", vod, "play play_temp_path play_local_path"],
  ["changed", "the playlist of a stream has the qualities of apps.NAME.ladder by itself", "hls_variant dash_variant"],
  [
    "missing",
    "an answer holds as long as it says, and nobody is asked again meanwhile",
    "on_update notify_update_timeout notify_update_strict",
  ],
  ["changed", shift, "hls_playlist_length dash_playlist_length"],
  [
    "same",
    "an answer with 3xx gives the stream another name, and nothing is fetched from there",
    "notify_relay_redirect",
  ],
  ["missing", "an app has no limit of connections: see apps.NAME.bandwidth and limits.connections", "max_connections"],
  ["missing", "an application cannot stand in another", "application"],
];

/** Takes one `application` over, with what stands above it and holds in it too. */
export function importApplication(draft: Draft, application: Directive, inherited: readonly Directive[]): void {
  const own = application.inner ?? [];
  const names = new Set(own.map(({ name }) => name));
  if (names.has("play") && !isOn(own, "live")) {
    for (const each of [application, ...own]) draft.remark("missing", each, vod);
    return;
  }
  const places = [...own, ...inherited].filter(({ name }) => name === "allow" || name === "deny");
  const all = [...own, ...inherited.filter(({ name }) => !names.has(name))];
  const settings = all.filter((each) => !places.includes(each));
  const app = draft.app(application.args[0] ?? "", application);
  walk(settings, applicationRules(draft, app), (directive) => draft.remark("missing", directive, unknownSetting));
  placeByAddress(draft, app, places, isOn(settings, "hls") || isOn(settings, "dash"));
}

function isOn(directives: readonly Directive[], wanted: string): boolean {
  return directives.some(({ name, args }) => name === wanted && args[0] === "on");
}

/** Rules hold for both actions where they name none. The first that fits decides. */
function placeByAddress(draft: Draft, app: AppDraft, places: readonly Directive[], playsElsewhere: boolean): void {
  const rules = (action: string): readonly OrderedRule[] =>
    places
      .filter(({ args }) => args.length < 2 || args[0] === action)
      .map((setting) => ({ allow: setting.name === "allow", whom: setting.args.at(-1) ?? "", setting }));
  const publish = orderedPlaces(draft, rules("publish"));
  placeApp(draft, app, { publish, play: orderedPlaces(draft, rules("play")), settings: places, playsElsewhere });
}

function applicationRules(draft: Draft, app: AppDraft): Rules<Directive> {
  const exec = (directive: Directive) => execute(draft, app, directive);
  const fragment = (directive: Directive) => segmentLength(draft, app, directive, timeMs(directive.args[0] ?? ""));
  return {
    ...fixedRules<Directive>(fixed, (directive, verdict, text) => draft.remark(verdict, directive, text)),
    hls: (directive) => serve(draft, directive, hlsAddress),
    dash: (directive) => serve(draft, directive, dashAddress),
    hls_fragment: fragment,
    dash_fragment: fragment,
    hls_keys: (directive) => {
      if (directive.args[0] === "on") draft.remark("open", directive, noEncryption);
      else draft.remark("same", directive, segmentsInMemory);
    },
    push: (directive) => importPush(draft, app, directive),
    pull: (directive) => importPull(draft, app, directive),
    on_publish: (directive) => callback(draft, app, "publish", directive),
    on_play: (directive) => callback(draft, app, "play", directive),
    notify_method: (directive) => {
      const isPost = directive.args[0]?.toLowerCase() !== "get";
      draft.remark(isPost ? "same" : "changed", directive, "callbacks are asked with POST");
    },
    drop_idle_publisher: (directive) => {
      const ms = timeMs(directive.args[0] ?? "");
      if (ms === undefined) draft.remark("missing", directive, noTime);
      else draft.set(["rtmp", "publisherTimeout"], durationText(ms), directive);
    },
    record: (directive) => {
      const off = directive.args.includes("off");
      draft.remark(off ? "same" : "missing", directive, off ? "nothing is recorded" : recording);
    },
    recorder: (directive) => {
      for (const each of [directive, ...(directive.inner ?? [])]) draft.remark("missing", each, recording);
    },
    exec,
    exec_push: exec,
    exec_publish: exec,
    include: (directive) =>
      draft.remark(
        "missing",
        directive,
        `${directive.args[1] ?? "it cannot be read"}: what is in it is not taken over`,
      ),
  };
}

function serve(draft: Draft, directive: Directive, where: string): void {
  const everywhere = "HLS and DASH are served for every app: hls.enabled and dash.enabled are for all";
  draft.remark("changed", directive, directive.args[0] === "on" ? where : everywhere);
}

function callback(draft: Draft, app: AppDraft, action: "publish" | "play", directive: Directive): void {
  const given = directive.args[0] ?? "";
  if (given === "off" || given === "") return draft.remark("same", directive, "nobody is asked");
  app.add(`access.${action}`, ["callback"], 8, directive);
  app.set(`access.callback.${action}`, /^https?:\/\//.test(given) ? given : `http://${given}`, directive);
  app.set("access.callback.form", "nginx-rtmp", directive);
  if (action === "publish") app.publishing = "checked";
}

/** A program that makes qualities of the stream; every other one is left. */
function execute(draft: Draft, app: AppDraft, directive: Directive): void {
  const rungs = ladderOf(directive.args);
  if (rungs === undefined) return draft.remark("missing", directive, programs);
  app.add("ladder", rungs, maxRungs, directive);
  draft.remark("changed", directive, ladderText);
}
