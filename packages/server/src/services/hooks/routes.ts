import { Type } from "typebox";
import type { ApiRoute } from "../../http/api.ts";
import { count, id, listOf, pageOf, pageQuery, time } from "../../http/api-shapes.ts";
import { HttpError } from "../../http/http-error.ts";
import type { DeadLetter, Records } from "../../storage/records/index.ts";
import type { Letter } from "./delivery.ts";
import type { Hook } from "./hook.ts";

export type HookRoutesParts = {
  readonly hooks: () => readonly Hook[];
  readonly letters: Records["deadLetters"];
  /** Something to try a hook with. */
  readonly test: () => Letter;
};

const index = Type.Integer({ minimum: 0, description: "its place in the configuration, from 0" });
const host = Type.String({ description: "of its address, of which the rest is not shown; empty where it has none" });
const hookShape = Type.Object(
  {
    index,
    host,
    state: Type.Enum(["idle", "sending", "waiting", "off"], { description: "waiting: until it is tried again" }),
    queued: count,
    delivered: count,
    failed: Type.Integer({ minimum: 0, description: "attempts" }),
    dead: Type.Integer({ minimum: 0, description: "events that were given up" }),
    dropped: Type.Integer({ minimum: 0, description: "events that were left out because too many waited" }),
    lastDeliveredAt: Type.Optional(time),
    lastError: Type.Optional(Type.Object({ at: time, reason: Type.String() }, { title: "HookError" })),
  },
  { title: "Webhook" },
);
const letterShape = Type.Object(
  {
    id,
    at: time,
    host,
    event: Type.String({ description: "its id, which the receiver is shown as Sluice-Delivery" }),
    kind: Type.String(),
    body: Type.String({ description: "what was to be sent" }),
    attempts: count,
    reason: Type.String(),
  },
  { title: "DeadLetter" },
);
const tested = Type.Object(
  {
    arrived: Type.Boolean(),
    status: Type.Optional(Type.Integer()),
    reason: Type.String({ description: "why not; empty where it has arrived" }),
  },
  { title: "HookTest" },
);
const replayed = Type.Object({ id, state: Type.Literal("queued") });

/** How hooks do, and what could not be delivered. */
export function hookRoutes(parts: HookRoutesParts): readonly ApiRoute[] {
  return [...stateRoutes(parts), ...deadRoutes(parts)];
}

function stateRoutes({ hooks, test }: HookRoutesParts): readonly ApiRoute[] {
  return [
    {
      method: "GET",
      path: "hooks",
      role: "operator",
      scope: "read",
      summary: "the webhooks, and how each does",
      answer: listOf(hookShape),
      handle: () => ({ items: hooks().map((hook, at) => ({ index: at, ...hook.state })) }),
    },
    {
      method: "POST",
      path: "hooks/:index/test",
      role: "operator",
      scope: "config",
      summary: "send an event of the kind `test` to a webhook, once, and say what came of it",
      answer: tested,
      action: "hook.test",
      async handle({ params }) {
        const given = params.get("index") ?? "";
        const hook = /^\d{1,3}$/.test(given) ? hooks()[Number(given)] : undefined;
        if (!hook) throw new HttpError(404, "hooks/not-found", "there is no such webhook: `hooks` lists them");
        const { arrived, status, reason } = await hook.try(test());
        return { arrived, reason, ...(status === undefined ? {} : { status }) };
      },
    },
  ];
}

function deadRoutes({ hooks, letters }: HookRoutesParts): readonly ApiRoute[] {
  const hookOf = ({ hook }: DeadLetter) => hooks().find(({ name }) => name === hook);
  const missing = () => new HttpError(404, "hooks/letter", "there is no such dead letter (any more)");
  return [
    {
      method: "GET",
      path: "hooks/dead",
      role: "operator",
      scope: "read",
      summary: "events that could not be delivered to a webhook, the newest first",
      query: pageQuery(),
      answer: pageOf(letterShape),
      async handle({ query }) {
        const limit = query.get("limit");
        const page = await letters.page({
          after: query.get("after"),
          limit: limit === undefined ? undefined : Number(limit),
        });
        const items = page.items.map((letter) => {
          const { hook: _, ...shown } = letter;
          return { ...shown, host: hookOf(letter)?.state.host ?? "" };
        });
        return { ...page, items };
      },
    },
    {
      method: "POST",
      path: "hooks/dead/:id/replay",
      role: "operator",
      scope: "config",
      summary: "send it again, behind what waits",
      answer: replayed,
      action: "hook.replay",
      async handle({ params }) {
        const letter = await letters.get(params.get("id") ?? "");
        if (!letter) throw missing();
        const hook = hookOf(letter);
        if (!hook) throw new HttpError(409, "hooks/gone", "the webhook that it is for is in the configuration no more");
        // Of two who ask at once one sends it.
        if (!(await letters.remove(letter.id))) throw missing();
        hook.put({ id: letter.event, kind: letter.kind, body: letter.body });
        return { id: letter.id, state: "queued" };
      },
    },
    {
      method: "DELETE",
      path: "hooks/dead/:id",
      role: "operator",
      scope: "config",
      summary: "forget it",
      action: "hook.discard",
      async handle({ params }) {
        if (!(await letters.remove(params.get("id") ?? ""))) throw missing();
      },
    },
  ];
}
