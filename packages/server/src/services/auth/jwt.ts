import { milliseconds } from "../../config/duration.ts";
import type { AccessRequest, Decision, Denial, Grant } from "../../core/access.ts";
import { now } from "../../core/clock.ts";
import { fingerprint } from "../../core/grants.ts";
import type { Log } from "../../core/log.ts";
import { KeySet } from "./jwks.ts";
import { type Claims, objection, readClaims } from "./jwt-claims.ts";
import { isAlgorithm, isSigned } from "./jwt-keys.ts";
import { FileSource, type FoundKeys, type KeySource, SecretSource } from "./jwt-sources.ts";
import { parseToken, type Token } from "./jwt-token.ts";
import type { Link } from "./link.ts";

export type JwtSettings = {
  /** Of HS256, HS384 and HS512; empty for none. */
  readonly secret: string;
  /** File of a public key in PEM; empty for none. */
  readonly key: string;
  /** Address of the issuer's keys; empty for none. */
  readonly jwks: string;
  readonly jwksCache: string;
  /** What `iss` must be, and `aud` must hold; empty for anything. */
  readonly issuer: string;
  readonly audience: string;
  readonly leeway: string;
  readonly longest: string;
};

export type JwtParts = {
  readonly log: Log;
  /** Where a file of the settings is. */
  readonly resolve: (file: string) => string;
  /** Goes forward only; for tests. */
  readonly clock?: () => number;
  /** How long the issuer may take to show its keys. */
  readonly limitMs?: number;
};

/** How the check of a signature ended, from what tells least to what tells most. */
type Outcome = "key" | "signature" | "unavailable" | "good";

/** Publishing and watching with a token (JWT, RFC 7519), as `?token=…` or in an Authorization header. Where both are shown the one in the address counts, which was meant for this stream. */
export function jwtLink(settings: () => JwtSettings, parts: JwtParts): Link {
  const keys = new Keys(settings, parts);
  return {
    name: "jwt",
    decide(request) {
      const shown = shownToken(request);
      if (shown === undefined) return undefined;
      const token = parseToken(shown);
      if (!token) return invalid("jwt/malformed");
      if (!isAlgorithm(token.algorithm)) return invalid("jwt/algorithm");
      const outcome = keys.check(token);
      return outcome instanceof Promise
        ? outcome.then((made) => decided(made, token, request, settings()))
        : decided(outcome, token, request, settings());
    },
  };
}

/** The name of the right that a token gives, by which it is revoked; undefined when it is no token. It is not checked. */
export function tokenGrantId(text: string): string | undefined {
  const token = parseToken(text);
  return token && grantId(token, token.claims.get("jti"));
}

/** Not by the signature: with the same key there are several for one token (ECDSA), and each would count anew. */
function grantId({ signed }: Token, jti: unknown): string {
  return fingerprint("jwt", typeof jti === "string" ? jti : signed);
}

function shownToken({ query, headers }: AccessRequest): string | undefined {
  const inQuery = query.get("token");
  if (inQuery !== undefined) return inQuery;
  const [, scheme = "", inHeader = ""] = /^(\S+)\s*(.*)$/s.exec(headers.get("authorization")?.trim() ?? "") ?? [];
  return scheme.toLowerCase() === "bearer" ? inHeader : undefined;
}

function decided(outcome: Outcome, token: Token, request: AccessRequest, settings: JwtSettings): Decision {
  switch (outcome) {
    case "key":
      return invalid("jwt/key");
    case "signature":
      return invalid("jwt/signature");
    case "unavailable":
      return {
        allowed: false,
        rule: "jwt/unavailable",
        reason: "the token cannot be checked at the moment; try again",
      };
    case "good":
      return judged(token, request, settings);
  }
}

function judged(token: Token, request: AccessRequest, { issuer, audience, leeway, longest }: JwtSettings): Decision {
  const claims = readClaims(token.claims);
  if (!claims) return invalid("jwt/claims");
  const limits = { issuer, audience, leeway: milliseconds(leeway) / 1_000, longest: milliseconds(longest) / 1_000 };
  const wrong = objection(claims, request, { now: Date.now() / 1_000, ...limits });
  return wrong ? { allowed: false, ...wrong } : granted(token, claims, request, limits.leeway);
}

function granted(
  token: Token,
  { exp, jti, sessions, bitrate }: Claims,
  { action }: AccessRequest,
  leeway: number,
): Grant {
  const id = grantId(token, jti);
  return {
    allowed: true,
    id,
    ...(action === "publish" ? { key: id } : {}),
    expiresAt: Math.floor((exp + leeway) * 1_000),
    ...(sessions === undefined ? {} : { sessions }),
    ...(bitrate === undefined ? {} : { bitrate }),
  };
}

/** One answer for all that is wrong with a token before it is known whose it is: who tries learns nothing. */
function invalid(rule: string): Denial {
  return { allowed: false, rule, reason: "the token is not valid" };
}

/** The keys that the settings name. Sources outlive a change of settings that is not about them, with what they hold. */
class Keys {
  readonly #settings: () => JwtSettings;
  readonly #parts: JwtParts;
  readonly #clock: () => number;
  readonly #made = new Map<keyof JwtSettings, { readonly from: string; readonly source: KeySource }>();

  constructor(settings: () => JwtSettings, parts: JwtParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#clock = parts.clock ?? now;
  }

  check(token: Token): Promise<Outcome> | Outcome {
    const isSecret = token.algorithm.startsWith("HS");
    return tried(token, isSecret ? this.#sources("secret") : this.#sources("key", "jwks"), "key");
  }

  #sources(...names: readonly ("secret" | "key" | "jwks")[]): readonly KeySource[] {
    const current = this.#settings();
    return names.flatMap((name) => {
      const from = current[name];
      const made = this.#made.get(name);
      if (from === "") return [];
      if (made?.from === from) return [made.source];
      const source = this.#source(name, from);
      this.#made.set(name, { from, source });
      return [source];
    });
  }

  #source(name: "secret" | "key" | "jwks", from: string): KeySource {
    const { log, resolve, limitMs } = this.#parts;
    const trouble = (reason: string) => log.warn({ reason }, "tokens cannot be checked with all keys");
    const clock = this.#clock;
    switch (name) {
      case "secret":
        return new SecretSource(from);
      case "key":
        return new FileSource(resolve(from), trouble, clock);
      case "jwks": {
        const goodForMs = () => milliseconds(this.#settings().jwksCache);
        return new KeySet({ url: from, goodForMs, trouble, clock, ...(limitMs === undefined ? {} : { limitMs }) });
      }
    }
  }
}

/** One source after the other, at once as long as they answer at once. */
function tried(token: Token, [source, ...others]: readonly KeySource[], before: Outcome): Promise<Outcome> | Outcome {
  if (!source) return before;
  const go = (found: FoundKeys): Promise<Outcome> | Outcome => {
    if (found === "unavailable") return tried(token, others, found);
    if (found.some((key) => isSigned(token, key))) return "good";
    return tried(token, others, before === "key" && found.length > 0 ? "signature" : before);
  };
  const found = source.find(token);
  return found instanceof Promise ? found.then(go) : go(found);
}
