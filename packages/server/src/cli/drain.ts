import { setTimeout as sleep } from "node:timers/promises";
import type { Api, Drain, Operations } from "@sluice/api";
import { milliseconds } from "../config/duration.ts";
import { Refused, withApi } from "./api-client.ts";
import { say } from "./output.ts";
import { wantsJson } from "./table.ts";

/** Where clients are sent, why, and how long whoever stays is served. */
export type MoveOptions = { readonly to?: string; readonly reason?: string; readonly grace?: string };
export type ReconnectOptions = MoveOptions & Pick<Operations["POST /reconnect"]["body"], "role">;
export type DrainOptions = MoveOptions & {
  readonly wait?: boolean;
  readonly undo?: boolean;
  readonly status?: boolean;
};

const lookMs = 1_000;

/** `sluice reconnect`: a session by its id, or those of APP/NAME. */
export function reconnect(file: string, what: string, { role, ...options }: ReconnectOptions): Promise<number> {
  return withApi(file, async (api) => {
    const wish = wishOf(options);
    if (!what.includes("/")) {
      await api("POST /sessions/{id}/reconnect", { path: { id: what }, body: wish });
      return say(`session ${what} is asked to connect anew`);
    }
    const { asked, unable } = await api("POST /reconnect", { body: { stream: what, role, ...wish } });
    say(
      wantsJson()
        ? JSON.stringify({ asked, unable })
        : `${asked} asked to connect anew${unable > 0 ? `; ${unable} would not understand` : ""}`,
    );
  });
}

/** `sluice drain`: begins, takes it back, or says how far it is; with `--wait` until nobody is left. */
export function drain(file: string, { wait, undo, status, ...options }: DrainOptions): Promise<number> {
  return withApi(file, async (api) => {
    if (undo) return say(shown(await api("DELETE /node/drain")));
    const begun = status ? await api("GET /node/drain") : await api("POST /node/drain", { body: wishOf(options) });
    if (!wait) return say(shown(begun));
    const last = await followed(api, begun);
    if (wantsJson()) say(shown(last));
  });
}

/** Says how far it is each time that it is further. */
async function followed(api: Api, begun: Drain): Promise<Drain> {
  for (let [now, before] = [begun, ""]; ; ) {
    const line = shown(now);
    if (line !== before && !wantsJson()) say(line);
    if (now.state !== "draining") return now;
    before = line;
    await sleep(lookMs);
    now = await api("GET /node/drain");
  }
}

function shown(progress: Drain): string {
  if (wantsJson()) return JSON.stringify(progress, undefined, 2);
  const { state, asked, askedLeft, publishersLeft, viewersLeft, endsAt } = progress;
  if (state === "none") return "the server takes sessions";
  if (state === "drained") return "nobody is left, and nobody is let in";
  const gone =
    asked === 0 ? "nobody could be asked to go" : `${asked - askedLeft} of ${asked} that were asked have gone`;
  const left = `${publishersLeft} publishers and ${viewersLeft} viewers are left`;
  return `${gone}; ${left}, until ${new Date(endsAt ?? 0).toISOString()}`;
}

function wishOf({ to, reason, grace }: MoveOptions) {
  const graceMs = grace === undefined ? undefined : milliseconds(grace);
  if (graceMs === 0) throw new Refused(`${grace} is no duration such as 30s or 5m`);
  return { tcUrl: to, description: reason, graceMs };
}
