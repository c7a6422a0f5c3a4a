import { defineProtocol } from "../../protocol.ts";
import { clock, manifestRoute, manifests } from "./routes.ts";
import { dashSettings } from "./settings.ts";

/** DASH with low latency, at `/app/name.mpd`: the same segments as HLS. */
export const dash = defineProtocol({
  name: "dash",
  schemes: [],
  config: dashSettings,

  async start(host, settings) {
    host.routes.media(
      ".mpd",
      manifestRoute(host, () => settings().enabled),
    );
    host.segments.files.on(".mpd", manifests(host));
    host.segments.files.on(".utc", clock);
    return { ports: {}, close: async () => {} };
  },
});
