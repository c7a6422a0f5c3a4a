import { Type } from "typebox";
import { defineProtocol } from "../../protocol.ts";
import { flvRoute } from "./routes.ts";

/** FLV as an endless HTTP body and over WebSocket, at `/app/name.flv`: what browsers play with the lowest delay without WebRTC. */
export const httpFlv = defineProtocol({
  name: "http-flv",
  schemes: [],
  config: Type.Object(
    { enabled: Type.Boolean({ default: true, description: "serve /app/name.flv over HTTP and WebSocket" }) },
    { additionalProperties: false, default: {} },
  ),

  async start(host, settings) {
    const route = flvRoute(host, () => settings().enabled);
    host.routes.media(".flv", route.route);
    return { ports: {}, close: route.close };
  },
});
