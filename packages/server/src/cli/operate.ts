import type { Role } from "@sluice/api";
import { milliseconds } from "../config/duration.ts";
import { loadConfig } from "../config/load.ts";
import { signToken } from "../services/auth/jwt-sign.ts";
import { signAddress } from "../services/auth/signed-sluice.ts";
import { withApi } from "./api-client.ts";
import { whole } from "./lists.ts";
import { complain, say } from "./output.ts";
import { configProblems } from "./problems.ts";
import { table } from "./table.ts";

/** What commands may be told with options. */
export type Options = {
  readonly action?: "publish" | "play";
  readonly expires?: string;
  readonly sessions?: string;
  readonly address?: string;
  readonly user?: string;
  readonly label?: string;
  readonly reason?: string;
  readonly role?: Role;
};

export function kick(file: string, session: string): Promise<number> {
  return withApi(file, async (api) => {
    await api("DELETE /sessions/{id}", { path: { id: session } });
    say(`session ${session} ends`);
  });
}

/** `sluice key create app/stream`: the key is shown once. */
export function createKey(file: string, path: string, { user, label, expires }: Options): Promise<number> {
  return withApi(file, async (api) => {
    const cut = path.lastIndexOf("/");
    const body = { app: path.slice(0, cut), stream: path.slice(cut + 1), user, label, expiresAt: endOf(expires) };
    const { key, id } = await api("POST /keys", { body });
    say(`Key   ${key}`, `Id    ${id}`, "It is shown this once: only a hash of it is kept.");
  });
}

export function listKeys(file: string): Promise<number> {
  return withApi(file, async (api) => {
    const keys = await whole((query) => api("GET /keys", { query }), "keys");
    say(table(keys, ["id", "app", "stream", "label", "user", "expiresAt", "disabledAt"]));
  });
}

export function changeKey(file: string, id: string, how: "rotate" | "disable" | "enable" | "remove"): Promise<number> {
  return withApi(file, async (api) => {
    const path = { id };
    const body = how === "rotate" ? { rotate: true } : { disabled: how === "disable" };
    const changed =
      how === "remove" ? await api("DELETE /keys/{id}", { path }) : await api("PATCH /keys/{id}", { path, body });
    say(how === "rotate" ? `Key   ${changed?.key}` : `key ${id}: ${how}d`);
  });
}

/** `sluice token revoke`: a token, the signature of an address, or the name of a right as `sluice sessions` shows it. */
export function revoke(file: string, shown: string, { reason }: Options): Promise<number> {
  return withApi(file, async (api) => {
    const right = /^[\w-]{12}$/.test(shown) ? { grant: shown } : { token: shown };
    const { ended } = await api("POST /revocations", { body: { ...right, reason: reason || undefined } });
    say(`revoked; ${ended} sessions ended`);
  });
}

export function ban(file: string, address: string, { reason, expires }: Options): Promise<number> {
  return withApi(file, async (api) => {
    const { id, ended } = await api("POST /bans", { body: { address, reason, expiresAt: endOf(expires) } });
    say(`banned (${id}); ${ended} sessions ended`);
  });
}

export function listBans(file: string): Promise<number> {
  return withApi(file, async (api) => {
    const { items } = await api("GET /bans");
    say(table(items, ["id", "address", "reason", "expiresAt"]));
  });
}

export function unban(file: string, id: string): Promise<number> {
  return withApi(file, async (api) => {
    await api("DELETE /bans/{id}", { path: { id } });
    say("let in again");
  });
}

/** `sluice account create`: the password is read from the first line of standard input, so that no list of processes shows it. */
export function createAccount(file: string, name: string, { role = "operator" }: Options): Promise<number> {
  return withApi(file, async (api) => {
    const { id } = await api("POST /accounts", { body: { name, role, password: await passwordFromInput() } });
    say(`account ${name} (${id}): ${role}`);
  });
}

export function listAccounts(file: string): Promise<number> {
  return withApi(file, async (api) => {
    const accounts = await whole((query) => api("GET /accounts", { query }), "accounts");
    say(table(accounts, ["id", "name", "role", "createdAt", "disabledAt"]));
  });
}

export function audit(file: string): Promise<number> {
  return withApi(file, async (api) => {
    const { items } = await api("GET /audit");
    say(table(items, ["at", "actor", "action", "target", "address", "detail"]));
  });
}

/** `sluice token create`, `sluice sign`: made here, with the secret of the app's configuration; the server need not run. */
export async function make(file: string, what: "token" | "address", path: string, options: Options): Promise<number> {
  const { action = "play", expires = "1h", sessions, address } = options;
  try {
    const { config } = await loadConfig(file, process.env);
    const cut = path.lastIndexOf("/");
    const app = path.slice(0, cut);
    const access = config.apps[app]?.access;
    const secret = what === "token" ? access?.jwt.secret : access?.signed.secret;
    const ms = milliseconds(expires);
    if (!secret || ms === 0) {
      const key = `apps.${app}.access.${what === "token" ? "jwt" : "signed"}.secret`;
      complain(secret ? `${expires} is no duration such as 30m or 12h` : `${key} is not set in ${file}`);
      return 1;
    }
    const end = Math.floor((Date.now() + ms) / 1000);
    const claims = { exp: end, action, app, stream: path.slice(cut + 1) };
    const bound = { ...(sessions ? { sessions: Number(sessions) } : {}), ...(address ? { ip: address } : {}) };
    say(
      what === "token"
        ? signToken({ ...claims, ...bound }, secret)
        : signAddress({ action, stream: path, expires: end, address }, secret),
    );
    return 0;
  } catch (error) {
    complain(configProblems(file, error));
    return 1;
  }
}

/** The moment a duration from now. */
function endOf(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : Date.now() + milliseconds(duration);
}

async function passwordFromInput(): Promise<string> {
  let text = "";
  for await (const piece of process.stdin) text += String(piece);
  return text.split(/\r?\n/)[0] ?? "";
}
