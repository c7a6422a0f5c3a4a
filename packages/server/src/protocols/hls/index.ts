import { defineProtocol } from "../../protocol.ts";
import { masterRoute, mediaPlaylists } from "./routes.ts";
import { hlsSettings } from "./settings.ts";

/** HLS and Low-Latency HLS, at `/app/name.m3u8`: what every phone, television and browser plays. */
export const hls = defineProtocol({
  name: "hls",
  schemes: [],
  config: hlsSettings,

  async start(host, settings) {
    host.routes.media(
      ".m3u8",
      masterRoute(host, () => settings().enabled),
    );
    host.segments.files.on(".m3u8", mediaPlaylists(host));
    return { ports: {}, close: async () => {} };
  },
});
