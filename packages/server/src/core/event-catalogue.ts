import type { ServerEvent } from "./events.ts";

export type EventKind = ServerEvent["kind"];

type FieldOf<Kind extends EventKind> = Exclude<keyof Extract<ServerEvent, { kind: Kind }>, "kind">;

/** When something is told, and what each of its fields means. */
export type EventFacts<Kind extends EventKind = EventKind> = {
  readonly when: string;
  readonly fields: { readonly [Field in FieldOf<Kind>]-?: string };
};

const session = {
  session: "its id, as in the API and the log",
  protocol: "how it publishes or watches",
  role: "`publisher` or `viewer`",
  stream: "`app/name`",
} as const;

/** Everything that is told, in words: an event or a field that is not described here does not compile. */
export const eventCatalogue: { readonly [Kind in EventKind]: EventFacts<Kind> } = {
  server: {
    when: "the server listens from now on, or begins to stop",
    fields: { state: "`listening` or `stopping`", version: "of the server" },
  },
  stream: {
    when: "a stream begins, loses its publisher, has it again, or ends",
    fields: {
      stream: "`app/name`",
      state:
        "`waiting` (viewers are there, a publisher is not yet), `live`, `held` (its publisher was lost and is waited for), `ended`",
    },
  },
  transcoder: {
    when: "other qualities of a stream are made from now on, or not, or fewer of them",
    fields: {
      stream: "`app/name`",
      state:
        "`planned`, `queued`, `refused`, `starting`, `running`, `failed`, `unable`; `dropped`: pictures were left out; `eased`: less is made; `resumed`: more again",
      reason: "why, in words; may be empty",
    },
  },
  relay: {
    when: "a stream goes to another server or comes from one, by push or pull, or does so no more",
    fields: {
      relay: "its id, as in the API and the log",
      direction: "`push` or `pull`",
      stream: "`app/name`",
      target: "the other server's address, without its keys",
      state:
        "`started`, `moved` (over another connection, because the server asked for that), `lost` (it is tried again), `ended`",
      reason: "why, in words; may be empty",
    },
  },
  "session opened": { when: "somebody publishes or watches", fields: session },
  "session ended": {
    when: "somebody does so no more",
    fields: {
      ...session,
      figures:
        "`bytes` of media; of a viewer also `skips` (how often it was moved forward), and where there are several qualities `rendition` and `moves`",
      reason: "why, in words",
    },
  },
  "session asked to move": {
    when: "the client of a session was asked to connect anew, to this server or another",
    fields: { ...session, reason: "what it was told, in words; may be empty" },
  },
  drain: {
    when: "the server begins to be emptied, takes sessions again, or is empty",
    fields: {
      state: "`begun`, `undone` or `over`: nobody is left",
      sessions: "how many publish and watch at that moment",
    },
  },
  "session refused": {
    when: "somebody may not publish or watch",
    fields: {
      protocol: "how it would have published or watched",
      role: "`publisher` or `viewer`",
      stream: "`app/name`; absent where that was not known yet",
      rule: "why, as a [code](errors.md#refusals)",
    },
  },
};

/** A kind as it is written where a space would be in the way: `session-opened`. */
export function eventName(kind: string): string {
  return kind.replaceAll(" ", "-");
}
