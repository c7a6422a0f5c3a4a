import { defineProtocol } from "../../protocol.ts";
import { tsRoute } from "./routes.ts";
import { httpTsSettings } from "./settings.ts";

/** MPEG-TS as an endless HTTP body, at `/app/name.ts`: what set-top boxes, IPTV players and broadcast tools take. */
export const httpTs = defineProtocol({
  name: "http-ts",
  schemes: [],
  config: httpTsSettings,

  async start(host, settings) {
    host.routes.media(
      ".ts",
      tsRoute(host, () => settings().enabled),
    );
    return { ports: {}, close: async () => {} };
  },
});
