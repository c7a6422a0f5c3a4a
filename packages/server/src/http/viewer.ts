import type { Duplex } from "node:stream";
import type { Grant } from "../core/access.ts";
import { now } from "../core/clock.ts";
import type { Cursor } from "../core/cursor.ts";
import type { CursorOwner } from "../core/cursor-owner.ts";
import type { Format } from "../core/format.ts";
import { delayOf } from "../core/start-time.ts";
import type { Stream } from "../core/stream.ts";
import { type Wish, wishOf } from "../core/wish.ts";
import type { Host } from "../protocol.ts";
import { HttpError } from "./http-error.ts";
import type { MediaRequest } from "./routes.ts";

/** How a viewer watches whose connection has become a stream. */
export type Watching = {
  readonly grant: Grant;
  /** As the log and the list of sessions name it. */
  readonly protocol: string;
  readonly format: Format;
  /** How far behind the stream, in microseconds. */
  readonly delayUs: number;
  /** What it asks of the qualities. */
  readonly wish?: Wish | undefined;
  /** Ends the connection in its own words, after the last bytes of media. */
  finish(reason: string): void;
};

/** Reasons that leave nothing to say: the peer takes no bytes. */
const silent = new Set(["stalled"]);
/** How long the last bytes may take to leave. */
const lingerMs = 5_000;

/** How long ago a viewer wants to begin (`from`), in microseconds. */
export function delayUsOf({ query }: MediaRequest): number {
  const from = query.get("from");
  const delayUs = from === undefined ? 0 : delayOf(from, Date.now());
  if (delayUs === undefined)
    throw new HttpError(400, "stream/from", "from is no time; write -60s, seconds since 1970, or 2026-01-31T20:15:00Z");
  return delayUs;
}

/** What a viewer asks of the qualities, within its right. */
export function viewerWish({ query }: MediaRequest, { bitrate }: Grant): Wish | undefined {
  const wish = wishOf(query, bitrate);
  if (typeof wish === "string") throw new HttpError(400, "stream/rendition", wish);
  return wish;
}

/** One viewer, from the answer's header on: the stream's cursor writes to the socket itself. */
export function watch(host: Host, stream: Stream, media: MediaRequest, socket: Duplex, watching: Watching): void {
  const { protocol, grant, format, delayUs, wish, finish } = watching; // what is called later must not hold the request
  const { beginning } = media;
  const viewer = { protocol, role: "viewer", stream: stream.name } as const;
  let reason = "the viewer left";
  let cursor: Cursor | undefined;
  const owner: CursorOwner = {
    started: () => host.sessions.began(viewer, beginning),
    ended: (why) => {
      reason = why;
      if (silent.has(why)) socket.destroy();
      else finish(why);
      setTimeout(() => socket.destroy(), lingerMs).unref();
    },
  };
  const ended = host.sessions.open({
    ...viewer,
    address: media.address,
    grant,
    agent: media.request.headers["user-agent"],
    beginning,
    figures: () => cursor?.figures() ?? { bytes: 0 },
    close: (why) => cursor?.end(why),
  });
  beginning.joinedAt = now();
  const joined = stream.join(format, socket, owner, { delayUs, wish });
  cursor = joined;
  socket.on("drain", () => joined.flush());
  socket.once("close", () => {
    stream.leave(joined);
    ended(reason);
  });
}
