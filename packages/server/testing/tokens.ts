import assert from "node:assert/strict";
import { constants, type KeyObject, sign } from "node:crypto";
import type { AccessRequest } from "../src/core/access.ts";
import { streamName } from "../src/core/stream-name.ts";
import { type JwtParts, type JwtSettings, jwtLink } from "../src/services/auth/jwt.ts";

const usual: JwtSettings = {
  secret: "",
  key: "",
  jwks: "",
  jwksCache: "10m",
  issuer: "",
  audience: "",
  leeway: "5s",
  longest: "24h",
};

/** A link for tokens with these settings, which may be changed afterwards, and the lines of its log. */
export function tokenLink(change: Partial<JwtSettings>, parts: Partial<JwtParts> = {}) {
  const lines: string[] = [];
  const line = (fields: object, text: string) => void lines.push(`${text} ${JSON.stringify(fields)}`);
  const log = { debug: line, info: line, warn: line, error: line };
  const settings = { ...usual, ...change };
  const link = jwtLink(() => settings, { log, resolve: (file) => file, ...parts });
  const decide = (request: AccessRequest) => link.decide(request);
  return {
    lines,
    settings,
    decide,
    /** The rule that refuses who shows the token; undefined for who is let in. */
    rule: async (token: string) => {
      const decision = await decide(showing(token));
      assert.ok(decision, "a token was shown");
      return decision.allowed ? undefined : decision.rule;
    },
  };
}

/** Somebody wants to watch `live/cam1`, and shows a token. */
export function showing(token: string | undefined, change: Partial<AccessRequest> = {}): AccessRequest {
  const stream = streamName("live", "cam1");
  assert.ok(stream);
  return {
    action: "play",
    stream,
    protocol: "hls",
    address: "192.0.2.7",
    query: new Map(token === undefined ? [] : [["token", token]]),
    headers: new Map(),
    ...change,
  };
}

/** Ten minutes from now, in seconds since 1970. */
export function soon(): number {
  return Math.floor(Date.now() / 1_000) + 600;
}

/** One part of a token. */
export function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** A token that is good for ten minutes, made with Node's own means. */
export function signedWith(privateKey: KeyObject, alg: string, kid?: string): string {
  const text = `${part({ alg, kid })}.${part({ exp: soon() })}`;
  const padding = alg.startsWith("PS")
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : {};
  const key = { key: privateKey, dsaEncoding: "ieee-p1363" as const, ...padding };
  return `${text}.${sign(alg === "EdDSA" ? null : `sha${alg.slice(2)}`, Buffer.from(text), key).toString("base64url")}`;
}
