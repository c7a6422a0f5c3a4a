import { type Static, Type } from "typebox";
import { targetForm, targetPattern } from "../../config/target.ts";
import type { Session, Sessions } from "../../core/sessions.ts";
import type { ApiRoute } from "../../http/api.ts";
import { count, id, time } from "../../http/api-shapes.ts";
import { HttpError } from "../../http/http-error.ts";
import type { Drain, DrainProgress } from "./drain.ts";
import type { Moves } from "./moves.ts";

const strict = { additionalProperties: false } as const;
const optional = Type.Optional;
const usualMoveMs = 60_000;
const usualDrainMs = 300_000;

const request = {
  tcUrl: optional(
    Type.String({
      pattern: targetPattern,
      maxLength: 1_024,
      description: `where clients are sent: ${targetForm}; a host alone keeps each client's app. Absent: to where they are`,
    }),
  ),
  description: optional(
    Type.String({
      pattern: "^[^\\x00-\\x1f\\x7f]{0,200}$",
      maxLength: 200,
      description: "why, for whoever runs the client",
    }),
  ),
  graceMs: optional(
    Type.Integer({
      minimum: 1_000,
      maximum: 86_400_000,
      description: "how long whoever stays is served, in milliseconds",
    }),
  ),
};
const moveBody = Type.Object(request, strict);
const movesBody = Type.Object(
  {
    stream: Type.String({ minLength: 3, maxLength: 700, description: "APP/NAME" }),
    role: optional(Type.Enum(["publisher", "viewer"], { description: "only its publisher, or only its viewers" })),
    ...request,
  },
  strict,
);
const asking = Type.Object({ id, state: Type.Literal("asked") }, { title: "Asking" });
const askedCount = Type.Object(
  { asked: count, unable: Type.Integer({ minimum: 0, description: "whose clients would not understand" }) },
  { title: "Asked" },
);
const progressShape = Type.Object(
  {
    state: Type.Enum(["none", "draining", "drained"], {
      description: "`drained`: nobody is left, and nobody is let in",
    }),
    asked: Type.Integer({ minimum: 0, description: "sessions whose clients were asked to go elsewhere" }),
    askedLeft: Type.Integer({ minimum: 0, description: "those of them that are still there" }),
    publishersLeft: count,
    viewersLeft: count,
    startedAt: optional(time),
    endsAt: optional(time),
    tcUrl: optional(Type.String()),
    description: optional(Type.String()),
  },
  { title: "Drain" },
);

type Request = Static<typeof moveBody>;

export type DrainRouteParts = { readonly sessions: Sessions; readonly moves: Moves; readonly drain: Drain };

/** Clients are asked to connect elsewhere: one, those of a stream, or all, and then nobody is let in any more. */
export function drainRoutes(parts: DrainRouteParts): readonly ApiRoute[] {
  return [...moveRoutes(parts), ...nodeRoutes(parts)];
}

function moveRoutes({ sessions, moves }: DrainRouteParts): readonly ApiRoute[] {
  const ask = (which: readonly Session[], wish: Request) =>
    moves.ask(which, reconnection(wish), wish.graceMs ?? usualMoveMs);
  return [
    {
      method: "POST",
      path: "sessions/:id/reconnect",
      role: "operator",
      scope: "sessions",
      summary: "ask the client of a session to connect anew; it is served until it does, for `graceMs` (a minute)",
      body: moveBody,
      answer: asking,
      action: "session.reconnect",
      handle({ params, body }) {
        const session = sessions.get(params.get("id") ?? "");
        if (!session) throw new HttpError(404, "session/not-found", "there is no such session");
        if (ask([session], body as Request).length === 0)
          throw new HttpError(
            409,
            "session/fixed",
            "its client has not announced that it understands: end the session instead",
          );
        return { id: session.id, state: "asked" };
      },
    },
    {
      method: "POST",
      path: "reconnect",
      role: "operator",
      scope: "sessions",
      summary: "ask the clients of a stream to connect anew; each is served until it does, for `graceMs` (a minute)",
      body: movesBody,
      answer: askedCount,
      action: "stream.reconnect",
      handle({ body }) {
        const { stream, role, ...wish } = body as Static<typeof movesBody>;
        const which = [...sessions.list()].filter(
          (session) => session.stream.path === stream && (role === undefined || session.role === role),
        );
        if (which.length === 0)
          throw new HttpError(404, "session/not-found", "nobody publishes or watches such a stream now");
        const asked = ask(which, wish).length;
        return { asked, unable: which.length - asked };
      },
    },
  ];
}

function nodeRoutes({ drain }: DrainRouteParts): readonly ApiRoute[] {
  const node = { path: "node/drain", answer: progressShape } as const;
  const change = { ...node, role: "operator", scope: "sessions" } as const;
  return [
    {
      ...node,
      method: "GET",
      role: "viewer",
      scope: "read",
      summary: "how far this server is with being emptied",
      handle: () => shown(drain.progress),
    },
    {
      ...change,
      method: "POST",
      summary:
        "empty this server: nobody new is let in, who can is asked to go elsewhere, and who stays is served for `graceMs` (five minutes)",
      body: moveBody,
      action: "node.drain",
      handle({ body }) {
        const wish = body as Request;
        return shown(drain.begin({ ...reconnection(wish), graceMs: wish.graceMs ?? usualDrainMs }));
      },
    },
    {
      ...change,
      method: "DELETE",
      summary: "take sessions again; who has been asked to go elsewhere goes",
      action: "node.undrain",
      handle: () => shown(drain.undo()),
    },
  ];
}

function reconnection({ tcUrl, description }: Request) {
  return {
    ...(tcUrl === undefined ? {} : { address: tcUrl }),
    ...(description === undefined ? {} : { reason: description }),
  };
}

function shown({ address, reason, ...progress }: DrainProgress): object {
  return {
    ...progress,
    ...(address === undefined ? {} : { tcUrl: address }),
    ...(reason === undefined ? {} : { description: reason }),
  };
}
