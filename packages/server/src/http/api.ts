import type { IncomingMessage, ServerResponse } from "node:http";
import type { TObject, TSchema } from "typebox";
import { peerAddress } from "../core/admission.ts";
import { isOneOf } from "../core/secret.ts";
import { checkQuery, readBody } from "./api-body.ts";
import { HttpError } from "./http-error.ts";
import type { PageRoute } from "./server.ts";
import type { Target } from "./target.ts";

/** What an account may do: look; also act on streams, keys and sessions; also manage accounts. Each may what those before it may. */
export const roles = ["viewer", "operator", "owner"] as const;
export type Role = (typeof roles)[number];

/** What an API token may be limited to. */
export const scopes = ["read", "sessions", "keys", "bans", "accounts", "audit", "config"] as const;
export type Scope = (typeof scopes)[number];

/** Who calls. `scopes`: its token is for these alone. `csrf`: it came by a cookie, and a change needs this shown as well. */
export type Identity = {
  readonly name: string;
  readonly role: Role;
  readonly accountId?: string;
  readonly scopes?: readonly string[];
  readonly csrf?: string;
};

/** An answer that is JSON already. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type ApiCall<Body = unknown> = {
  readonly identity: Identity;
  readonly address: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The parts of the path that the route's path names with a colon. */
  readonly params: ReadonlyMap<string, string>;
  readonly query: ReadonlyMap<string, string>;
  /** The body, checked and with its defaults. */
  readonly body: Body;
};

/** One operation of the API. */
export type ApiRoute = {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** What stands before its path; `/api/v1/` unless it is there for programs that were made for another server. */
  readonly root?: string;
  /** Behind `/api/v1/`: `keys/:id`; `streams/*stream` takes all that is left of the path. */
  readonly path: string;
  /** Who may; `anyone` need not say who it is. */
  readonly role: Role | "anyone";
  readonly scope: Scope;
  /** What it does, for the documentation. */
  readonly summary: string;
  readonly body?: TSchema;
  /** What may stand behind the question mark; everything else is refused. */
  readonly query?: TObject;
  /** The answer's shape. Absent: it has none (204). */
  readonly answer?: TSchema;
  /** What the answer is where it is no JSON. */
  readonly answerType?: string;
  /** What each of the events holds that it answers with. */
  readonly event?: TSchema;
  /** What a change is called in the audit log; nothing is noted where it is absent. */
  readonly action?: string;
  /** What is noted of it there, where that is not the body. */
  noted?(answer: unknown): unknown;
  /** The answer, which becomes JSON where it is not; nothing for 204. */
  handle(call: ApiCall): unknown;
};

/** A change, for the audit log. */
export type Change = {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly address: string;
  /** As it was sent; who writes it down leaves secrets out. */
  readonly detail: unknown;
};

export type ApiParts = {
  readonly routes: readonly ApiRoute[];
  /** Who sends this; throws an `HttpError` for who is nobody. */
  readonly identify: (request: IncomingMessage, address: string) => Promise<Identity>;
  readonly audit: (change: Change) => Promise<void>;
};

const apiRoot = "/api/v1/";
const nobody: Identity = { name: "", role: "viewer" };

/** The operator's API under `/api/v1/`. Every route says who may call it, and every change is noted. */
export function api({ routes, identify, audit }: ApiParts): PageRoute {
  const tables = new Map<string, { route: ApiRoute; parts: readonly string[] }[]>();
  for (const route of routes) {
    const table = tables.get(route.root ?? apiRoot) ?? [];
    table.push({ route, parts: route.path.split("/") });
    tables.set(route.root ?? apiRoot, table);
  }
  return async (target, request, response) => {
    const [root, table] = [...tables].find(([each]) => target.path.startsWith(each)) ?? [];
    if (!root || !table) return false;
    const address = peerAddress(request.socket.remoteAddress);
    const found = match(table, request.method, target.path.slice(root.length));
    // Whoever is nobody learns nothing, not even what there is.
    const identity = found?.route.role === "anyone" ? nobody : await identify(request, address);
    if (!found) throw new HttpError(404, "http/not-found", `there is no ${request.method} ${target.path} in the API`);
    const { route, params } = found;
    check(route, identity, request);
    if (route.query) checkQuery(target.query, route.query);
    const body = route.body ? await readBody(request, route.body) : undefined;
    const call = { identity, address, request, response, params, query: target.query, body };
    const answer = await route.handle(call);
    if (route.action !== undefined) await audit(changeOf(route, route.action, call, answer));
    send(response, answer);
    return true;
  };
}

type Found = { readonly route: ApiRoute; readonly params: ReadonlyMap<string, string> };

function match(
  table: readonly { route: ApiRoute; parts: readonly string[] }[],
  method: string | undefined,
  path: Target["path"],
): Found | undefined {
  const given = path.split("/");
  for (const { route, parts } of table) {
    if (route.method !== method) continue;
    const params = fit(parts, given);
    if (params) return { route, params };
  }
  return undefined;
}

/** What a path's parts are for the names in a route's, where they fit. */
function fit(parts: readonly string[], given: readonly string[]): ReadonlyMap<string, string> | undefined {
  const params = new Map<string, string>();
  for (const [index, part] of parts.entries()) {
    const value = part.startsWith("*") ? given.slice(index).join("/") : (given[index] ?? "");
    if ((value === "" && part !== "") || (!/^[:*]/.test(part) && part !== value)) return undefined;
    if (/^[:*]/.test(part)) params.set(part.slice(1), value);
    if (part.startsWith("*")) return params;
  }
  return parts.length === given.length ? params : undefined;
}

function check(route: ApiRoute, identity: Identity, request: IncomingMessage): void {
  if (route.method !== "GET") checkOrigin(request);
  if (route.role === "anyone") return;
  if (roles.indexOf(identity.role) < roles.indexOf(route.role))
    throw new HttpError(403, "access/role", `this needs the role ${route.role}; yours is ${identity.role}`);
  if (identity.scopes && !identity.scopes.includes(route.scope))
    throw new HttpError(403, "access/scope", `this needs a token with the scope ${route.scope}`);
  if (
    route.method !== "GET" &&
    identity.csrf !== undefined &&
    !isOneOf(String(request.headers["sluice-csrf"]), [identity.csrf])
  )
    throw new HttpError(403, "access/csrf", "send the value that signing in answered with, in the header Sluice-CSRF");
}

/** Pages of other sites may not make changes with what a browser remembers. */
function checkOrigin({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  const isForeign = site !== undefined && site !== "same-origin" && site !== "none";
  if (isForeign || (origin !== undefined && origin.replace(/^https?:\/\//, "") !== host))
    throw new HttpError(403, "access/origin", "the API takes changes from its own pages and from programs only");
}

function changeOf(
  route: ApiRoute,
  action: string,
  { identity, address, params, body }: ApiCall,
  answer: unknown,
): Change {
  const made = answer !== null && typeof answer === "object" && "id" in answer ? String(answer.id) : "";
  const [target = made] = params.values();
  return { actor: identity.name, action, target, address, detail: route.noted ? route.noted(answer) : body };
}

function send(response: ServerResponse, answer: unknown): void {
  if (response.headersSent || response.destroyed) return;
  response.setHeader("cache-control", "no-store");
  response.setHeader("x-content-type-options", "nosniff");
  if (answer === undefined) return void response.writeHead(204).end();
  const body = Buffer.from(answer instanceof JsonText ? answer.text : JSON.stringify(answer));
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}
