import type { Duplex } from "node:stream";
import type { Format } from "../core/format.ts";
import type { Stream } from "../core/stream.ts";
import type { Host } from "../protocol.ts";
import type { MediaRequest } from "./routes.ts";

/** How a viewer watches whose connection has become a stream. */
export type Watching = {
  /** As the log and the list of sessions name it. */
  readonly protocol: string;
  readonly format: Format;
  /** Ends the connection in its own words, after the last bytes of media. */
  finish(reason: string): void;
};

/** Reasons that leave nothing to say: the peer takes no bytes. */
const silent = new Set(["stalled"]);
/** How long the last bytes may take to leave. */
const lingerMs = 5_000;

/** One viewer, from the answer's header on: the stream's cursor writes to the socket itself. */
export function watch(host: Host, stream: Stream, media: MediaRequest, socket: Duplex, watching: Watching): void {
  let reason = "the viewer left";
  const cursor = stream.join(watching.format, socket, {
    ended: (why) => {
      reason = why;
      if (silent.has(why)) socket.destroy();
      else watching.finish(why);
      setTimeout(() => socket.destroy(), lingerMs).unref();
    },
  });
  const ended = host.sessions.open({
    protocol: watching.protocol,
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
