import { HttpError } from "../../http/http-error.ts";
import { defineProtocol } from "../../protocol.ts";
import { masterRoute, mediaPlaylists } from "./routes.ts";
import { hlsSettings } from "./settings.ts";
import { TsPlaylists } from "./ts-playlist.ts";

/** HLS and Low-Latency HLS, at `/app/name.m3u8`: what every phone, television and browser plays. */
export const hls = defineProtocol({
  name: "hls",
  schemes: [],
  config: hlsSettings,

  async start(host, settings) {
    const ts = new TsPlaylists(host);
    host.routes.media(
      ".m3u8",
      masterRoute(host, ts, () => settings().enabled),
    );
    host.segments.files.on(".m3u8", mediaPlaylists(host, ts));
    host.segments.files.on(".ts", (ask) => {
      if (!ts.handle(ask)) throw new HttpError(404, "http/not-found", "there is nothing here");
    });
    return { ports: {}, close: async () => ts.close() };
  },
});
