import type { Session } from "../../core/sessions.ts";
import type { Stream } from "../../core/stream.ts";

/** How many watch, over all protocols. */
export type Viewers = {
  of(stream: Stream): number;
  /** Those of them who have one of its qualities. */
  on(stream: Stream, rung: string): number;
};

/** Looks at every session once. */
export function countViewers(sessions: Iterable<Session>): Viewers {
  const all = new Map<string, Map<string, number>>();
  for (const { role, stream, figures } of sessions) {
    if (role !== "viewer") continue;
    const found = all.get(stream.path) ?? new Map<string, number>();
    const { rendition = "source" } = figures();
    all.set(stream.path, found.set(rendition, (found.get(rendition) ?? 0) + 1));
  }
  return {
    of: ({ name }) => [...(all.get(name.path)?.values() ?? [])].reduce((sum, each) => sum + each, 0),
    on: ({ name }, rung) => all.get(name.path)?.get(rung) ?? 0,
  };
}
