import type { Access, Grant } from "../core/access.ts";
import { now } from "../core/clock.ts";
import type { Sessions } from "../core/sessions.ts";
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
  host: { readonly access: Access; readonly sessions: Sessions },
  presentations: Presentations,
  media: MediaRequest,
  protocol: string,
): Promise<Granted> {
  const grant = await grantPlay(host, media, protocol);
  const stream = grant.stream ?? media.stream;
  const presentation = presentations.find(stream);
  if (!presentation || presentation.stream.state === "waiting" || presentation.over) {
    throw new HttpError(404, "stream/not-found", `${media.stream.path} is not live`);
  }
  await ready(presentation, media);
  media.beginning.joinedAt = now();
  return { presentation, grant };
}

function ready(presentation: Presentation, { request, stream }: MediaRequest): Promise<void> {
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
      else reject(new HttpError(404, "stream/not-found", `${stream.path} is not live`));
    });
    const timer = setTimeout(() => {
      stop();
      reject(notYet(presentation));
    }, firstSegmentMs);
    request.socket.once("close", stop);
  });
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
