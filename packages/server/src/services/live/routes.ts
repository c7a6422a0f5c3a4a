import { Type } from "typebox";
import type { Hub } from "../../core/hub.ts";
import type { Session, Sessions } from "../../core/sessions.ts";
import type { Stream } from "../../core/stream.ts";
import { streamName } from "../../core/stream-name.ts";
import { type ApiRoute, JsonText } from "../../http/api.ts";
import { ending, pageOf, pageQuery } from "../../http/api-shapes.ts";
import { HttpError } from "../../http/http-error.ts";
import type { HealthWatch } from "../publishers/index.ts";
import { eventShape } from "./event-shape.ts";
import type { Feed } from "./feed.ts";
import { sessionShape, sessionText } from "./session-text.ts";
import { countViewers } from "./viewers.ts";
import { streamShape, streamView } from "./views.ts";

export type LiveParts = {
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly health: Omit<HealthWatch, "close">;
  readonly feed: Feed;
};

const usualLimit = 100;
const mostSessions = 10_000;
const path = Type.String({ maxLength: 700, description: "APP/NAME" });
const streamsQuery = pageQuery({ app: Type.Optional(Type.String({ maxLength: 515 })) });
const sessionsQuery = pageQuery({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: mostSessions, description: "how many at most; 100 unless said" }),
  ),
  stream: Type.Optional(path),
  role: Type.Optional(Type.Enum(["publisher", "viewer"])),
  protocol: Type.Optional(Type.String({ maxLength: 32 })),
});
const eventsQuery = Type.Object({
  kinds: Type.Optional(Type.String({ maxLength: 200, description: "only these, with commas between them" })),
  since: Type.Optional(
    Type.Integer({ minimum: 0, description: "what happened after this event, as far as it is kept" }),
  ),
});

/** What is live, who publishes and watches it, the end of either, and what happens. */
export function liveRoutes(parts: LiveParts): readonly ApiRoute[] {
  return [...streamRoutes(parts), ...sessionRoutes(parts), eventRoute(parts)];
}

function streamRoutes({ hub, sessions, health }: LiveParts): readonly ApiRoute[] {
  const view = () => {
    const viewers = countViewers(sessions.list());
    return (stream: Stream) => streamView(stream, health, viewers);
  };
  const find = (params: ReadonlyMap<string, string>) => {
    const name = streamName("", params.get("stream") ?? "");
    const found = name && hub.find(name);
    if (!found) throw new HttpError(404, "stream/not-found", "there is no such stream now");
    return found;
  };
  return [
    {
      method: "GET",
      path: "streams",
      role: "viewer",
      scope: "read",
      summary: "all streams, with what they carry and how their publishers do",
      query: streamsQuery,
      answer: pageOf(streamShape),
      handle({ query }) {
        const app = query.get("app");
        const all = [...hub.streams].filter(({ name }) => app === undefined || name.app === app);
        const sorted = all.sort((a, b) => (a.name.path < b.name.path ? -1 : 1));
        return page(
          sorted,
          ({ name }) => name.path,
          (key, after) => key > after,
          query,
          view(),
        );
      },
    },
    {
      method: "GET",
      path: "streams/*stream",
      role: "viewer",
      scope: "read",
      summary: "one stream, by its app and name",
      answer: streamShape,
      handle: ({ params }) => view()(find(params)),
    },
    {
      method: "DELETE",
      path: "streams/*stream",
      role: "operator",
      scope: "sessions",
      summary: "end a stream, for its publisher and for everyone who watches",
      action: "stream.end",
      answer: ending,
      handle({ params }) {
        const stream = find(params);
        stream.end("ended by an operator");
        return { id: stream.name.path, state: "closing" };
      },
    },
  ];
}

function sessionRoutes({ sessions }: LiveParts): readonly ApiRoute[] {
  return [
    {
      method: "GET",
      path: "sessions",
      role: "viewer",
      scope: "read",
      summary: "who publishes and who watches",
      query: sessionsQuery,
      answer: pageOf(sessionShape),
      handle({ query }) {
        const [path, role, protocol] = [query.get("stream"), query.get("role"), query.get("protocol")];
        const wanted = (session: Session) =>
          isAs(path, session.stream.path) && isAs(role, session.role) && isAs(protocol, session.protocol);
        const later = (key: string, after: string) => Number.parseInt(key, 36) > Number.parseInt(after, 36);
        const { items, next } = page([...sessions.list()].filter(wanted), ({ id }) => id, later, query, sessionText);
        return new JsonText(
          `{"items":[${items.join()}]${next === undefined ? "" : `,"next":${JSON.stringify(next)}`}}`,
        );
      },
    },
    {
      method: "GET",
      path: "sessions/:id",
      role: "viewer",
      scope: "read",
      summary: "one session",
      answer: sessionShape,
      handle: ({ params }) => new JsonText(sessionText(find(sessions, params))),
    },
    {
      method: "DELETE",
      path: "sessions/:id",
      role: "operator",
      scope: "sessions",
      summary: "end a session",
      action: "session.end",
      answer: ending,
      handle({ params }) {
        const session = find(sessions, params);
        session.close("ended by an operator");
        return { id: session.id, state: "closing" };
      },
    },
  ];
}

function eventRoute({ feed }: LiveParts): ApiRoute {
  return {
    method: "GET",
    path: "events",
    role: "viewer",
    scope: "read",
    summary: "what happens, as it happens (server-sent events); with `Last-Event-ID` or `since` also what was missed",
    query: eventsQuery,
    answer: Type.String(),
    answerType: "text/event-stream",
    event: eventShape,
    handle({ request, response, query }) {
      const last = query.get("since") ?? request.headers["last-event-id"];
      const kinds = query.get("kinds")?.split(",");
      const since = typeof last === "string" && /^\d{1,15}$/.test(last) ? Number(last) : undefined;
      feed.answer(response, {
        ...(since === undefined ? {} : { since }),
        ...(kinds === undefined ? {} : { kinds: new Set(kinds.map((kind) => kind.replaceAll("-", " "))) }),
      });
    },
  };
}

function isAs(wanted: string | undefined, found: string): boolean {
  return wanted === undefined || wanted === found;
}

function find(sessions: Sessions, params: ReadonlyMap<string, string>): Session {
  const session = sessions.get(params.get("id") ?? "");
  if (!session) throw new HttpError(404, "session/not-found", "there is no such session");
  return session;
}

/** What follows `after` in a list that is in the order of its keys. */
function page<T, Shown>(
  all: Iterable<T>,
  keyOf: (item: T) => string,
  isLater: (key: string, after: string) => boolean,
  query: ReadonlyMap<string, string>,
  view: (item: T) => Shown,
): { readonly items: readonly Shown[]; readonly next?: string | undefined } {
  const after = query.get("after");
  const limit = Number(query.get("limit") ?? usualLimit);
  const items: Shown[] = [];
  let last: string | undefined;
  for (const item of all) {
    const key = keyOf(item);
    if (after !== undefined && !isLater(key, after)) continue;
    if (items.length === limit) return { items, next: last };
    items.push(view(item));
    last = key;
  }
  return { items };
}
