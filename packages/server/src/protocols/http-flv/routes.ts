import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Stream } from "../../core/stream.ts";
import type { Framing } from "../../http/framing.ts";
import { HttpError } from "../../http/http-error.ts";
import { answerLive, type Granted, granted, wantedOf } from "../../http/live-body.ts";
import type { MediaRequest, MediaRoute } from "../../http/routes.ts";
import { delayUsOf, viewerWish, watch } from "../../http/viewer.ts";
import type { Host } from "../../protocol.ts";
import { epochOf, flvFormat } from "./egress.ts";

/** Players only listen: what they send is thrown away, and a large message ends the connection. */
const maxIncoming = 1024;

/** The route of `/app/name.flv`, and the function that ends everyone who watches through it. */
export function flvRoute(host: Host, enabled: () => boolean): { route: MediaRoute; close(): Promise<void> } {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxIncoming,
    clientTracking: false,
  });

  async function asked(media: MediaRequest): Promise<Granted> {
    if (!enabled()) throw new HttpError(404, "flv/disabled", "HTTP-FLV is switched off (httpFlv.enabled)");
    return granted(host, media, "http-flv");
  }

  async function get(media: MediaRequest, response: ServerResponse): Promise<void> {
    const asker = await asked(media);
    const { stream } = asker;
    answerLive(host, asker, media, response, {
      protocol: "http-flv",
      contentType: "video/x-flv",
      format: (framing, delayUs) => format(framing, media, stream, delayUs),
    });
  }

  async function upgrade(media: MediaRequest, socket: Duplex, head: Buffer): Promise<void> {
    const { stream, grant } = await asked(media);
    const delayUs = delayUsOf(media);
    const wish = viewerWish(media, grant);
    if (socket.destroyed) return;
    // Asked for on a connection that has become a stream: its answer would be mixed into that.
    if (host.routes.streaming.has(socket)) return void socket.destroy();
    sockets.handleUpgrade(media.request, socket, head, (client: WebSocket, request: IncomingMessage) => {
      client.on("error", () => client.terminate());
      request.socket.setTimeout(0);
      watch(host, stream, media, request.socket, {
        protocol: "ws-flv",
        grant,
        format: format("websocket", media, stream, delayUs),
        delayUs,
        wish,
        finish: closing(client),
      });
    });
  }

  return { route: { get, upgrade }, close: async () => sockets.close() };
}

/** Made here, where it holds nothing of the request. */
function closing(client: WebSocket): (reason: string) => void {
  return (reason) => client.close(reason === "stalled" ? 1013 : 1000, reason);
}

function format(framing: Framing, media: MediaRequest, stream: Stream, delayUs: number) {
  return flvFormat(framing, wantedOf(media), epochOf(Math.max(0, stream.log.headUs - delayUs) / 1000));
}
