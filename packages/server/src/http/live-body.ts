import type { ServerResponse } from "node:http";
import { Duplex } from "node:stream";
import type { Grant } from "../core/access.ts";
import type { Format } from "../core/format.ts";
import type { Stream } from "../core/stream.ts";
import type { Host } from "../protocol.ts";
import { arrived } from "./arrived.ts";
import type { Framing } from "./framing.ts";
import { grantPlay } from "./granted.ts";
import { renditionsHeader } from "./renditions-header.ts";
import type { MediaRequest } from "./routes.ts";
import { takeConnection } from "./take-connection.ts";
import { delayUsOf, viewerWish, watch } from "./viewer.ts";

/** Which kinds of media a viewer wants. */
export type Wanted = { readonly audio: boolean; readonly video: boolean };

/** A protocol whose answer is the stream itself, without an end. */
export type LiveBody = {
  readonly protocol: string;
  readonly contentType: string;
  /** `delayUs`: how far behind the stream the viewer will be. */
  format(framing: Framing, delayUs: number): Format;
};

/** What a request leaves out: `has_audio=0`, `has_video=0`. */
export function wantedOf({ query }: MediaRequest): Wanted {
  return { audio: query.get("has_audio") !== "0", video: query.get("has_video") !== "0" };
}

/** A stream, and the right to watch it. */
export type Granted = { readonly stream: Stream; readonly grant: Grant };

/** The stream, if it is there and the viewer may see it. Both refusals take the same path, and a name that is not allowed never gets here. */
export async function granted(host: Host, media: MediaRequest, protocol: string): Promise<Granted> {
  const grant = await grantPlay(host, media, protocol);
  const name = grant.stream ?? media.stream;
  return { stream: await arrived(host.hub, media, name), grant };
}

/** `sluice-renditions` says which qualities there are, `sluice-sounds` which sounds; `sluice-stream` says whether the stream is live or held: a player whose picture stops asks, and knows whom to wait for. */
const headers = {
  "cache-control": "no-cache, no-store",
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
  "access-control-expose-headers": "sluice-stream, sluice-renditions, sluice-sounds",
};

/** Answers with the stream as an endless body, in chunks to HTTP/1.1; a HEAD request with the head alone. */
export function answerLive(
  host: Host,
  granted: Granted,
  media: MediaRequest,
  response: ServerResponse,
  { protocol, contentType, format }: LiveBody,
): void {
  const { stream, grant } = granted;
  if (response.destroyed) return;
  const http2 = http2Stream(response);
  if (http2) return answerHttp2(host, granted, media, response, http2, { protocol, contentType, format });
  const delayUs = delayUsOf(media);
  const wish = viewerWish(media, grant);
  const { socket } = media.request;
  // Asked for before the answer to an earlier request has ended: its media would be mixed into that answer.
  if (!response.socket) return void socket.destroy();
  const chunked = media.request.httpVersion === "1.1";
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, {
    "content-type": contentType,
    ...headers,
    "sluice-stream": stream.state,
    ...renditionsHeader(stream),
    ...(chunked ? { "transfer-encoding": "chunked" } : { connection: "close" }),
  });
  if (media.request.method === "HEAD") {
    response.end();
    return;
  }
  response.flushHeaders();
  host.routes.streaming.add(socket);
  takeConnection(media.request, response);
  watch(host, stream, media, socket, {
    protocol,
    grant,
    format: format(chunked ? "chunked" : "plain", delayUs),
    delayUs,
    wish,
    finish: () => (chunked ? socket.end("0\r\n\r\n") : socket.end()),
  });
}

/** In HTTP/2 the body is a stream of its own on a connection that has others. */
function answerHttp2(
  host: Host,
  { stream, grant }: Granted,
  media: MediaRequest,
  response: ServerResponse,
  body: Duplex,
  { protocol, contentType, format }: LiveBody,
): void {
  const delayUs = delayUsOf(media);
  const wish = viewerWish(media, grant);
  const told = { ...headers, "sluice-stream": stream.state, ...renditionsHeader(stream) };
  response.writeHead(200, { "content-type": contentType, ...told });
  if (media.request.method === "HEAD") return void response.end();
  response.flushHeaders();
  watch(host, stream, media, body, {
    protocol,
    grant,
    format: format("plain", delayUs),
    delayUs,
    wish,
    finish: () => body.end(),
  });
}

function http2Stream(response: ServerResponse): Duplex | undefined {
  return "stream" in response && response.stream instanceof Duplex ? response.stream : undefined;
}
