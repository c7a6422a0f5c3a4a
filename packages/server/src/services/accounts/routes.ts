import { randomBytes } from "node:crypto";
import { type Static, Type } from "typebox";
import { hashPassword } from "../../config/password.ts";
import { secretHash } from "../../core/secret.ts";
import { type ApiCall, type ApiRoute, roles, scopes } from "../../http/api.ts";
import { id, limit, pageOf, pageQuery, time } from "../../http/api-shapes.ts";
import { HttpError } from "../../http/http-error.ts";
import type { Account, Records } from "../../storage/records/index.ts";
import type { Cookies } from "./cookies.ts";
import type { Gate } from "./gate.ts";

export type AccountRoutesParts = {
  readonly records: Pick<Records, "accounts" | "apiTokens" | "audit">;
  readonly gate: Gate;
  readonly cookies: Cookies;
};

const strict = { additionalProperties: false } as const;
const accountName = Type.String({ pattern: "^[a-z0-9._-]{1,64}$" });
const password = Type.String({ minLength: 10, maxLength: 256 });
const role = Type.Enum([...roles] as [string, ...string[]], { title: "Role" });
const scope = Type.Enum([...scopes] as [string, ...string[]], { title: "Scope" });
const signInBody = Type.Object(
  { name: Type.String({ maxLength: 64 }), password: Type.String({ maxLength: 256 }) },
  strict,
);
const accountBody = Type.Object({ name: accountName, password, role }, strict);
const accountChange = Type.Object(
  { password: Type.Optional(password), role: Type.Optional(role), disabled: Type.Optional(Type.Boolean()) },
  strict,
);
const tokenBody = Type.Object(
  {
    label: Type.String({ minLength: 1, maxLength: 128 }),
    scopes: Type.Array(scope, { minItems: 1, maxItems: scopes.length }),
    expiresAt: Type.Optional(time),
  },
  strict,
);
const signedIn = Type.Object({ name: Type.String(), role, csrf: Type.String() }, { title: "SignedIn" });
const me = Type.Object(
  {
    name: Type.String(),
    role,
    csrf: Type.Optional(Type.String({ description: "what changes have to show in the header Sluice-CSRF" })),
    scopes: Type.Optional(Type.Array(scope)),
  },
  { title: "Me" },
);
const account = Type.Object(
  {
    id,
    name: Type.String(),
    role,
    createdAt: time,
    disabledAt: Type.Optional(time),
  },
  { title: "Account" },
);
const token = Type.Object(
  {
    id,
    accountId: Type.String(),
    label: Type.String(),
    scopes: Type.Array(scope),
    createdAt: time,
    expiresAt: Type.Optional(time),
    lastUsedAt: Type.Optional(time),
  },
  { title: "ApiToken" },
);
const newToken = Type.Object(
  { ...token.properties, secret: Type.String({ description: "shown once" }) },
  { title: "NewApiToken" },
);
const entry = Type.Object(
  {
    id,
    at: time,
    actor: Type.String(),
    action: Type.String(),
    target: Type.String(),
    detail: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    address: Type.Optional(Type.String()),
  },
  { title: "AuditEntry" },
);
const auditQuery = Type.Object({
  before: Type.Optional(Type.String({ maxLength: 64, description: "`next` of the piece before" })),
  limit: Type.Optional(limit),
});
const passwordBody = Type.Object({ current: Type.String({ maxLength: 256 }), password }, strict);

/** Signing in and out, accounts, API tokens, and what was changed. */
export function accountRoutes(parts: AccountRoutesParts): readonly ApiRoute[] {
  return [...signingIn(parts), ...accounts(parts), ...tokens(parts), auditLog(parts)];
}

function signingIn({ gate, cookies, records }: AccountRoutesParts): readonly ApiRoute[] {
  return [
    {
      method: "POST",
      path: "sign-in",
      role: "anyone",
      scope: "read",
      summary: "sign in with a name and a password; answers with a cookie, and with what changes have to show",
      body: signInBody,
      answer: signedIn,
      async handle({ body, address, request, response }) {
        const { name, password: shown } = body as Static<typeof signInBody>;
        const identity = await gate.signIn(name, shown, address);
        if (!identity) throw new HttpError(401, "access/password", "the name or the password is wrong");
        const { cookie, csrf } = cookies.open(identity, "encrypted" in request.socket);
        response.setHeader("set-cookie", cookie);
        await records.audit.add({ actor: identity.name, action: "account.sign-in", target: identity.name, address });
        return { name: identity.name, role: identity.role, csrf };
      },
    },
    {
      method: "POST",
      path: "sign-out",
      role: "anyone",
      scope: "read",
      summary: "sign out",
      handle({ request, response }) {
        response.setHeader("set-cookie", cookies.close(request.headers.cookie, "encrypted" in request.socket));
      },
    },
    {
      method: "GET",
      path: "me",
      role: "viewer",
      scope: "read",
      summary: "who you are",
      answer: me,
      handle: ({ identity: { name, role: own, csrf, scopes: limits } }) => ({ name, role: own, csrf, scopes: limits }),
    },
    {
      method: "POST",
      path: "password",
      role: "viewer",
      scope: "accounts",
      summary: "change your own password",
      body: passwordBody,
      action: "account.password",
      async handle({ identity, body, address }) {
        const { current, password: wanted } = body as Static<typeof passwordBody>;
        if (identity.accountId === undefined)
          throw new HttpError(409, "account/configured", "this password stands in the configuration: sluice password");
        if (!(await gate.signIn(identity.name, current, address)))
          throw new HttpError(403, "access/password", "the current password is wrong");
        await records.accounts.update(identity.accountId, { passwordHash: await hashPassword(wanted) });
        forget({ gate, cookies }, identity.accountId);
      },
    },
  ];
}

function accounts({ records, gate, cookies }: AccountRoutesParts): readonly ApiRoute[] {
  const owner = { role: "owner", scope: "accounts" } as const;
  return [
    {
      ...owner,
      method: "GET",
      path: "accounts",
      summary: "all accounts",
      query: pageQuery(),
      answer: pageOf(account),
      handle: async ({ query }) => {
        const page = await records.accounts.list({ after: query.get("after"), limit: limitOf(query) });
        return { ...page, items: page.items.map(accountView) };
      },
    },
    {
      ...owner,
      method: "POST",
      path: "accounts",
      summary: "make an account",
      body: accountBody,
      answer: account,
      action: "account.create",
      async handle({ body }) {
        const { name, password: wanted, role: given } = body as Static<typeof accountBody>;
        const passwordHash = await hashPassword(wanted);
        return accountView(await records.accounts.create({ name, passwordHash, role: given as Account["role"] }));
      },
    },
    {
      ...owner,
      method: "PATCH",
      path: "accounts/:id",
      summary: "change an account's password or role, or disable it; it is signed out everywhere",
      body: accountChange,
      answer: account,
      action: "account.change",
      async handle({ params, body }) {
        const { password: wanted, role: given, disabled } = body as Static<typeof accountChange>;
        const passwordHash = wanted === undefined ? undefined : await hashPassword(wanted);
        const id = params.get("id") ?? "";
        const account = await records.accounts.update(id, { passwordHash, role: given as Account["role"], disabled });
        if (!account) throw noAccount();
        forget({ gate, cookies }, id);
        return accountView(account);
      },
    },
    {
      ...owner,
      method: "DELETE",
      path: "accounts/:id",
      summary: "remove an account and its API tokens",
      action: "account.remove",
      async handle({ params }) {
        const id = params.get("id") ?? "";
        if (!(await records.accounts.remove(id))) throw noAccount();
        forget({ gate, cookies }, id);
      },
    },
  ];
}

function tokens({ records }: AccountRoutesParts): readonly ApiRoute[] {
  /** Everyone sees and removes their own; an owner all. */
  const mine = ({ identity }: ApiCall) => (identity.role === "owner" ? undefined : (identity.accountId ?? ""));
  return [
    {
      method: "GET",
      path: "tokens",
      role: "viewer",
      scope: "accounts",
      summary: "API tokens: yours, or everybody's for an owner",
      query: pageQuery(),
      answer: pageOf(token),
      async handle(call) {
        const page = await records.apiTokens.list({
          after: call.query.get("after"),
          limit: limitOf(call.query),
          accountId: mine(call),
        });
        return { ...page, items: page.items.map(({ secretHash: _, ...token }) => token) };
      },
    },
    {
      method: "POST",
      path: "tokens",
      role: "viewer",
      scope: "accounts",
      summary: "make an API token that speaks for your account; its secret is shown once",
      body: tokenBody,
      answer: newToken,
      action: "token.create",
      async handle({ identity, body }) {
        const { accountId } = identity;
        if (accountId === undefined)
          throw new HttpError(
            409,
            "account/configured",
            "API tokens belong to an account: make one, and sign in with it",
          );
        const secret = randomBytes(32).toString("base64url");
        const asked = body as Static<typeof tokenBody>;
        // A token that is limited cannot make one that is less so.
        if (identity.scopes && !asked.scopes.every((scope) => identity.scopes?.includes(scope)))
          throw new HttpError(403, "access/scope", "a token cannot make another with more scopes than its own");
        const { secretHash: _, ...token } = await records.apiTokens.create({
          ...asked,
          accountId,
          secretHash: secretHash(secret),
        });
        return { ...token, secret };
      },
    },
    {
      method: "DELETE",
      path: "tokens/:id",
      role: "viewer",
      scope: "accounts",
      summary: "remove an API token",
      action: "token.remove",
      async handle(call) {
        const id = call.params.get("id") ?? "";
        const own = mine(call);
        const isMine = own === undefined || (await owns(records, own, id));
        if (!isMine || !(await records.apiTokens.remove(id)))
          throw new HttpError(404, "token/not-found", "there is no such API token");
      },
    },
  ];
}

async function owns(records: AccountRoutesParts["records"], accountId: string, id: string): Promise<boolean> {
  for (let after: string | undefined; ; ) {
    const { items, next } = await records.apiTokens.list({ after, accountId, limit: 500 });
    if (items.some((token) => token.id === id)) return true;
    if (next === undefined) return false;
    after = next;
  }
}

function auditLog({ records }: AccountRoutesParts): ApiRoute {
  return {
    method: "GET",
    path: "audit",
    role: "owner",
    scope: "audit",
    summary: "what was changed by whom, newest first",
    query: auditQuery,
    answer: pageOf(entry),
    handle: ({ query }) => records.audit.page({ before: query.get("before"), limit: limitOf(query) }),
  };
}

function limitOf(query: ReadonlyMap<string, string>): number | undefined {
  const text = query.get("limit");
  return text === undefined ? undefined : Number(text);
}

function forget({ gate, cookies }: Pick<AccountRoutesParts, "gate" | "cookies">, accountId: string): void {
  gate.forget();
  cookies.closeAll(accountId);
}

function accountView({ passwordHash: _, ...account }: Account): object {
  return account;
}

function noAccount(): HttpError {
  return new HttpError(404, "account/not-found", "there is no such account");
}
