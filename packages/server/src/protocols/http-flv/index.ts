import { defineProtocol } from "../../protocol.ts";
import { flvRoute } from "./routes.ts";
import { httpFlvSettings } from "./settings.ts";

/** FLV as an endless HTTP body and over WebSocket, at `/app/name.flv`: what browsers play with the lowest delay without WebRTC. */
export const httpFlv = defineProtocol({
  name: "http-flv",
  schemes: [],
  config: httpFlvSettings,

  async start(host, settings) {
    const { route, close } = flvRoute(host, () => settings().enabled);
    host.routes.media(".flv", route);
    return { ports: {}, close };
  },
});
