import type { AppDraft, Draft } from "./draft.ts";
import { type Fixed, fixedRules, programs, type Rules, recording, restreaming, unknownSetting } from "./fixed-rules.ts";
import { walk } from "./origin.ts";
import { isPlace } from "./places.ts";
import { type Entry, inside, isOn, remarkBelow, said, textOf, textsOf } from "./tree.ts";

export const readers =
  "viewers have no names and passwords here: see apps.NAME.access.play for tokens, signed addresses and callbacks";
export const publishers =
  "publishers have stream keys here, as ?key=… behind the name: `sluice key create APP/NAME --user USER` makes one, for encoders with a user and password too. Until then nobody may publish";

const segment = /^[A-Za-z0-9_~](?:\.?[A-Za-z0-9_~-]){0,63}$/;

const fixed: Fixed = [
  [
    "missing",
    restreaming,
    "sourceFingerprint sourceOnDemand sourceOnDemandStartTimeout sourceOnDemandCloseAfter sourceProtocol sourceAnyPortEnable sourceRedirect fallback",
  ],
  [
    "missing",
    recording,
    "recordPath recordFormat recordPartDuration recordMaxPartSize recordSegmentDuration recordDeleteAfter playback",
  ],
  [
    "missing",
    programs,
    "runOnInit runOnInitRestart runOnDemand runOnDemandRestart runOnDemandStartTimeout runOnDemandCloseAfter runOnUnDemand runOnReady runOnReadyRestart runOnNotReady runOnRead runOnReadRestart runOnUnread runOnRecordSegmentCreate runOnRecordSegmentComplete",
  ],
  [
    "missing",
    "there is no counterpart yet",
    "alwaysAvailable alwaysAvailableFile alwaysAvailableTracks maxReaders useAbsoluteTimestamp",
  ],
];

/** The app of a path: all but the last part of `live/cam1`; undefined for a path of one part, and for a pattern. */
export function pathApp(path: string): string | undefined {
  const parts = path.split("/");
  const app = parts.slice(0, -1);
  return app.length > 0 && app.length <= 4 && parts.every((part) => segment.test(part)) ? app.join("/") : undefined;
}

/** Takes one path over, or the defaults of all paths into the apps that are given. */
export function importPath(draft: Draft, path: Entry, given?: readonly AppDraft[]): void {
  const name = pathApp(path.name);
  const apps = given ?? [draft.app(name ?? "live", undefined)];
  if (!given && name === undefined) draft.remark("changed", path, nameless(path.name));
  else if (name !== undefined) draft.app(name, path);
  const isPublished = (said(inside(path), "source") ?? "publisher") === "publisher";
  walk(inside(path), pathRules(draft, apps, isPublished), (entry) => {
    const isSource = /^(?:rpiCamera|rtsp|srt|whep|webrtc|rtp)/.test(entry.name);
    remarkBelow(draft, "missing", entry, isSource ? restreaming : unknownSetting);
  });
}

function nameless(path: string): string {
  if (path === "all" || path === "all_others")
    return "every path could be published to; here streams are APP/NAME, in the apps that are named under apps";
  if (path.startsWith("~"))
    return "a pattern of paths has no counterpart: name the apps, and for keys of some streams use `sluice key create 'APP/NAME*'`";
  return "a path of one part is APP/NAME here: it has become live/NAME";
}

function pathRules(draft: Draft, apps: readonly AppDraft[], isPublished: boolean): Rules<Entry> {
  return {
    ...fixedRules<Entry>(fixed, (entry, verdict, text) => remarkBelow(draft, verdict, entry, text)),
    source: (entry) =>
      draft.remark(isPublished ? "same" : "missing", entry, isPublished ? "streams are published" : restreaming),
    record: (entry) =>
      draft.remark(isOn(entry) ? "missing" : "same", entry, isOn(entry) ? recording : "nothing is recorded"),
    overridePublisher: (entry) => {
      for (const app of apps) app.set("duplicate", isOn(entry) ? "takeover" : "reject", entry);
    },
    publishUser: (entry) => oldUser(draft, apps, entry, "publish"),
    publishPass: (entry) => oldUser(draft, apps, entry, "publish"),
    readUser: (entry) => oldUser(draft, apps, entry, "read"),
    readPass: (entry) => oldUser(draft, apps, entry, "read"),
    publishIPs: (entry) => oldPlaces(draft, apps, entry),
    readIPs: (entry) => {
      const text = "who may watch by address is at apps.NAME.access.addresses.allow, which holds for publishing too";
      remarkBelow(draft, textsOf(entry).length > 0 ? "open" : "same", entry, text);
    },
  };
}

/** Users of a path, as older versions had them. */
function oldUser(draft: Draft, apps: readonly AppDraft[], entry: Entry, action: "publish" | "read"): void {
  if (textOf(entry) === undefined) return draft.remark("same", entry, "it names nobody");
  if (action === "read") return draft.remark("open", entry, readers);
  for (const app of apps) app.publishing = "checked";
  draft.remark("changed", entry, publishers);
}

function oldPlaces(draft: Draft, apps: readonly AppDraft[], entry: Entry): void {
  const given = textsOf(entry);
  if (given.length === 0) return remarkBelow(draft, "same", entry, "it names no address");
  const places = given.filter((whom) => isPlace(draft, { allow: true, whom, setting: entry }));
  for (const app of apps) {
    app.add("access.addresses.publish", places, 1_000, entry);
    if (places.length === 0) app.publishing = "nobody";
  }
  remarkBelow(draft, "changed", entry, "it is at apps.NAME.access.addresses.publish");
}
