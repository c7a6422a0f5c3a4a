import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Stream } from "../../core/stream.ts";
import { HttpError } from "../../http/http-error.ts";
import type { MediaRequest, MediaRoute } from "../../http/routes.ts";
import type { Host } from "../../protocol.ts";
import { epochOf, type Framing, flvFormat, type Wanted } from "./egress.ts";
import { watch } from "./session.ts";

/** Players only listen: what they send is thrown away, and a large message ends the connection. */
const maxIncoming = 1024;

/** `sluice-stream` says whether the stream is live or held: a player whose picture stops asks, and knows whom to wait for. */
const headers = {
  "content-type": "video/x-flv",
  "cache-control": "no-cache, no-store",
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
};

/** The route of `/app/name.flv`, and the function that ends everyone who watches through it. */
export function flvRoute(host: Host, enabled: () => boolean): { route: MediaRoute; close(): Promise<void> } {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxIncoming,
    clientTracking: false,
  });

  /** Connections whose HTTP answer is a stream, which nothing follows. */
  const streaming = new WeakSet<Duplex>();

  async function get(media: MediaRequest, response: ServerResponse): Promise<void> {
    const stream = await granted(host, media, enabled());
    if (response.destroyed) return;
    const { socket } = media.request;
    // Asked for before the answer to an earlier request has ended: its media would be mixed into that answer.
    if (!response.socket) return void socket.destroy();
    const chunked = media.request.httpVersion === "1.1";
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, {
      ...headers,
      "sluice-stream": stream.state,
      ...(chunked ? { "transfer-encoding": "chunked" } : { connection: "close" }),
    });
    if (media.request.method === "HEAD") {
      response.end();
      return;
    }
    response.flushHeaders();
    // From here on the connection is a stream and no answer: node's objects for it are let go of.
    response.detachSocket(socket);
    streaming.add(socket);
    watch(host, stream, media, socket, format(chunked ? "chunked" : "plain", media, stream), {
      finish: () => (chunked ? socket.end("0\r\n\r\n") : socket.end()),
    });
  }

  async function upgrade(media: MediaRequest, socket: Duplex, head: Buffer): Promise<void> {
    const stream = await granted(host, media, enabled());
    if (socket.destroyed) return;
    if (streaming.has(socket)) return void socket.destroy(); // likewise
    sockets.handleUpgrade(media.request, socket, head, (client: WebSocket, request: IncomingMessage) => {
      client.on("error", () => client.terminate());
      watch(host, stream, media, request.socket, format("websocket", media, stream), {
        finish: (reason) => client.close(reason === "stalled" ? 1013 : 1000, reason),
      });
    });
  }

  return { route: { get, upgrade }, close: async () => sockets.close() };
}

function format(framing: Framing, { query }: MediaRequest, stream: Stream) {
  const wanted: Wanted = { audio: query.get("has_audio") !== "0", video: query.get("has_video") !== "0" };
  return flvFormat(framing, wanted, epochOf(stream.log.headUs / 1000));
}

/** The stream, if it is there and the viewer may see it. Both refusals take the same path, and a name that is not allowed never gets here. */
async function granted(host: Host, media: MediaRequest, enabled: boolean): Promise<Stream> {
  const { stream: name, query, address } = media;
  if (!enabled) throw new HttpError(404, "flv/disabled", "HTTP-FLV is switched off (httpFlv.enabled)");
  const decision = await host.access.decide({ action: "play", stream: name, protocol: "http-flv", address, query });
  if (!decision.allowed) {
    host.log.warn({ protocol: "http-flv", address, stream: name.path, rule: decision.rule }, "viewer refused");
    throw new HttpError(403, "access/denied", decision.reason);
  }
  const stream = host.hub.find(name);
  if (!stream || stream.state === "waiting") throw new HttpError(404, "stream/not-found", `${name.path} is not live`);
  return stream;
}
