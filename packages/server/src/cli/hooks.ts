import { withApi } from "./api-client.ts";
import { whole } from "./lists.ts";
import { complain, say } from "./output.ts";
import { table } from "./table.ts";

/** `sluice hooks list`: how each webhook does. */
export function listHooks(file: string): Promise<number> {
  return withApi(file, async (api) => {
    const { items } = await api("GET /hooks");
    const rows = items.map(({ lastError, ...hook }) => ({ ...hook, lastError: lastError?.reason }));
    say(table(rows, ["index", "host", "state", "queued", "delivered", "failed", "dead", "dropped", "lastError"]));
  });
}

/** `sluice hooks dead`: what could not be delivered. */
export function listDead(file: string): Promise<number> {
  return withApi(file, async (api) => {
    const letters = await whole((query) => api("GET /hooks/dead", { query }), "dead letters");
    say(table(letters, ["id", "at", "host", "kind", "attempts", "reason"]));
  });
}

/** `sluice hooks test`: the exit code is 1 when the event has not arrived. */
export async function testHook(file: string, index: string): Promise<number> {
  let code = 0;
  const asked = await withApi(file, async (api) => {
    const { arrived, reason } = await api("POST /hooks/{index}/test", { path: { index } });
    if (arrived) return say("it has arrived");
    code = 1;
    complain(`it has not arrived: ${reason}`);
  });
  return asked || code;
}

export function changeDead(file: string, id: string, how: "replay" | "discard"): Promise<number> {
  const path = { id };
  return withApi(file, async (api) => {
    await (how === "replay" ? api("POST /hooks/dead/{id}/replay", { path }) : api("DELETE /hooks/dead/{id}", { path }));
    say(how === "replay" ? "it is sent again" : "it is discarded");
  });
}
