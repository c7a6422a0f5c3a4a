import type { Hub } from "../core/hub.ts";
import type { Session, Sessions } from "../core/sessions.ts";
import type { Stream } from "../core/stream.ts";
import type { ApiRoute } from "./api.ts";
import { HttpError } from "./http-error.ts";

/** Streams and sessions, and the end of a session. */
export function streamRoutes(hub: Hub, sessions: Sessions): readonly ApiRoute[] {
  return [
    {
      method: "GET",
      path: "streams",
      role: "viewer",
      scope: "read",
      summary: "all streams, with what they carry",
      handle: () => [...hub.streams].map(streamView),
    },
    {
      method: "GET",
      path: "sessions",
      role: "viewer",
      scope: "read",
      summary: "everyone who publishes or watches",
      handle: () => Array.from(sessions.list(), sessionView),
    },
    {
      method: "DELETE",
      path: "sessions/:id",
      role: "operator",
      scope: "sessions",
      summary: "end a session",
      action: "session.end",
      handle: ({ params }) => {
        const session = sessions.get(params.get("id") ?? "");
        if (!session) throw new HttpError(404, "session/not-found", "there is no such session");
        session.close("ended by an operator");
        return { id: session.id, state: "closing" };
      },
    },
  ];
}

/** `grant`: what the session's right is revoked by. */
function sessionView({ id, protocol, role, stream, address, agent, grant, openedAt, figures }: Session): object {
  const { id: right, expiresAt } = grant;
  return { id, protocol, role, stream: stream.path, address, agent, grant: right, expiresAt, openedAt, ...figures() };
}

function streamView(stream: Stream): object {
  const { name, state, log, bytesIn, packetsIn } = stream;
  return {
    app: name.app,
    name: name.name,
    state,
    viewers: stream.viewers,
    tracks: stream.tracks.map(({ config: _config, ...track }) => track),
    bytesIn,
    packetsIn,
    bytesKept: log.bytes,
    seconds: log.headUs / 1e6,
    ...(stream.ladder.making === undefined && stream.ladder.rungs.length === 0 ? {} : { ladder: ladderView(stream) }),
  };
}

/** The qualities beside the source, and how they are made. Bitrates are in bits per second; `measured` is sound included, and 0 while it is not known. */
function ladderView({ ladder }: Stream): object {
  const rungs = ladder.rungs.map(({ plan, live, bitrate, audience }) => ({
    ...plan,
    measured: Math.round(bitrate.value),
    live,
    viewers: audience.cursors.size,
  }));
  return { ...ladder.making, measured: Math.round(ladder.bitrate.value), soundOnly: ladder.soundOnly, rungs };
}
