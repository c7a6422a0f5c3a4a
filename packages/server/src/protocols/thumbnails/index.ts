import { HttpError } from "../../http/http-error.ts";
import { defineProtocol } from "../../protocol.ts";
import { thumbnails as pictures, storyboardRoute, storyboardText, thumbnailRoute } from "./routes.ts";
import { thumbnailSettings } from "./settings.ts";

/** Small pictures: the newest at `/app/name.jpg`, and those of the past in a storyboard at `/app/name.vtt`. */
export const thumbnails = defineProtocol({
  name: "thumbnails",
  schemes: [],
  config: thumbnailSettings,

  async start(host, settings) {
    const check = () => {
      if (!settings().enabled)
        throw new HttpError(404, "thumbnails/disabled", "thumbnails are switched off (thumbnails.enabled)");
    };
    host.routes.media(".jpg", thumbnailRoute(host, check));
    host.routes.media(".vtt", storyboardRoute(host, check));
    host.segments.files.on(".jpg", pictures(check));
    host.segments.files.on(".vtt", storyboardText(check));
    return { ports: {}, close: async () => {} };
  },
});
