import type { ServerResponse } from "node:http";
import { HttpError } from "../../http/http-error.ts";
import type { MediaRequest, MediaRoute } from "../../http/routes.ts";
import type { Host } from "../../protocol.ts";
import { type Ask, answer, type Content } from "../../segments/answer.ts";
import { folderOf, granted } from "../../segments/playback.ts";
import type { Presentation } from "../../segments/presentation.ts";
import type { Rendition } from "../../segments/rendition.ts";
import { directives, isThere } from "./directives.ts";
import { masterPlaylist } from "./master-playlist.ts";
import { mediaPlaylist, type PlaylistForm } from "./media-playlist.ts";
import type { TsPlaylists } from "./ts-playlist.ts";

const type = "application/vnd.apple.mpegurl";
const mediaName = /^([va]\d{1,3})\.m3u8$/;
/** How many target durations a request waits at most (RFC 8216bis, 6.2.5.2). */
const waitTargets = 3;
const maxForms = 16;

type Playlists = { version: number; readonly forms: Map<string, Content> };

/** `/app/name.m3u8`: the multivariant playlist. It gives out the viewer's token, so it is nobody else's. */
export function masterRoute(host: Host, ts: TsPlaylists, enabled: () => boolean): MediaRoute {
  return {
    async get(media: MediaRequest, response: ServerResponse): Promise<void> {
      if (!enabled()) throw new HttpError(404, "hls/disabled", "HLS is switched off (hls.enabled)");
      const found = await granted(host, host.segments.presentations, media, "hls");
      const { presentation, grant } = found;
      if (response.destroyed) return;
      const token = host.segments.viewers.token("hls", presentation.stream.name, grant);
      const query = passedOn(media.query);
      const folder = folderOf(found, token);
      const isTs = media.query.get("format") === "ts";
      const text = isTs
        ? ts.master(presentation, `${folder}ts.m3u8`)
        : masterPlaylist(presentation, ({ key }) => `${folder}${key}.m3u8${query}`);
      response.writeHead(200, {
        "content-type": type,
        "cache-control": "no-store",
        "content-length": Buffer.byteLength(text),
      });
      response.end(media.request.method === "HEAD" ? undefined : text);
    },
  };
}

/** Media playlists, with blocking reload. Made once for all who ask for the same. */
export function mediaPlaylists(host: Host, ts: TsPlaylists): (ask: Ask) => void {
  const cache = new WeakMap<Rendition, Playlists>();
  return (ask) => {
    const { presentation, query } = ask;
    if (ts.handle(ask)) return;
    const [, key = ""] = mediaName.exec(ask.file) ?? [];
    const rendition = presentation.renditions.get(key);
    if (!rendition) throw new HttpError(404, "hls/rendition", "the stream has no such rendition (any more)");
    const send = () => answer(ask, playlist(cache, presentation, rendition, formOf(query)));
    const target = presentation.targetSeconds;
    const waits = directives(query, rendition, presentation.partTargetSeconds);
    // Sound's first segment ends a little after the picture's, and a playlist lists at least one.
    const hasSegment = () => presentation.targetSeconds !== undefined && rendition.segments[0]?.closed === true;
    const isReady = () => presentation.over || (hasSegment() && (!waits || isThere(rendition, waits)));
    host.segments.files.wait(ask, rendition, isReady, (target ?? 2) * waitTargets, send);
  };
}

function playlist(
  cache: WeakMap<Rendition, Playlists>,
  presentation: Presentation,
  rendition: Rendition,
  form: PlaylistForm,
): Content {
  let playlists = cache.get(rendition);
  if (!playlists || playlists.version !== presentation.version || playlists.forms.size > maxForms) {
    playlists = { version: presentation.version, forms: new Map() };
    cache.set(rendition, playlists);
  }
  const key = `${form.lowLatency} ${form.skip} ${form.startSeconds}`;
  let content = playlists.forms.get(key);
  if (!content) {
    const text = mediaPlaylist(presentation, rendition, form);
    content = {
      type,
      cache: presentation.over ? "public, max-age=10" : "public, max-age=1",
      etag: `W/"${presentation.nonce}-${presentation.version}"`,
      bytes: Buffer.from(text, "latin1"),
      text,
    };
    playlists.forms.set(key, content);
  }
  return content;
}

function formOf(query: ReadonlyMap<string, string>): PlaylistForm {
  const lowLatency = query.get("ll") !== "0";
  const skip = lowLatency && (query.get("_HLS_skip") === "YES" || query.get("_HLS_skip") === "v2");
  const start = Number(/^-(\d{1,6})s?$/.exec(query.get("from") ?? "")?.[1]);
  return { lowLatency, skip, ...(start > 0 ? { startSeconds: -start } : {}) };
}

/** What of the query is for the media playlists: how they look, never who may see them. */
function passedOn(query: ReadonlyMap<string, string>): string {
  const kept = ["ll", "from"].flatMap((name) => {
    const value = query.get(name);
    return value !== undefined && /^-?\w{1,10}$/.test(value) ? [`${name}=${value}`] : [];
  });
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}
