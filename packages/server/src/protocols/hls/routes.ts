import type { ServerResponse } from "node:http";
import { HttpError } from "../../http/http-error.ts";
import type { MediaRequest, MediaRoute } from "../../http/routes.ts";
import { viewerWish } from "../../http/viewer.ts";
import type { Host } from "../../protocol.ts";
import { type Ask, answerAll, type Content } from "../../segments/answer.ts";
import { folderOf, granted } from "../../segments/playback.ts";
import type { Presentation } from "../../segments/presentation.ts";
import type { Rendition } from "../../segments/rendition.ts";
import type { RungRendition } from "../../segments/rung-rendition.ts";
import { sendErrors } from "../../segments/sending.ts";
import { type Directives, directives, isThere } from "./directives.ts";
import { keyframePlaylist } from "./keyframe-playlist.ts";
import { masterPlaylist } from "./master-playlist.ts";
import { isShown, mediaPlaylist, type PlaylistForm } from "./media-playlist.ts";
import type { TsPlaylists } from "./ts-playlist.ts";

const type = "application/vnd.apple.mpegurl";
/** `v0.m3u8`, `v-720p.m3u8`; `i-` before it asks for the keyframes alone. */
const mediaName = /^(i-)?([va]\d{1,3}|v-[\w.-]{1,32})\.m3u8$/;
/** How many target durations a request waits at most (RFC 8216bis, 6.2.5.2). */
const waitTargets = 3;
/** Where a rung has to be made first. */
const rungSeconds = 10;
const maxForms = 16;

type Form = PlaylistForm & { readonly name: string; readonly keyframes: boolean };
type Playlists = { version: number; readonly forms: Map<Form, Content> };

/** `/app/name.m3u8`: the multivariant playlist. It gives out the viewer's token, so it is nobody else's. */
export function masterRoute(host: Host, ts: TsPlaylists, enabled: () => boolean): MediaRoute {
  return {
    isDocument: true,
    async get(media: MediaRequest, response: ServerResponse): Promise<void> {
      if (!enabled()) throw new HttpError(404, "hls/disabled", "HLS is switched off (hls.enabled)");
      const found = await granted(host, host.segments.presentations, media, "hls");
      const { presentation, grant } = found;
      const wish = viewerWish(media, grant);
      if (response.destroyed) return;
      const token = host.segments.viewers.token("hls", presentation.stream.name, grant);
      const query = passedOn(media.query);
      const folder = folderOf(found, token);
      const isTs = media.query.get("format") === "ts";
      const text = isTs
        ? ts.master(presentation, `${folder}ts.m3u8`)
        : masterPlaylist(presentation, wish, (name) => `${folder}${name}.m3u8${query}`);
      response.writeHead(200, {
        "content-type": type,
        "cache-control": "no-store",
        "content-length": Buffer.byteLength(text),
      });
      response.end(media.request.method === "HEAD" ? undefined : text);
      const { name: stream } = presentation.stream;
      host.sessions.began({ protocol: "hls", role: "viewer", stream }, media.beginning);
    },
  };
}

/** Media playlists, with blocking reload. Made once for all who ask for the same. */
export function mediaPlaylists(host: Host, ts: TsPlaylists): (ask: Ask) => void {
  const cache = new WeakMap<Rendition, Playlists>();
  return (ask) => {
    const { presentation, query } = ask;
    if (ts.handle(ask)) return;
    const [, keyframes, key = ""] = mediaName.exec(ask.file) ?? [];
    const find = () => presentation.find(key);
    const rendition = find();
    const rung = wantedRung(presentation, key);
    if (!rung && !rendition) throw noRendition();
    const form = formOf(query, keyframes !== undefined); // not when the part is there that thousands wait for
    const send = (asks: readonly Ask[]) => {
      const found = find();
      if (rung?.isAway && !presentation.over) sendErrors(asks, away());
      else if (found) answerAll(asks, playlist(cache, presentation, found, form));
      else sendErrors(asks, noRendition());
    };
    const ahead = presentation.leader ?? rendition;
    const waits = ahead && directives(query, rendition ?? ahead, presentation.partTargetSeconds, ahead);
    if (rung?.isAway) throw away();
    const isListed = waits && isListedIn(presentation, form, waits);
    const isReady = () =>
      presentation.over || rung?.isAway === true || isListable(presentation, find(), isListed, rung);
    const targets = (presentation.targetSeconds ?? 2) * waitTargets;
    const seconds = rung ? Math.max(targets, rungSeconds) : targets;
    const name = `${key} ${waits?.msn} ${waits?.part} ${form.name}`;
    host.segments.files.wait(ask, { name, rendition, isReady, seconds }, send);
  };
}

/** Whether there is what was asked for. Sound's first segment ends a little after the picture's, and a playlist lists at least one; of a rung, who comes anew waits for one that plays. */
function isListable(
  { targetSeconds }: Presentation,
  rendition: Rendition | undefined,
  isListed: ((rendition: Rendition) => boolean) | undefined,
  rung: RungRendition | undefined,
): boolean {
  if (targetSeconds === undefined || rendition?.segments[0]?.closed !== true) return false;
  return isListed ? isListed(rendition) : rung === undefined || rung.isFresh;
}

/** Where whole segments are listed a part is there with its segment. */
function isListedIn(presentation: Presentation, { lowLatency }: Form, waits: Directives) {
  return (rendition: Rendition): boolean =>
    lowLatency ? isThere(rendition, waits) : isShown(presentation, rendition, waits.msn);
}

/** The rung that has this key, which is made from now on where that is done on demand. */
function wantedRung({ rungs }: Presentation, key: string): RungRendition | undefined {
  const rung = rungs.find(key);
  if (!rung) return undefined;
  if (!rung.isPlanned) throw noRendition();
  rungs.want();
  rung.asked();
  return rung;
}

/** Players go on with another variant at once; who waited would run dry. */
function away(): HttpError {
  return new HttpError(404, "hls/rendition", "this quality is not made at the moment; take another");
}

function noRendition(): HttpError {
  return new HttpError(404, "hls/rendition", "the stream has no such rendition (any more)");
}

function playlist(
  cache: WeakMap<Rendition, Playlists>,
  presentation: Presentation,
  rendition: Rendition,
  form: Form,
): Content {
  let playlists = cache.get(rendition);
  if (!playlists || playlists.version !== presentation.version || playlists.forms.size > maxForms) {
    playlists = { version: presentation.version, forms: new Map() };
    cache.set(rendition, playlists);
  }
  let content = playlists.forms.get(form);
  if (!content) {
    const text = form.keyframes
      ? keyframePlaylist(presentation, rendition)
      : mediaPlaylist(presentation, rendition, form);
    content = {
      type,
      cache: presentation.over ? "public, max-age=10" : "public, max-age=1",
      etag: `W/"${presentation.nonce}-${presentation.version}"`,
      bytes: Buffer.from(text, "latin1"),
      isText: true,
    };
    playlists.forms.set(form, content);
  }
  return content;
}

/** Of those that look the same one stands for all. */
const forms = new Map<string, Form>();

function formOf(query: ReadonlyMap<string, string>, keyframes: boolean): Form {
  const lowLatency = query.get("ll") !== "0";
  const skip = lowLatency && (query.get("_HLS_skip") === "YES" || query.get("_HLS_skip") === "v2");
  const start = Number(/^-(\d{1,6})s?$/.exec(query.get("from") ?? "")?.[1]);
  const name = `${lowLatency} ${skip} ${start} ${keyframes}`;
  let form = forms.get(name);
  if (!form) {
    if (forms.size >= maxForms) forms.clear();
    form = { name, keyframes, lowLatency, skip, ...(start > 0 ? { startSeconds: -start } : {}) };
    forms.set(name, form);
  }
  return form;
}

/** What of the query is for the media playlists: how they look, never who may see them. */
function passedOn(query: ReadonlyMap<string, string>): string {
  const kept = ["ll", "from"].flatMap((name) => {
    const value = query.get(name);
    return value !== undefined && /^-?\w{1,10}$/.test(value) ? [`${name}=${value}`] : [];
  });
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}
