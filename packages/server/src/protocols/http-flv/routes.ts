import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { FlvForm } from "@sluice/media";
import { type WebSocket, WebSocketServer } from "ws";
import { codecName } from "../../core/codec-policy.ts";
import { obstacle } from "../../core/obstacle.ts";
import type { Stream } from "../../core/stream.ts";
import type { Framing } from "../../http/framing.ts";
import { HttpError } from "../../http/http-error.ts";
import { answerLive, type Granted, granted, wantedOf } from "../../http/live-body.ts";
import type { MediaRequest, MediaRoute } from "../../http/routes.ts";
import { delayUsOf, viewerWish, watch } from "../../http/viewer.ts";
import type { Host } from "../../protocol.ts";
import { epochOf, flvFormat } from "./egress.ts";
import { formOf } from "./form.ts";

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

  async function asked(media: MediaRequest): Promise<Granted & { readonly form: FlvForm }> {
    if (!enabled()) throw new HttpError(404, "flv/disabled", "HTTP-FLV is switched off (httpFlv.enabled)");
    const asker = await granted(host, media, "http-flv");
    const form = formOf(media, host.codecs(asker.stream.name.app));
    const { video, audio } = form;
    const found = obstacle(asker.stream, { video, audio, wanted: wantedOf(media) });
    if (found?.coming)
      throw new HttpError(404, "stream/not-ready", "a quality that this player can read is being made");
    if (found) throw new HttpError(415, "flv/codec", unplayable(codecName(found.codec)));
    return { ...asker, form };
  }

  async function get(media: MediaRequest, response: ServerResponse): Promise<void> {
    const asker = await asked(media);
    const { stream, form } = asker;
    answerLive(host, asker, media, response, {
      protocol: "http-flv",
      contentType: "video/x-flv",
      format: (framing, delayUs) => format(framing, media, stream, delayUs, form),
    });
  }

  async function upgrade(media: MediaRequest, socket: Duplex, head: Buffer): Promise<void> {
    const { stream, grant, form } = await asked(media);
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
        format: format("websocket", media, stream, delayUs, form),
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

function format(framing: Framing, media: MediaRequest, stream: Stream, delayUs: number, form: FlvForm) {
  return flvFormat(framing, wantedOf(media), epochOf(Math.max(0, stream.log.headUs - delayUs) / 1000), form);
}

function unplayable(codec: string): string {
  return `the stream is in ${codec}, which players of FLV in a browser cannot read or this app does not send; watch it over HLS, DASH or RTMP, or have a quality in H.264 made (apps.NAME.ladder)`;
}
