import { setTimeout as sleep } from "node:timers/promises";
import { milliseconds } from "../config/duration.ts";
import { type Api, Refused, withApi } from "./api-client.ts";
import { say } from "./output.ts";
import { wantsJson } from "./table.ts";

/** Where clients are sent, why, and how long whoever stays is served. */
export type MoveOptions = { readonly to?: string; readonly reason?: string; readonly grace?: string };
export type ReconnectOptions = MoveOptions & { readonly role?: string };
export type DrainOptions = MoveOptions & {
  readonly wait?: boolean;
  readonly undo?: boolean;
  readonly status?: boolean;
};

type Progress = {
  readonly state: string;
  readonly asked: number;
  readonly askedLeft: number;
  readonly publishersLeft: number;
  readonly viewersLeft: number;
  readonly endsAt?: number;
};

const lookMs = 1_000;
const progressAt = { path: "node/drain" } as const;

/** `sluice reconnect`: a session by its id, or those of APP/NAME. */
export function reconnect(file: string, what: string, { role, ...options }: ReconnectOptions): Promise<number> {
  return withApi(file, async (api) => {
    const request = requestOf(options);
    if (!what.includes("/")) {
      await api("POST", `sessions/${encodeURIComponent(what)}/reconnect`, request);
      return say(`session ${what} is asked to connect anew`);
    }
    const body = { stream: what, ...(role === undefined ? {} : { role }), ...request };
    const { asked, unable } = (await api("POST", "reconnect", body)) as { asked: number; unable: number };
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
    const [method, body] = undo ? ["DELETE"] : status ? ["GET"] : ["POST", requestOf(options)];
    const begun = (await api(String(method), progressAt.path, body as object | undefined)) as Progress;
    if (!wait || undo) return say(shown(begun));
    const last = await followed(api, begun);
    if (wantsJson()) say(shown(last));
  });
}

/** Says how far it is each time that it is further. */
async function followed(api: Api, begun: Progress): Promise<Progress> {
  for (let [now, before] = [begun, ""]; ; ) {
    const line = shown(now);
    if (line !== before && !wantsJson()) say(line);
    if (now.state !== "draining") return now;
    before = line;
    await sleep(lookMs);
    now = (await api("GET", progressAt.path)) as Progress;
  }
}

function shown(progress: Progress): string {
  if (wantsJson()) return JSON.stringify(progress, undefined, 2);
  const { state, asked, askedLeft, publishersLeft, viewersLeft, endsAt } = progress;
  if (state === "none") return "the server takes sessions";
  if (state === "drained") return "nobody is left, and nobody is let in";
  const gone =
    asked === 0 ? "nobody could be asked to go" : `${asked - askedLeft} of ${asked} that were asked have gone`;
  const left = `${publishersLeft} publishers and ${viewersLeft} viewers are left`;
  return `${gone}; ${left}, until ${new Date(endsAt ?? 0).toISOString()}`;
}

function requestOf({ to, reason, grace }: MoveOptions): object {
  const graceMs = grace === undefined ? undefined : milliseconds(grace);
  if (graceMs === 0) throw new Refused(`${grace} is no duration such as 30s or 5m`);
  return {
    ...(to === undefined ? {} : { tcUrl: to }),
    ...(reason === undefined ? {} : { description: reason }),
    ...(graceMs === undefined ? {} : { graceMs }),
  };
}
