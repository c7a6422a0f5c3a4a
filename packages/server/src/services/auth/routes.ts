import { randomBytes } from "node:crypto";
import { type Static, Type } from "typebox";
import { address, contains, network } from "../../config/network.ts";
import { fingerprint, type Grants } from "../../core/grants.ts";
import { secretHash } from "../../core/secret.ts";
import type { Sessions } from "../../core/sessions.ts";
import type { ApiRoute } from "../../http/api.ts";
import { count, id as idShape, listOf, pageOf, pageQuery, time } from "../../http/api-shapes.ts";
import { HttpError } from "../../http/http-error.ts";
import type { Records } from "../../storage/records/index.ts";
import type { Bans } from "./bans.ts";
import { challengeGrantId } from "./challenge.ts";
import { challengeHashes } from "./challenge-hashes.ts";
import { tokenGrantId } from "./jwt.ts";
import { sendBannedAway } from "./kept-rights.ts";
import { keyGrantId } from "./stream-keys.ts";

export type AuthRoutesParts = {
  readonly records: Pick<Records, "streamKeys" | "revocations" | "bans">;
  readonly grants: Grants;
  readonly bans: Bans;
  readonly sessions: Sessions;
  /** Proxies and this machine: to ban one would keep out everybody, or the operator. */
  readonly trusted: () => readonly string[];
};

const strict = { additionalProperties: false } as const;
const label = Type.String({ maxLength: 128 });
const user = Type.String({ pattern: "^[A-Za-z0-9._~@-]{1,64}$" });
const keyBody = Type.Object(
  {
    app: Type.String({ minLength: 1, maxLength: 515 }),
    stream: Type.String({ minLength: 1, maxLength: 128 }),
    label: Type.Optional(label),
    key: Type.Optional(Type.String({ minLength: 8, maxLength: 256 })),
    user: Type.Optional(user),
    expiresAt: Type.Optional(time),
  },
  strict,
);
const keyChange = Type.Object(
  {
    label: Type.Optional(label),
    disabled: Type.Optional(Type.Boolean()),
    expiresAt: Type.Optional(Type.Union([time, Type.Null()])),
    rotate: Type.Optional(Type.Boolean()),
  },
  strict,
);
const revocationBody = Type.Object(
  {
    token: Type.Optional(Type.String({ minLength: 1, maxLength: 8_192 })),
    grant: Type.Optional(Type.String({ pattern: "^[\\w-]{12}$" })),
    until: Type.Optional(time),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  },
  strict,
);

const banBody = Type.Object(
  {
    address: Type.String({ minLength: 2, maxLength: 64 }),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    expiresAt: Type.Optional(time),
  },
  strict,
);

const keyShape = Type.Object(
  {
    id: idShape,
    app: Type.String(),
    stream: Type.String(),
    label: Type.String(),
    user: Type.Optional(Type.String()),
    grant: Type.String({ description: "what sessions that publish with it rest on" }),
    createdAt: time,
    expiresAt: Type.Optional(time),
    disabledAt: Type.Optional(time),
    lastUsedAt: Type.Optional(time),
  },
  { title: "StreamKey" },
);
const shownKey = Type.Object(
  {
    ...keyShape.properties,
    key: Type.Optional(Type.String({ description: "the secret, shown once" })),
  },
  { title: "ShownStreamKey" },
);
const keyQuery = pageQuery({
  app: Type.Optional(Type.String({ maxLength: 515 })),
  stream: Type.Optional(Type.String({ maxLength: 128 })),
});
const revocation = Type.Object({ grant: Type.String(), until: time, reason: Type.String() }, { title: "Revocation" });
const revoked = Type.Object({ id: idShape, until: time, ended: count }, { title: "Revoked" });
const banShape = Type.Object(
  {
    id: idShape,
    address: Type.String(),
    reason: Type.String(),
    createdAt: time,
    expiresAt: Type.Optional(time),
  },
  { title: "Ban" },
);
const banned = Type.Object({ ...banShape.properties, ended: count }, { title: "NewBan" });

const dayMs = 24 * 60 * 60 * 1000;
/** Longer than any token or address may hold; who has let them hold longer says until when. */
const revokedMs = 366 * dayMs;

/** Stream keys, the end of rights, and who is kept out. */
export function authRoutes(parts: AuthRoutesParts): readonly ApiRoute[] {
  return [...keyRoutes(parts), ...revocationRoutes(parts), ...banRoutes(parts)];
}

function keyRoutes({ records, grants }: AuthRoutesParts): readonly ApiRoute[] {
  const shared = { role: "operator", scope: "keys" } as const;
  /** What rests on a key ends with it. */
  const end = (id: string) => {
    for (const grant of [keyGrantId({ id }), challengeGrantId({ id })]) grants.endNow(grant);
  };
  return [
    {
      ...shared,
      method: "GET",
      path: "keys",
      summary: "stream keys, without the secrets: `app` and `stream` choose",
      query: keyQuery,
      answer: pageOf(keyShape),
      async handle({ query }) {
        const limit = query.get("limit");
        const page = await records.streamKeys.list({
          after: query.get("after"),
          limit: limit === undefined ? undefined : Number(limit),
          app: query.get("app"),
          stream: query.get("stream"),
        });
        return { ...page, items: page.items.map(keyView) };
      },
    },
    {
      ...shared,
      method: "POST",
      path: "keys",
      summary:
        "make a stream key; it is shown once. A stream may have several. With `user` encoders can sign in that know only a user and a password: the key is the password",
      body: keyBody,
      answer: shownKey,
      action: "key.create",
      async handle({ body }) {
        const { key = newKey(), label: text = "", user: name, ...rest } = body as Static<typeof keyBody>;
        const made = await records.streamKeys.create({ ...rest, label: text, ...hashesOf(key, name) });
        return { ...keyView(made), key };
      },
    },
    {
      ...shared,
      method: "PATCH",
      path: "keys/:id",
      summary:
        "rename a key, let it end, disable it, or rotate it: the new one is shown once. Who publishes with what holds no more is sent away",
      body: keyChange,
      answer: shownKey,
      action: "key.change",
      async handle({ params, body }) {
        const id = params.get("id") ?? "";
        const { rotate, ...change } = body as Static<typeof keyChange>;
        const key = rotate ? newKey() : undefined;
        const before = key === undefined ? undefined : await find(records, id);
        const changed = await records.streamKeys.update(id, {
          ...change,
          ...(key === undefined ? {} : hashesOf(key, before?.user)),
        });
        if (!changed) throw noKey();
        if (rotate || changed.disabledAt !== undefined || (changed.expiresAt ?? Number.POSITIVE_INFINITY) <= Date.now())
          end(id);
        return { ...keyView(changed), ...(key === undefined ? {} : { key }) };
      },
    },
    {
      ...shared,
      method: "DELETE",
      path: "keys/:id",
      summary: "remove a stream key; who publishes with it is sent away",
      action: "key.remove",
      async handle({ params }) {
        const id = params.get("id") ?? "";
        if (!(await records.streamKeys.remove(id))) throw noKey();
        end(id);
      },
    },
  ];
}

function revocationRoutes({ records, grants }: AuthRoutesParts): readonly ApiRoute[] {
  const shared = { role: "operator", scope: "keys" } as const;
  return [
    {
      ...shared,
      method: "GET",
      path: "revocations",
      summary: "rights that were revoked and would still hold",
      answer: listOf(revocation),
      handle: async () => ({ items: await records.revocations.inForce() }),
    },
    {
      ...shared,
      method: "POST",
      path: "revocations",
      summary:
        "revoke a token or a signed address, or a right by the name that sessions list; every session that rests on it ends, on every protocol",
      body: revocationBody,
      answer: revoked,
      action: "right.revoke",
      async handle({ body }) {
        const asked = body as Static<typeof revocationBody>;
        const grant = asked.grant ?? (asked.token === undefined ? undefined : grantIdOf(asked.token));
        if (grant === undefined)
          throw new HttpError(400, "api/body", "name a right: `token` with a token or signed address, or `grant`");
        const until = asked.until ?? Date.now() + revokedMs;
        // What is kept first holds over a restart even if the server stops in between.
        await records.revocations.add({ grant, until, reason: asked.reason ?? "revoked by an operator" });
        return { id: grant, until, ended: grants.revoke(grant, until) };
      },
    },
  ];
}

function banRoutes({ records, bans, sessions, trusted }: AuthRoutesParts): readonly ApiRoute[] {
  const shared = { role: "operator", scope: "bans" } as const;
  return [
    {
      ...shared,
      method: "GET",
      path: "bans",
      summary: "addresses and networks that are kept out",
      answer: listOf(banShape),
      handle: async () => ({ items: await records.bans.inForce() }),
    },
    {
      ...shared,
      method: "POST",
      path: "bans",
      summary: "keep an address or a network out; who is there from it is sent away",
      body: banBody,
      answer: banned,
      action: "ban.add",
      async handle({ body }) {
        const { address: from, reason = "banned by an operator", expiresAt } = body as Static<typeof banBody>;
        if (trusted().some((each) => holds(from, each)))
          throw new HttpError(409, "ban/trusted", "it holds an address of limits.trusted: this machine, or a proxy");
        const ban = await records.bans.add({
          address: from,
          reason,
          ...(expiresAt === undefined ? {} : { expiresAt }),
        });
        if (!bans.add({ network: from, expiresAt, reason })) throw new HttpError(409, "ban/full", tooManyBans);
        return { ...ban, ended: sendBannedAway(bans, sessions) };
      },
    },
    {
      ...shared,
      method: "DELETE",
      path: "bans/:id",
      summary: "let an address or a network in again",
      action: "ban.remove",
      async handle({ params }) {
        const id = params.get("id") ?? "";
        const ban = (await records.bans.inForce()).find((each) => each.id === id);
        if (!ban || !(await records.bans.remove(id)))
          throw new HttpError(404, "ban/not-found", "there is no such ban (any more)");
        bans.remove(ban.address);
      },
    },
  ];
}

function holds(text: string, single: string): boolean {
  const [banned, found] = [network(text), address(single)];
  return banned !== undefined && found !== undefined && contains(banned, found);
}

const tooManyBans = "as many addresses are kept out as can be: remove some, or ban a network instead";

/** The right that somebody has who shows this: a token, or the signature of an address. */
function grantIdOf(shown: string): string {
  return tokenGrantId(shown) ?? fingerprint("signed", shown);
}

async function find(records: AuthRoutesParts["records"], id: string) {
  for (let after: string | undefined; ; ) {
    const { items, next } = await records.streamKeys.list({ after, limit: 500 });
    const found = items.find((key) => key.id === id);
    if (found || next === undefined) return found;
    after = next;
  }
}

function hashesOf(key: string, name: string | undefined) {
  const kept = { secretHash: secretHash(key) };
  if (name === undefined) return kept;
  const { salt, adobeHash, llnwHash } = challengeHashes(name, key);
  return { ...kept, user: name, adobeSalt: salt, adobeHash, llnwHash };
}

function newKey(): string {
  return randomBytes(24).toString("base64url");
}

type Kept = Awaited<ReturnType<AuthRoutesParts["records"]["streamKeys"]["create"]>>;

/** `grant`: what sessions that publish with it rest on. */
function keyView({ secretHash: _, adobeSalt: _salt, adobeHash: _adobe, llnwHash: _llnw, ...key }: Kept): object {
  return { ...key, grant: keyGrantId(key) };
}

function noKey(): HttpError {
  return new HttpError(404, "key/not-found", "there is no such stream key");
}
