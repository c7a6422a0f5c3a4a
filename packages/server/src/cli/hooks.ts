import { withApi } from "./api-client.ts";
import { all, items } from "./operate.ts";
import { complain, say } from "./output.ts";
import { table } from "./table.ts";

/** `sluice hooks list`: how each webhook does. */
export function listHooks(file: string): Promise<number> {
  const columns = ["index", "host", "state", "queued", "delivered", "failed", "dead", "dropped", "lastError"];
  return withApi(file, async (api) => {
    const hooks = await items(api, "hooks");
    const rows = hooks.map(({ lastError, ...hook }) => ({ ...hook, lastError: reasonOf(lastError) }));
    say(table(rows, columns));
  });
}

/** `sluice hooks dead`: what could not be delivered. */
export function listDead(file: string): Promise<number> {
  return withApi(file, async (api) =>
    say(table(await all(api, "hooks/dead"), ["id", "at", "host", "kind", "attempts", "reason"])),
  );
}

/** `sluice hooks test`: the exit code is 1 when the event has not arrived. */
export async function testHook(file: string, index: string): Promise<number> {
  let code = 0;
  const asked = await withApi(file, async (api) => {
    const { arrived, reason } = (await api("POST", `hooks/${encodeURIComponent(index)}/test`)) as Tested;
    if (arrived) return say("it has arrived");
    code = 1;
    complain(`it has not arrived: ${reason}`);
  });
  return asked || code;
}

export function changeDead(file: string, id: string, how: "replay" | "discard"): Promise<number> {
  const path = `hooks/dead/${encodeURIComponent(id)}`;
  return withApi(file, async (api) => {
    await (how === "replay" ? api("POST", `${path}/replay`) : api("DELETE", path));
    say(how === "replay" ? "it is sent again" : "it is discarded");
  });
}

type Tested = { readonly arrived: boolean; readonly reason: string };

function reasonOf(lastError: unknown): string | undefined {
  return (lastError as { reason: string } | undefined)?.reason;
}
