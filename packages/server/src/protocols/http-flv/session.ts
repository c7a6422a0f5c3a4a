import type { Socket } from "node:net";
import type { Format } from "../../core/format.ts";
import type { Stream } from "../../core/stream.ts";
import type { MediaRequest } from "../../http/routes.ts";
import type { Host } from "../../protocol.ts";

/** How a viewer's connection ends in its own words, after the last tag. */
export type Ending = { finish(reason: string): void };

/** Reasons that leave nothing to say: the peer takes no bytes. */
const silent = new Set(["stalled"]);
/** How long the last bytes may take to leave. */
const lingerMs = 5_000;

/** One viewer, from the answer's header on: the stream's cursor writes to the socket itself. */
export function watch(
  host: Host,
  stream: Stream,
  media: MediaRequest,
  socket: Socket,
  format: Format,
  ending: Ending,
): void {
  let reason = "the viewer left";
  const cursor = stream.join(format, socket, {
    ended: (why) => {
      reason = why;
      if (silent.has(why)) socket.destroy();
      else ending.finish(why);
      setTimeout(() => socket.destroy(), lingerMs).unref();
    },
  });
  const ended = host.sessions.open({
    protocol: format.key.startsWith("flv/websocket") ? "ws-flv" : "http-flv",
    role: "viewer",
    stream: stream.name,
    address: media.address,
    agent: media.request.headers["user-agent"],
    figures: () => ({ bytes: cursor.bytes, skips: cursor.skips }),
    close: (why) => cursor.end(why),
  });
  socket.on("drain", () => cursor.flush());
  socket.once("close", () => {
    stream.leave(cursor);
    ended(reason);
  });
}
