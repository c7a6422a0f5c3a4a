import type { IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import type { Hub } from "../core/hub.ts";
import type { Stream } from "../core/stream.ts";
import type { StreamName } from "../core/stream-name.ts";
import { HttpError } from "./http-error.ts";
import type { MediaRequest } from "./routes.ts";

/**
 * The stream that a viewer may see; throws an `HttpError` where it is not there. Where the app's streams come from another server, asking for one fetches it, and is answered when it has come. Every
 * protocol over HTTP looks for its stream here, after it has asked whether the viewer may see it.
 */
export async function arrived(hub: Hub, media: MediaRequest, name: StreamName): Promise<Stream> {
  const stream = hub.find(name);
  if (stream && stream.state !== "waiting") return stream;
  const waitMs = hub.waitMs(name.app);
  if (waitMs === 0) throw new HttpError(404, "stream/not-found", `${media.stream.path} is not live`);
  if (media.request.method !== "GET") throw notFetched(media);
  media.beginning.waited = true;
  return fetched(hub, media, name, waitMs);
}

function fetched(hub: Hub, media: MediaRequest, name: StreamName, waitMs: number): Promise<Stream> {
  const { body, connection } = placeOf(media.request);
  return new Promise((resolve, reject) => {
    const giveUp = hub.arrivals.wait(name, waitMs, connection, (arrival) => {
      body.off("close", left);
      if (arrival === "late") reject(notFetched(media));
      else resolve(arrival);
    });
    const left = () => {
      giveUp?.();
      reject(notFetched(media)); // nobody reads it, and the request is let go of
    };
    if (giveUp) body.once("close", left);
    else reject(new HttpError(429, "http/waiting", "too many wait for streams already; try again in a moment"));
  });
}

/** What closes when the viewer leaves, and the connection that it came by: in HTTP/2 a request is a stream of one that has others. */
function placeOf(request: IncomingMessage): { readonly body: Duplex; readonly connection: object } {
  if (!("stream" in request && request.stream instanceof Duplex))
    return { body: request.socket, connection: request.socket };
  const { stream } = request;
  const session = "session" in stream ? stream.session : undefined;
  return { body: stream, connection: typeof session === "object" && session !== null ? session : stream };
}

/** Players are told that the stream comes when it is asked for: to look whether it is there is not enough. */
function notFetched({ stream }: MediaRequest): HttpError {
  return new HttpError(
    404,
    "stream/not-found",
    `${stream.path} is not live: nobody publishes it here, and the server that the app's streams come from does not have it or does not answer`,
    { "sluice-stream": "on demand", "access-control-expose-headers": "sluice-stream" },
  );
}
