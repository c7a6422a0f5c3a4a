import { randomBytes } from "node:crypto";
import type { Events } from "../../core/events.ts";
import type { Hub } from "../../core/hub.ts";
import type { Sessions } from "../../core/sessions.ts";
import type { Stream } from "../../core/stream.ts";
import { version } from "../../core/version.ts";
import type { ApiRoute } from "../../http/api.ts";
import type { HealthWatch } from "../publishers/index.ts";
import { Rates } from "./rates.ts";
import { srsSummaries } from "./summaries.ts";
import { type Crowd, srsClient, srsStream, srsStreamId } from "./views.ts";

export type SrsParts = {
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly events: Events;
  readonly health: Pick<HealthWatch, "of">;
};

/** What SRS answers with status 200 where something is not there: ERROR_RTMP_STREAM_NOT_FOUND, ERROR_RTMP_CLIENT_NOT_FOUND. */
const noStream = { code: 2048 };
const noClient = { code: 2049 };
const usualCount = 10;
const mostCount = 10_000;

/** The part of the HTTP API of SRS 5 and 6 that scripts and dashboards read, and the one change that they make: to send a client away. */
export function srsRoutes(parts: SrsParts): { readonly routes: readonly ApiRoute[]; close(): void } {
  const { events } = parts;
  const gone = { sendBytes: 0, recvBytes: 0 };
  const goneOf = new Map<string, number>();
  const close = events.subscribe((event) => {
    if (event.kind === "stream" && event.state === "ended") goneOf.delete(event.stream);
    if (event.kind !== "session ended") return;
    const { role, stream, figures } = event;
    gone[role === "publisher" ? "recvBytes" : "sendBytes"] += figures.bytes;
    if (role === "viewer") goneOf.set(stream, (goneOf.get(stream) ?? 0) + figures.bytes);
  });
  const known: Known = { ...parts, gone, goneOf, rates: new Rates(), service: randomBytes(4).toString("hex") };
  const routes = [serverRoutes(known), streamRoutes(known), clientRoutes(known)].flat();
  // SRS answers with and without a slash at the end.
  const lists = routes.filter(({ method, path }) => method === "GET" && !path.includes(":"));
  return { routes: [...routes, ...lists.map((route) => ({ ...route, path: `${route.path}/` }))], close };
}

type Known = SrsParts & {
  readonly gone: { readonly sendBytes: number; readonly recvBytes: number };
  /** What viewers had of a stream who are gone. */
  readonly goneOf: ReadonlyMap<string, number>;
  readonly rates: Rates;
  readonly service: string;
};

const reading = { root: "/compat/srs/api/v1/", method: "GET", role: "viewer", scope: "read" } as const;

function answered({ service }: Known, more: object): object {
  return { code: 0, server: "sluice", service, pid: String(process.pid), ...more };
}

function serverRoutes(known: Known): readonly ApiRoute[] {
  const [major, minor, revision] = version.split(/[.-]/).map(Number);
  return [
    {
      ...reading,
      path: "versions",
      summary: "the version, as SRS answers",
      handle: () => answered(known, { data: { major, minor, revision, version } }),
    },
    {
      ...reading,
      path: "summaries",
      summary: "the server and its machine, as SRS answers",
      handle: () => {
        const { gone, sessions } = known;
        const now = { ...gone };
        for (const { role, figures } of sessions.list())
          now[role === "publisher" ? "recvBytes" : "sendBytes"] += figures().bytes;
        return answered(known, { data: srsSummaries({ ...now, clients: sessions.size }) });
      },
    },
  ];
}

function streamRoutes(known: Known): readonly ApiRoute[] {
  const { hub, health } = known;
  const view = (stream: Stream, crowds: ReadonlyMap<string, Crowd>) => {
    const { path } = stream.name;
    const crowd = crowds.get(path) ?? { clients: 0, sendBytes: known.goneOf.get(path) ?? 0, sendKbps: 0 };
    return srsStream(stream, crowd, Math.round((health.of(stream)?.bitrate ?? 0) / 1000));
  };
  return [
    {
      ...reading,
      path: "streams",
      summary: "all streams, as SRS lists them: `start`, `count`",
      handle: ({ query }) => {
        const [all, crowds] = [[...hub.streams], crowdsOf(known)];
        const streams = piece(all, query).map((stream) => view(stream, crowds));
        return answered(known, { total: all.length, streams });
      },
    },
    {
      ...reading,
      path: "streams/:id",
      summary: "one stream, as SRS shows it",
      handle: ({ params }) => {
        const stream = [...hub.streams].find(({ name }) => srsStreamId(name.path) === params.get("id"));
        return stream ? answered(known, { stream: view(stream, crowdsOf(known)) }) : noStream;
      },
    },
  ];
}

function clientRoutes(known: Known): readonly ApiRoute[] {
  const { sessions, rates } = known;
  return [
    {
      ...reading,
      path: "clients",
      summary: "who publishes and who watches, as SRS lists them: `start`, `count`",
      handle: ({ query }) => {
        const clients = piece([...sessions.list()], query).map((session) => srsClient(session, rates));
        return answered(known, { clients });
      },
    },
    {
      ...reading,
      path: "clients/:id",
      summary: "one client, as SRS shows it",
      handle: ({ params }) => {
        const session = sessions.get(params.get("id") ?? "");
        return session ? answered(known, { client: srsClient(session, rates) }) : noClient;
      },
    },
    {
      ...reading,
      method: "DELETE",
      path: "clients/:id",
      role: "operator",
      scope: "sessions",
      summary: "send a client away, as SRS does",
      action: "session.end",
      handle: ({ params }) => {
        const session = sessions.get(params.get("id") ?? "");
        session?.close("ended by an operator");
        return session ? answered(known, {}) : noClient;
      },
    },
  ];
}

/** Everybody who is there, by stream. */
function crowdsOf({ sessions, goneOf, rates }: Known): ReadonlyMap<string, Crowd> {
  const crowds = new Map<string, Crowd>();
  for (const session of sessions.list()) {
    const { path } = session.stream;
    const crowd = crowds.get(path) ?? { clients: 0, sendBytes: goneOf.get(path) ?? 0, sendKbps: 0 };
    crowds.set(path, crowd);
    crowd.clients++;
    if (session.role === "publisher") crowd.publisher = session.id;
    else {
      const { bytes } = session.figures();
      crowd.sendBytes += bytes;
      crowd.sendKbps += rates.kbps(session, bytes, Date.now() - session.openedAt.getTime());
    }
  }
  return crowds;
}

/** `start` and `count`; what is no number is as if it were not there. */
function piece<T>(all: readonly T[], query: ReadonlyMap<string, string>): readonly T[] {
  const start = Math.max(0, Number.parseInt(query.get("start") ?? "", 10) || 0);
  const count = Number.parseInt(query.get("count") ?? "", 10) || usualCount;
  return all.slice(start, start + Math.min(mostCount, Math.max(1, count)));
}
