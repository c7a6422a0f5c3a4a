import type { AppDraft, Draft } from "./draft.ts";
import {
  dashAddress,
  type Fixed,
  fixedRules,
  hlsAddress,
  type Rules,
  recording,
  restreaming,
  segmentsInMemory,
  unknownSetting,
} from "./fixed-rules.ts";
import { decisionsIn, readObject } from "./js-object.ts";
import { importAuth } from "./node-media-server-auth.ts";
import { type ImportedFile, walk } from "./origin.ts";
import { ladderText, maxRungs, type Rung, rungFrom } from "./rung.ts";
import { segmentLength } from "./segment-length.ts";
import { computed, type Entry, find, inside, remarkBelow, said, textOf, textsOf } from "./tree.ts";
import { count, kilobits, timeMs } from "./units.ts";

const delivery =
  "Sluice chooses sizes of chunks and buffers itself, keeps the last seconds of each stream (apps.NAME.keep), and notices dead connections";
const noFolder = "Sluice serves its own pages and no folder of yours";
const encoder = "what is published is passed on as it is; other qualities are at apps.NAME.ladder";
const levels: Readonly<Record<string, string>> = {
  "0": "error",
  "1": "error",
  "2": "info",
  "3": "debug",
  "4": "debug",
};

const global: Fixed = [
  ["missing", recording, "record"],
  ["missing", noFolder, "static"],
  ["missing", "there is no counterpart yet", "store"],
  [
    "missing",
    "nobody is told of events yet; to be asked who may publish and play, see apps.NAME.access.callback",
    "notify",
  ],
  ["same", "one process serves all", "cluster"],
];
const rtmp: Fixed = [["same", delivery, "chunk_size gop_cache ping ping_timeout"]];
const http: Fixed = [
  ["same", segmentsInMemory, "mediaroot"],
  ["missing", noFolder, "webroot"],
  ["changed", "the API is under /api/v1, and wants to know who asks", "api"],
];
const programs: Fixed = [
  ["changed", "FFmpeg is looked for in PATH: transcoding.ffmpeg", "ffmpeg"],
  ["same", segmentsInMemory, "MediaRoot"],
];
const trans: Fixed = [
  ["changed", hlsAddress, "hls"],
  ["changed", dashAddress, "dash"],
  [
    "changed",
    "apps.NAME.segment says how long segments are, and apps.NAME.dvr how far back viewers may go",
    "dashFlags",
  ],
  ["missing", recording, "hlsKeep dashKeep mp4 mp4Flags"],
  ["missing", encoder, "vc vcParam ac acParam rtmp rtmpApp"],
];

/** Takes the settings of Node-Media-Server, JSON or JavaScript, into the draft. */
export function importNodeMediaServer(main: ImportedFile, draft: Draft): void {
  const entries = readObject(main);
  const tasks = ["trans", "relay", "fission"].flatMap((name) => inside(find(inside(find(entries, name)), "tasks")));
  const named = tasks.flatMap((task) => said(inside(task), "app") ?? ruleApp(task) ?? []);
  const usable = named.filter((name) => /^[A-Za-z0-9_~-]{1,64}$/.test(name));
  const apps = [...new Set(usable.length > 0 ? usable : ["live"])].map((name) => draft.app(name, undefined));
  const text =
    "Node-Media-Server takes every app; here an app has to be named under apps. Add those that your users publish to";
  draft.remark("changed", { name: "apps", at: entries[0]?.at ?? { file: main.file, line: 1 } }, text);
  for (const setting of decisionsIn(main))
    draft.remark(
      "open",
      setting,
      "the program may decide there who may go on; a program is asked here at apps.NAME.access.callback",
    );
  walk(entries, globalRules(draft, apps), (entry) => remarkBelow(draft, "missing", entry, unknownSetting));
}

/** The app of a rule such as `game/*`. */
function ruleApp(task: Entry): string | undefined {
  return said(inside(task), "rule")?.split("/")[0];
}

function globalRules(draft: Draft, apps: readonly AppDraft[]): Rules<Entry> {
  const say = (fixed: Fixed) =>
    fixedRules<Entry>(fixed, (entry, verdict, text) => remarkBelow(draft, verdict, entry, text));
  const within = (rules: Rules<Entry>) => (entry: Entry) => {
    if (entry.value.kind === "computed") return draft.remark("missing", entry, computed);
    walk(inside(entry), rules, (each) => remarkBelow(draft, "missing", each, unknownSetting));
  };
  const listening = (section: string, key: string): Rules<Entry> => ({
    port: (entry) => take(draft, [section, key], entry, (each) => count(textOf(each), 65_535)),
    key: (entry) => take(draft, ["tls", "key"], entry, textOf),
    cert: (entry) => take(draft, ["tls", "certificate"], entry, textOf),
  });
  const origins = (entry: Entry) => (textsOf(entry).length > 0 ? textsOf(entry) : undefined);
  const tasks = (rule: (task: Entry) => void) =>
    within({ ...say(programs), tasks: (each) => eachTask(draft, each, rule) });
  return {
    ...say(global),
    bind: (entry) => bind(draft, entry),
    logType: (entry) => take(draft, ["log", "level"], entry, (each) => levels[textOf(each) ?? ""]),
    rtmp: within({ ...listening("rtmp", "port"), ...say(rtmp), ssl: within(listening("rtmp", "securePort")) }),
    rtmps: within(listening("rtmp", "securePort")),
    http: within({
      ...listening("http", "port"),
      ...say(http),
      allow_origin: (entry) => take(draft, ["http", "origins"], entry, origins),
    }),
    https: within(listening("http", "securePort")),
    auth: (entry) => importAuth(draft, apps, entry),
    trans: tasks((task) => transTask(draft, task)),
    fission: tasks((task) => fissionTask(draft, task)),
    relay: within({ ...say(programs), ...say([["missing", restreaming, "tasks"]]) }),
  };
}

/** Sets a key, where the value is one that can be taken over. */
function take(draft: Draft, path: readonly string[], entry: Entry, read: (entry: Entry) => unknown): void {
  const value = read(entry);
  if (value === undefined) remarkBelow(draft, "missing", entry, "it is no value that can be taken over");
  else draft.set(path, value, entry);
}

function bind(draft: Draft, entry: Entry): void {
  const host = textOf(entry);
  const isAll = host === undefined || host === "0.0.0.0" || host === "::";
  if (isAll) return remarkBelow(draft, "same", entry, "it listens on every address");
  draft.set(["rtmp", "host"], host, entry);
  draft.set(["http", "host"], host, entry);
}

function eachTask(draft: Draft, entry: Entry, rule: (task: Entry) => void): void {
  if (entry.value.kind !== "list") return remarkBelow(draft, "missing", entry, "it is no list that can be taken over");
  for (const task of entry.value.items) {
    if (task.value.kind === "section") rule(task);
    else remarkBelow(draft, "missing", task, unknownSetting);
  }
}

function transTask(draft: Draft, task: Entry): void {
  const app = draft.app(said(inside(task), "app") ?? "live", undefined);
  const rules: Rules<Entry> = {
    ...fixedRules<Entry>(trans, (entry, verdict, text) => remarkBelow(draft, verdict, entry, text)),
    app: (entry) => appOf(draft, app, entry),
    hlsFlags: (entry) => {
      const [, seconds] = /hls_time=([\d.]{1,12})/.exec(textOf(entry) ?? "") ?? [];
      if (seconds === undefined) remarkBelow(draft, "same", entry, segmentsInMemory);
      else segmentLength(draft, app, entry, timeMs(seconds));
    },
  };
  walk(inside(task), rules, (entry) => remarkBelow(draft, "missing", entry, unknownSetting));
}

function appOf(draft: Draft, app: AppDraft, entry: Entry): void {
  if (entry.value.kind === "computed") draft.remark("missing", entry, computed);
  else draft.app(app.name, entry);
}

/** `{ rule: "game/*", model: [{ vs: "1280x720", vb: "2000k", vf: 30, ab: "128k" }] }` */
function fissionTask(draft: Draft, task: Entry): void {
  const app = draft.app(ruleApp(task) ?? "live", undefined);
  const model = (each: Entry) => {
    const rung = rungOf(each);
    if (rung === undefined) return remarkBelow(draft, "missing", each, "it makes nothing that apps.NAME.ladder can");
    app.add("ladder", [rung], maxRungs, each);
    remarkBelow(draft, "changed", each, ladderText);
  };
  const rules: Rules<Entry> = {
    rule: (entry) => draft.remark("changed", entry, "a ladder is for all streams of its app: apps.NAME.ladder"),
    model: (entry) => {
      if (inside(entry).length === 0)
        remarkBelow(draft, "missing", entry, "it makes nothing that apps.NAME.ladder can");
      for (const each of inside(entry)) model(each);
    },
  };
  walk(inside(task), rules, (entry) => remarkBelow(draft, "missing", entry, unknownSetting));
}

function rungOf(model: Entry): Rung | undefined {
  const inner = inside(model);
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(said(inner, "vs") ?? "") ?? [];
  return rungFrom({ width, height, fps: said(inner, "vf"), bitrate: kilobits(said(inner, "vb") ?? "") });
}
