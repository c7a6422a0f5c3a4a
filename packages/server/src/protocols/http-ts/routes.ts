import type { ServerResponse } from "node:http";
import { fitsTs } from "@sluice/media";
import type { Stream } from "../../core/stream.ts";
import { HttpError } from "../../http/http-error.ts";
import { answerLive, granted, type Wanted, wantedOf } from "../../http/live-body.ts";
import type { MediaRequest, MediaRoute } from "../../http/routes.ts";
import type { Host } from "../../protocol.ts";
import { tsFormat } from "./egress.ts";

/** The route of `/app/name.ts`. */
export function tsRoute(host: Host, enabled: () => boolean): MediaRoute {
  return {
    async get(media: MediaRequest, response: ServerResponse): Promise<void> {
      if (!enabled()) throw new HttpError(404, "ts/disabled", "HTTP-TS is switched off (httpTs.enabled)");
      const asker = await granted(host, media, "http-ts");
      const wanted = wantedOf(media);
      if (!hasSomething(asker.stream, wanted))
        throw new HttpError(415, "ts/codec", "MPEG-TS carries none of the stream's codecs: use another protocol");
      answerLive(host, asker, media, response, {
        protocol: "http-ts",
        contentType: "video/mp2t",
        format: (framing) => tsFormat(framing, wanted),
      });
    },
  };
}

/** As far as it is known: what a stream has that has only just begun will be seen. */
function hasSomething({ tracks, settled }: Stream, wanted: Wanted): boolean {
  return !settled || tracks.some((track) => track.kind !== "data" && wanted[track.kind] && fitsTs(track));
}
