import { type Static, type TProperties, Type } from "typebox";
import { type EventKind, eventCatalogue } from "../../core/event-catalogue.ts";
import type { ServerEvent } from "../../core/events.ts";
import { count, time } from "../../http/api-shapes.ts";

const text = Type.String();
const role = Type.Enum(["publisher", "viewer"]);
const session = { session: text, protocol: text, role, stream: text };
const figures = Type.Object({
  bytes: count,
  skips: Type.Optional(count),
  rendition: Type.Optional(text),
  moves: Type.Optional(count),
});
const made = ["planned", "queued", "refused", "starting", "running", "failed", "unable"] as const;

/** What happens in the server, as the API tells it. */
export const eventShape = Type.Union(
  [
    told("server", { state: Type.Enum(["listening", "stopping"]), version: text }),
    told("stream", { stream: text, state: Type.Enum(["waiting", "live", "held", "ended"]) }),
    told("transcoder", {
      stream: text,
      state: Type.Enum([...made, "dropped", "eased", "resumed"]),
      reason: text,
    }),
    told("relay", {
      relay: text,
      direction: Type.Enum(["push", "pull"]),
      stream: text,
      target: text,
      state: Type.Enum(["started", "moved", "lost", "ended"]),
      reason: text,
    }),
    told("session opened", session),
    told("session ended", { ...session, figures, reason: text }),
    told("session asked to move", { ...session, reason: text }),
    told("drain", { state: Type.Enum(["begun", "undone", "over"]), sessions: count }),
    told("session refused", { protocol: text, role, stream: Type.Optional(text), rule: text }),
  ],
  { title: "ServerEvent" },
);

/** An event with its time; one that the shape does not describe does not compile. */
export function dated(event: ServerEvent): Static<typeof eventShape> {
  return { at: Date.now(), ...event };
}

function told<Kind extends EventKind, Fields extends TProperties>(kind: Kind, fields: Fields) {
  const { when } = eventCatalogue[kind];
  return Type.Object({ at: time, kind: Type.Literal(kind), ...fields }, { description: when });
}
