import type { Access, Grant } from "../core/access.ts";
import { now } from "../core/clock.ts";
import type { Hub } from "../core/hub.ts";
import type { Sessions } from "../core/sessions.ts";
import { arrived } from "../http/arrived.ts";
import { grantPlay } from "../http/granted.ts";
import { HttpError } from "../http/http-error.ts";
import type { MediaRequest } from "../http/routes.ts";
import type { Presentation } from "./presentation.ts";
import type { Presentations } from "./presentations.ts";

/** How long a request waits for a stream's first segment. */
const firstSegmentMs = 10_000;

/** A presentation, and the right to watch it. */
export type Granted = { readonly presentation: Presentation; readonly grant: Grant };

/** The presentation of a stream that the viewer may see, as soon as there is something to list. Throws an `HttpError`. */
export async function granted(
  host: { readonly hub: Hub; readonly access: Access; readonly sessions: Sessions },
  presentations: Presentations,
  media: MediaRequest,
  protocol: string,
): Promise<Granted> {
  const grant = await grantPlay(host, media, protocol);
  const stream = await arrived(host.hub, media, grant.stream ?? media.stream);
  const presentation = presentations.find(stream.name);
  if (!presentation || presentation.over) throw notLive(media);
  const letGo = stream.keep();
  try {
    await ready(presentation, media);
  } finally {
    letGo();
  }
  media.beginning.joinedAt = now();
  return { presentation, grant };
}

function ready(presentation: Presentation, media: MediaRequest): Promise<void> {
  const { request } = media;
  const isReady = () => presentation.targetSeconds !== undefined;
  if (isReady()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      leave();
      request.socket.off("close", stop);
    };
    const leave = presentation.onGrown(() => {
      if (!isReady() && !presentation.over) return;
      stop();
      if (isReady()) resolve();
      else reject(notLive(media));
    });
    const timer = setTimeout(() => {
      stop();
      reject(notYet(presentation));
    }, firstSegmentMs);
    request.socket.once("close", stop);
  });
}

function notLive({ stream }: MediaRequest): HttpError {
  return new HttpError(404, "stream/not-found", `${stream.path} is not live`);
}

function notYet({ renditions, unfit, stream }: Presentation): HttpError {
  if (renditions.size === 0 && unfit.length > 0) {
    return new HttpError(
      404,
      "stream/codec",
      `${stream.name.path} has nothing that HLS or DASH can carry: ${unfit.map(({ reason }) => reason).join("; ")}`,
    );
  }
  return new HttpError(404, "stream/not-ready", `${stream.name.path} has no whole segment yet; try again in a moment`);
}

/** Where everything that belongs to a presentation lies for a viewer with this token, seen from the address that was asked for. */
export function folderOf({ presentation, grant }: Granted, token: string): string {
  const { path, name } = presentation.stream.name;
  return `${grant.stream ? `/${path}` : name}/-/${token}/`;
}
