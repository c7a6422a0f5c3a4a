import { type Static, Type } from "typebox";
import { streamName } from "../../core/stream-name.ts";
import type { ApiRoute } from "../../http/api.ts";
import { count, ending, id, listOf, time } from "../../http/api-shapes.ts";
import { HttpError } from "../../http/http-error.ts";
import type { Pulls } from "./pulls.ts";
import type { Pushes } from "./pushes.ts";
import { relayStates } from "./relay.ts";

const optional = Type.Optional;
const text = Type.String();

const relayShape = Type.Object(
  {
    id,
    stream: Type.String({ description: "APP/NAME" }),
    target: Type.String({ description: "the other server's address, without what may be a key" }),
    state: Type.Enum([...relayStates], {
      description: "`waiting`: there is nothing to relay now; `failed`: it is not tried again",
    }),
    reason: Type.String({ description: "why, in words; may be empty" }),
    bytes: count,
    restarts: Type.Integer({ minimum: 0, description: "how often it had to connect anew" }),
    moves: Type.Integer({
      minimum: 0,
      description: "how often it went over to another connection because the other server asked for that",
    }),
    createdAt: time,
    runningSince: optional(time),
    byHand: Type.Boolean({
      description: "an operator has begun it, and may end it for good; the others stand in the configuration",
    }),
    lagMs: optional(
      Type.Integer({
        minimum: 0,
        description: "of a push that sends: how much of the stream waits here for the other server to take it",
      }),
    ),
    retryAt: optional(Type.Integer({ minimum: 0, description: "when it connects again, while it backs off" })),
    lastError: optional(
      Type.Object(
        { at: time, reason: text },
        { title: "RelayError", description: "why it last lost its connection, or got none; that may be over" },
      ),
    ),
  },
  { title: "Relay" },
);

const pushBody = Type.Object(
  {
    stream: Type.String({ minLength: 3, maxLength: 700, description: "APP/NAME" }),
    url: Type.String({
      maxLength: 2_048,
      pattern: "^rtmps?://[^\\s@]+$",
      description: "where it is sent; `{name}` and `{app}` stand for the stream's",
    }),
    key: optional(
      Type.String({
        maxLength: 1_024,
        pattern: "^\\S*$",
        description: "the stream's name or key there, where `url` ends with the app",
      }),
    ),
    rendition: optional(
      Type.String({ maxLength: 32, description: "the quality that is sent; absent: what is published" }),
    ),
    sound: optional(
      Type.Integer({ minimum: 0, maximum: 255, description: "the sound that is sent, by its track's number" }),
    ),
    private: optional(
      Type.Boolean({ description: "the address may lead into a private network; only an owner may say so" }),
    ),
    anyCertificate: optional(Type.Boolean({ description: "the other server's certificate is not checked" })),
    anyCodec: optional(Type.Boolean({ description: "codecs are sent that the other server has not announced" })),
    hosts: optional(Type.Array(text, { maxItems: 32, description: "where else the other server may send us" })),
  },
  { additionalProperties: false },
);

/** What goes to other servers and comes from there. */
export function relayRoutes(pushes: Pushes, pulls: Pulls): readonly ApiRoute[] {
  return [
    {
      method: "GET",
      path: "pushes",
      role: "viewer",
      scope: "read",
      summary: "streams that are sent to other servers, and how that does",
      answer: listOf(relayShape),
      handle: () => ({ items: pushes.relays.map(({ view }) => view) }),
    },
    {
      method: "POST",
      path: "pushes",
      role: "operator",
      scope: "sessions",
      summary: "send a stream to another server whenever it is live, until that is stopped or the server is",
      body: pushBody,
      answer: relayShape,
      action: "push.start",
      noted: (answer) => answer, // what was sent may hold a key
      handle({ body, identity }) {
        const { stream, ...wanted } = body as Static<typeof pushBody>;
        const name = streamName("", stream);
        if (!name) throw new HttpError(400, "stream/name", "stream is no APP/NAME");
        if (wanted.private && identity.role !== "owner")
          throw new HttpError(403, "access/role", "only an owner may send streams into a private network");
        const relay = pushes.add(name, { ...usual, ...wanted });
        if (!relay) throw new HttpError(409, "relay/limit", "as many are sent by hand as may be; stop some");
        return relay.view;
      },
    },
    {
      method: "DELETE",
      path: "pushes/:id",
      role: "operator",
      scope: "sessions",
      summary: "send a stream there no more; what the configuration names is sent again when the stream begins anew",
      answer: ending,
      action: "push.stop",
      handle({ params }) {
        const wanted = params.get("id") ?? "";
        if (!pushes.remove(wanted)) throw new HttpError(404, "relay/not-found", "there is no such push");
        return { id: wanted, state: "closing" };
      },
    },
    {
      method: "GET",
      path: "pulls",
      role: "viewer",
      scope: "read",
      summary: "streams that come from other servers, and how that does",
      answer: listOf(relayShape),
      handle: () => ({ items: pulls.relays.map(({ view }) => view) }),
    },
  ];
}

const usual = {
  key: "",
  private: false,
  anyCertificate: false,
  anyCodec: false,
  hosts: [],
  streams: "*",
  rendition: "",
  sound: 0,
};
