import type { ServerResponse } from "node:http";
import { wishOf } from "../../core/wish.ts";
import { HttpError } from "../../http/http-error.ts";
import type { MediaRequest, MediaRoute } from "../../http/routes.ts";
import { viewerWish } from "../../http/viewer.ts";
import type { Host } from "../../protocol.ts";
import { type Ask, answer, type Content } from "../../segments/answer.ts";
import { folderOf, type Granted, granted } from "../../segments/playback.ts";
import type { Presentation } from "../../segments/presentation.ts";
import { hasBegun, type ManifestForm, manifest } from "./manifest.ts";

const type = "application/dash+xml";
const manifestName = "manifest.mpd";

/** FFmpeg looks for segments beside the address that it was given, wherever that led to. */
const staysAtAddress = /^(Lavf|VLC|LibVLC)/;
const maxReused = 1_000;
/** As many digits as a wish may have. */
const longestMax = 999_999_999;
/** In which the manifest is kept for all who ask. */
const maxForms = 16;

/**
 * `/app/name.mpd`: on to the manifest under the viewer's token. Players ask for a manifest again and again at the address where they found it, so each stays one viewer, and the
 * manifest is the same for all. Who does not follow gets it here, with the token in every address.
 */
export function manifestRoute(host: Host, enabled: () => boolean): MediaRoute {
  const reused = new Map<string, string>();
  /** Who comes back here for every update is still the same viewer. */
  const newToken = ({ presentation, grant }: Granted) =>
    host.segments.viewers.token("dash", presentation.stream.name, grant);
  const tokenOf = (found: Granted, address: string, agent: string): string => {
    const key = `${address} ${found.presentation.stream.name.path} ${found.grant.id ?? ""} ${agent}`;
    const known = reused.get(key);
    if (known !== undefined && host.segments.viewers.isWatching(known)) return known;
    const token = newToken(found);
    if (reused.size >= maxReused) reused.clear();
    reused.set(key, token);
    return token;
  };
  return {
    isDocument: true,
    async get(media: MediaRequest, response: ServerResponse): Promise<void> {
      if (!enabled()) throw new HttpError(404, "dash/disabled", "DASH is switched off (dash.enabled)");
      const found = await granted(host, host.segments.presentations, media, "dash");
      const { presentation } = found;
      if (response.destroyed) return;
      const form = { lowLatency: media.query.get("ll") !== "0", wish: viewerWish(media, found.grant) };
      const agent = media.request.headers["user-agent"] ?? "";
      const stays = staysAtAddress.test(agent);
      const token = stays ? tokenOf(found, media.address, agent) : newToken(found);
      const folder = folderOf(found, token);
      const { name: stream } = presentation.stream;
      host.sessions.began({ protocol: "dash", role: "viewer", stream }, media.beginning);
      if (stays) return send(media, response, manifest(presentation, form, new Date(), folder));
      const location = `${folder}${manifestName}${queryOf(form)}`;
      response.writeHead(302, { location, "cache-control": "no-store", "content-length": 0 }).end();
    },
  };
}

function send({ request }: MediaRequest, response: ServerResponse, text: string): void {
  response.writeHead(200, {
    "content-type": type,
    "cache-control": "no-store",
    "content-length": Buffer.byteLength(text),
  });
  response.end(request.method === "HEAD" ? undefined : text);
}

/** The manifest, made once for all who ask. */
export function manifests(host: Host): (ask: Ask) => void {
  const cache = new WeakMap<Presentation, Map<string, { version: number; content: Content }>>();
  return (ask) => {
    const { presentation, query, file } = ask;
    if (file !== manifestName) throw new HttpError(404, "http/not-found", "there is nothing here");
    const { leader } = presentation;
    if (!leader)
      throw new HttpError(404, "stream/not-ready", "the stream has no whole segment yet; try again in a moment");
    const form = formOf(query);
    const { lowLatency } = form;
    const hasPeriod = () => presentation.eras.length > 1 || hasBegun(presentation, lowLatency);
    const isReady = () => presentation.targetSeconds !== undefined && hasPeriod();
    host.segments.files.wait(ask, { rendition: leader, isReady, seconds: 10 }, () => {
      const forms = cache.get(presentation) ?? new Map<string, { version: number; content: Content }>();
      cache.set(presentation, forms);
      const name = queryOf(form);
      let known = forms.get(name);
      if (known?.version !== presentation.version) {
        known = { version: presentation.version, content: contentOf(presentation, form) };
        if (forms.size >= maxForms) forms.clear();
        forms.set(name, known);
      }
      answer(ask, known.content);
    });
  };
}

/** The server's time, for players whose clock is wrong (23009-1, 5.8.4.11, `urn:mpeg:dash:utc:http-iso:2014`). */
export function clock({ response, request, cors }: Ask): void {
  const text = new Date().toISOString();
  response.writeHead(200, {
    ...cors,
    "content-type": "text/plain",
    "cache-control": "no-store",
    "content-length": text.length,
  });
  response.end(request.method === "HEAD" ? undefined : text);
}

function formOf(query: ReadonlyMap<string, string>): ManifestForm {
  const wish = wishOf(query);
  if (typeof wish === "string") throw new HttpError(400, "stream/rendition", wish);
  return { lowLatency: query.get("ll") !== "0", wish };
}

/** The same as a query, as `formOf` reads it. */
function queryOf({ lowLatency, wish }: ManifestForm): string {
  const query = new URLSearchParams({
    ...(lowLatency ? {} : { ll: "0" }),
    ...(wish?.rung === undefined ? {} : { rendition: wish.rung }),
    ...(wish?.maxBitrate === undefined ? {} : { max: String(Math.min(Math.ceil(wish.maxBitrate), longestMax)) }),
    ...(wish?.adaptive === false ? { adaptive: "0" } : {}),
    ...(wish?.sound === undefined ? {} : { audio: String(wish.sound) }),
  });
  return query.size === 0 ? "" : `?${query}`;
}

function contentOf(presentation: Presentation, form: ManifestForm): Content {
  const text = manifest(presentation, form, new Date());
  return {
    type,
    cache: "public, max-age=1",
    etag: `W/"${presentation.nonce}-${presentation.version}"`,
    bytes: Buffer.from(text, "latin1"),
    isText: true,
  };
}
