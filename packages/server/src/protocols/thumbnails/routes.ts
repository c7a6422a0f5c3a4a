import type { ServerResponse } from "node:http";
import { grantPlay } from "../../http/granted.ts";
import { HttpError } from "../../http/http-error.ts";
import type { MediaRequest, MediaRoute } from "../../http/routes.ts";
import type { Host } from "../../protocol.ts";
import { type Ask, answer } from "../../segments/answer.ts";
import { folderOf } from "../../segments/playback.ts";
import { storyboard } from "./storyboard.ts";

const name = "thumbnails";
const textType = "text/vtt";
/** `storyboard/NONCE-TIME.jpg`: time in microseconds. */
const pictureName = /^storyboard\/([0-9a-z]{1,12})-(\d{1,16})\.jpg$/;

/** `/app/name.jpg`: the newest picture. Who may watch the stream may see it; a page may ask again and again, and is told when it is the same. */
export function thumbnailRoute(host: Host, check: () => void): MediaRoute {
  return {
    async get(media: MediaRequest, response: ServerResponse): Promise<void> {
      check();
      const { stream, nonce } = (await find(host, media)).presentation;
      const picture = stream.pictures.newest;
      if (!picture) throw noThumbnail(media);
      const etag = `"${nonce}-${picture.timeUs}"`;
      response.setHeader("cache-control", "no-cache");
      response.setHeader("etag", etag);
      if (media.request.headers["if-none-match"] === etag) return void response.writeHead(304).end();
      response.setHeader("x-content-type-options", "nosniff");
      response.writeHead(200, { "content-type": "image/jpeg", "content-length": picture.jpeg.length });
      response.end(media.request.method === "HEAD" ? undefined : picture.jpeg);
    },
  };
}

/** `/app/name.vtt`: the pictures of the stream's past. Their addresses have the viewer's token, so it is nobody else's. */
export function storyboardRoute(host: Host, check: () => void): MediaRoute {
  return {
    async get(media: MediaRequest, response: ServerResponse): Promise<void> {
      check();
      const found = await find(host, media);
      const { stream, nonce } = found.presentation;
      if (!stream.pictures.newest) throw noThumbnail(media);
      const folder = folderOf(found, host.segments.viewers.token(name, stream.name, found.grant));
      const text = storyboard(stream, ({ timeUs }) => `${folder}storyboard/${nonce}-${timeUs}.jpg`);
      response.writeHead(200, {
        "content-type": textType,
        "cache-control": "no-store",
        "content-length": Buffer.byteLength(text),
      });
      response.end(media.request.method === "HEAD" ? undefined : text);
    },
  };
}

/** `storyboard.vtt` in the folder of a viewer who has a token already, from HLS or DASH for example. */
export function storyboardText(check: () => void): (ask: Ask) => void {
  return (ask) => {
    check();
    const { file, presentation } = ask;
    const { stream, nonce } = presentation;
    if (file !== "storyboard.vtt") throw new HttpError(404, "http/not-found", "there is nothing here");
    const text = storyboard(stream, ({ timeUs }) => `storyboard/${nonce}-${timeUs}.jpg`);
    const etag = `W/"${nonce}-${stream.pictures.newest?.timeUs ?? 0}"`;
    answer(ask, { type: textType, cache: "public, max-age=1", etag, bytes: Buffer.from(text, "latin1"), isText: true });
  };
}

/** The pictures of a storyboard. */
export function thumbnails(check: () => void): (ask: Ask) => void {
  return (ask) => {
    check();
    const { stream, nonce } = ask.presentation;
    const [, shown, timeUs] = pictureName.exec(ask.file) ?? [];
    const picture = shown === nonce ? stream.pictures.at(Number(timeUs)) : undefined;
    if (!picture)
      throw new HttpError(404, "segment/not-found", "this picture is not there (any more): load the storyboard again");
    const { jpeg } = picture;
    answer(ask, {
      type: "image/jpeg",
      cache: "public, max-age=86400, immutable",
      etag: `"${nonce}-${timeUs}"`,
      bytes: jpeg,
    });
  };
}

async function find(host: Host, media: MediaRequest) {
  const grant = await grantPlay(host, media, name);
  const presentation = host.segments.presentations.find(grant.stream ?? media.stream);
  if (!presentation || presentation.stream.state === "waiting" || presentation.over)
    throw new HttpError(404, "stream/not-found", `${media.stream.path} is not live`);
  return { grant, presentation };
}

function noThumbnail({ stream }: MediaRequest): HttpError {
  return new HttpError(
    404,
    "stream/no-thumbnail",
    `there is no picture of ${stream.path}: none is taken (apps.${stream.app}.thumbnails), or not yet`,
  );
}
