import { Type } from "typebox";

/** As in core/event-catalogue.ts; a test compares them. */
export const hookKinds = [
  "server",
  "stream",
  "transcoder",
  "relay",
  "session-opened",
  "session-ended",
  "session-asked-to-move",
  "session-refused",
  "drain",
] as const;

const hook = Type.Object(
  {
    url: Type.String({
      default: "",
      maxLength: 2_048,
      pattern: "^(?:https?://[^\\s]+)?$",
      form: "an address that begins with https:// or http://",
      secret: true, // it may carry credentials
      description: "what events are posted to; empty for nothing",
    }),
    secret: Type.String({
      default: "",
      maxLength: 4_096,
      secret: true,
      description: "signs what is posted (HMAC-SHA256 over time and body, in Sluice-Signature); empty for no signature",
    }),
    kinds: Type.Array(Type.Enum([...hookKinds]), {
      default: [],
      maxItems: hookKinds.length,
      description: "only these events; empty for all",
    }),
    apps: Type.Array(Type.String({ minLength: 1, maxLength: 515 }), {
      default: [],
      maxItems: 100,
      description: "only what is about streams of these apps; empty for all, and for what is about no stream",
    }),
    private: Type.Boolean({
      default: false,
      description:
        "the address may lead to this machine or into a private network; otherwise it is refused, and so is everything that is not reachable from everywhere",
    }),
    plain: Type.Boolean({
      default: false,
      description: "http:// may lead to a public address, where everybody on the way can read along",
    }),
    queue: Type.Integer({
      default: 1_000,
      minimum: 1,
      maximum: 100_000,
      description: "how many events wait for one that does not answer; beyond that the oldest are left out",
    }),
  },
  { additionalProperties: false, form: "a hook, { url: ADDRESS, secret: TEXT }" },
);

/** Who is told over HTTP what happens. */
export const hooksList = Type.Array(hook, {
  default: [],
  maxItems: 32,
  description:
    "who is told over HTTP what happens, each with `url`, `secret` and what [Events](events.md#webhooks) lists",
});
