import { Type } from "typebox";
import type { Events, ServerEvent } from "../../core/events.ts";
import type { Hub } from "../../core/hub.ts";
import type { Sessions } from "../../core/sessions.ts";
import type { Stream } from "../../core/stream.ts";
import { streamName } from "../../core/stream-name.ts";
import type { ApiRoute } from "../../http/api.ts";
import { count } from "../../http/api-shapes.ts";
import { HttpError } from "../../http/http-error.ts";

export type AudienceParts = { readonly hub: Hub; readonly sessions: Sessions; readonly events: Events };

/** What only grows: bytes of media, and how often viewers were moved forward. */
type Taken = { readonly bytes: number; readonly skips: number };

const group = Type.Object(
  {
    protocol: Type.String(),
    rendition: Type.Optional(Type.String({ description: "the quality; absent where it is what is published" })),
    viewers: count,
  },
  { title: "ViewerGroup" },
);
const shape = Type.Object(
  {
    groups: Type.Array(group),
    bytes: Type.Integer({
      minimum: 0,
      description: "of media that viewers have been sent since the stream began, those who have left included",
    }),
    skips: Type.Integer({ minimum: 0, description: "how often viewers fell behind and were moved forward since then" }),
  },
  { title: "Audience" },
);
const nobody: Taken = { bytes: 0, skips: 0 };

/** A stream's viewers in numbers that do not depend on how many there are. Between two questions it only notes what those had who leave. */
export function audienceRoutes({ hub, sessions, events }: AudienceParts): {
  readonly routes: readonly ApiRoute[];
  close(): void;
} {
  const gone = new WeakMap<Stream, Taken>();
  const find = (path: string) => {
    const name = streamName("", path);
    return name && hub.find(name);
  };
  const close = events.subscribe((event: ServerEvent) => {
    if (event.kind !== "session ended" || event.role !== "viewer") return;
    const stream = find(event.stream);
    if (stream) gone.set(stream, sum(gone.get(stream) ?? nobody, event.figures));
  });
  const route: ApiRoute = {
    method: "GET",
    path: "audience",
    role: "viewer",
    scope: "read",
    summary: "a stream's viewers, counted by protocol and quality, and what they have been sent",
    query: Type.Object({ stream: Type.String({ maxLength: 700, description: "APP/NAME" }) }),
    answer: shape,
    handle({ query }) {
      const stream = find(query.get("stream") ?? "");
      if (!stream) throw new HttpError(404, "stream/not-found", "there is no such stream now");
      return view(stream, sessions, gone.get(stream) ?? nobody);
    },
  };
  return { routes: [route], close };
}

function view(stream: Stream, sessions: Sessions, gone: Taken): object {
  const groups = new Map<string, { protocol: string; rendition: string | undefined; viewers: number }>();
  let taken = gone;
  for (const session of sessions.list()) {
    if (session.role !== "viewer" || session.stream.path !== stream.name.path) continue;
    const { protocol } = session;
    const figures = session.figures();
    const { rendition } = figures;
    const key = `${protocol} ${rendition}`;
    const found = groups.get(key);
    if (found) found.viewers++;
    else groups.set(key, { protocol, rendition, viewers: 1 });
    taken = sum(taken, figures);
  }
  return { groups: [...groups.values()], ...taken };
}

function sum(taken: Taken, { bytes, skips = 0 }: { readonly bytes: number; readonly skips?: number }): Taken {
  return { bytes: taken.bytes + bytes, skips: taken.skips + skips };
}
