import { createHmac } from "node:crypto";

/** What a token for Sluice says; `exp` and the other times in seconds since 1970. */
export type TokenClaims = {
  readonly exp: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly iss?: string;
  readonly aud?: string | readonly string[];
  readonly jti?: string;
  readonly sub?: string;
  /** Without it, watching. */
  readonly action?: "publish" | "play" | readonly ("publish" | "play")[];
  readonly app?: string;
  readonly stream?: string;
  readonly sessions?: number;
  readonly ip?: string;
  readonly bitrate?: number;
};

/** A token with these claims, signed with the secret (HS256). */
export function signToken(claims: TokenClaims, secret: string): string {
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
