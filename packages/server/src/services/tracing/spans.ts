import { randomBytes } from "node:crypto";
import type { Begun } from "../../core/beginning.ts";

/** Part of what happened, with its place in the whole. Times are milliseconds since 1970. */
export type Span = {
  readonly trace: string;
  readonly id: string;
  readonly parent?: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly attributes: Readonly<Record<string, string | boolean>>;
};

/** The beginning of a session as a trace: the whole of it, and each step. `epoch` added to its times makes them those of the day. */
export function spansOf(begun: Begun, epoch: number): readonly Span[] {
  const { protocol, role, stream, session, waited, requestedAt, startedAt } = begun;
  const trace = randomBytes(16).toString("hex");
  const root: Span = {
    trace,
    id: newId(),
    name: role === "viewer" ? "watch" : "publish",
    from: epoch + (begun.acceptedAt ?? requestedAt),
    to: epoch + startedAt,
    attributes: {
      "sluice.protocol": protocol,
      "sluice.stream": stream,
      ...(session === undefined ? {} : { "sluice.session": session }),
      ...(waited ? { "sluice.waited": true } : {}),
    },
  };
  const steps = stepsOf(begun).map(({ name, from, to }): Span => {
    return { trace, id: newId(), parent: root.id, name, from: epoch + from, to: epoch + to, attributes: {} };
  });
  return [root, ...steps];
}

/** Each step goes on where the one before it ended. */
function stepsOf({ acceptedAt, shakenAt, requestedAt, decidedAt, joinedAt, startedAt }: Begun) {
  const ends: readonly (readonly [string, number | undefined])[] = [
    ["accept", shakenAt],
    [shakenAt === undefined ? "accept" : "request", requestedAt],
    ["access", decidedAt],
    ["join", joinedAt],
    ["first byte", startedAt],
  ];
  const steps: { readonly name: string; readonly from: number; readonly to: number }[] = [];
  let from = acceptedAt;
  for (const [name, to] of ends) {
    if (to !== undefined && from !== undefined) steps.push({ name, from, to });
    from = to ?? from;
  }
  return steps;
}

function newId(): string {
  return randomBytes(8).toString("hex");
}
