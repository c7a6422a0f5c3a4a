import { address, contains, type Network, network } from "../../config/network.ts";
import type { AccessRequest } from "../../core/access.ts";
import { fitsPattern } from "./stream-pattern.ts";

type Action = AccessRequest["action"];

/** What a token says (RFC 7519 section 4.1, and our own), each of the right type. Times are in seconds since 1970. */
export type Claims = {
  readonly exp: number;
  readonly nbf?: number | undefined;
  readonly iat?: number | undefined;
  readonly iss?: string | undefined;
  readonly aud?: readonly string[] | undefined;
  readonly jti?: string | undefined;
  readonly action: readonly Action[];
  readonly app?: string | undefined;
  readonly stream?: string | undefined;
  readonly sessions?: number | undefined;
  readonly ip?: Network | undefined;
  readonly bitrate?: number | undefined;
};

/** What tokens are measured by. Times in seconds. */
export type ClaimLimits = {
  readonly now: number;
  readonly leeway: number;
  readonly longest: number;
  readonly issuer: string;
  readonly audience: string;
};

/** Why a token does not hold, and in words for who shows it: they have it from an issuer whom we trust. */
export type Objection = { readonly rule: string; readonly reason: string };

const maxText = 512;
const maxEntries = 32;
/** The end of the year 9999. */
const latest = 253_402_300_799;
const maxSessions = 1_000_000;

/** Reads the claims; undefined when one that counts has the wrong type, or `exp` is missing. A token without `action` is for watching: who may publish has to be said. */
export function readClaims(said: ReadonlyMap<string, unknown>): Claims | undefined {
  const read = {
    exp: time(said.get("exp")),
    nbf: time(said.get("nbf")),
    iat: time(said.get("iat")),
    iss: text(said.get("iss")),
    aud: textOrTexts(said.get("aud")),
    jti: text(said.get("jti")),
    action: actions(said.get("action")),
    app: text(said.get("app")),
    stream: text(said.get("stream")),
    sessions: count(said.get("sessions"), maxSessions),
    ip: place(said.get("ip")),
    bitrate: count(said.get("bitrate"), Number.MAX_SAFE_INTEGER),
  };
  const { exp, action = ["play"], ...rest } = read;
  if (exp === undefined || Object.values(read).includes(false)) return undefined;
  return { exp, action, ...rest } as Claims;
}

/** What speaks against the token at this time and for this request. */
export function objection(claims: Claims, request: AccessRequest, limits: ClaimLimits): Objection | undefined {
  return objectionToTime(claims, limits) ?? objectionToOrigin(claims, limits) ?? objectionToUse(claims, request);
}

function objectionToTime({ exp, nbf, iat }: Claims, { now, leeway, longest }: ClaimLimits): Objection | undefined {
  if (exp + leeway <= now) return { rule: "jwt/expired", reason: "the token is too old" };
  if ((nbf !== undefined && nbf - leeway > now) || (iat !== undefined && iat - leeway > now))
    return { rule: "jwt/early", reason: "the token does not hold yet" };
  if (exp - leeway > now + longest)
    return { rule: "jwt/longest", reason: "the token holds for longer than is allowed" };
  return undefined;
}

function objectionToOrigin({ iss, aud }: Claims, { issuer, audience }: ClaimLimits): Objection | undefined {
  if (issuer !== "" && iss !== issuer) return { rule: "jwt/issuer", reason: "the token is from another issuer" };
  if (audience !== "" && !aud?.includes(audience))
    return { rule: "jwt/audience", reason: "the token is meant for another server" };
  return undefined;
}

function objectionToUse(
  { action, app, stream, ip }: Claims,
  { action: wanted, stream: asked, address: from }: AccessRequest,
): Objection | undefined {
  if (!action.includes(wanted)) {
    const reason = wanted === "publish" ? "the token is not for publishing" : "the token is not for watching";
    return { rule: "jwt/action", reason };
  }
  const isOther = (app !== undefined && app !== asked.app) || (stream !== undefined && !fitsPattern(stream, asked));
  if (isOther) return { rule: "jwt/stream", reason: "the token is for another stream" };
  const place = ip && address(from);
  if (ip && !(place && contains(ip, place))) return { rule: "jwt/address", reason: "the token is for another address" };
  return undefined;
}

/** Each of these: undefined where nothing is said, false where it has the wrong type. */
function time(value: unknown): number | undefined | false {
  if (value === undefined) return undefined;
  return typeof value === "number" && value > 0 && value <= latest ? value : false;
}

function text(value: unknown): string | undefined | false {
  if (value === undefined) return undefined;
  return isText(value) ? value : false;
}

function textOrTexts(value: unknown): readonly string[] | undefined | false {
  if (value === undefined) return undefined;
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.length <= maxEntries && all.every(isText) ? all : false;
}

function actions(value: unknown): readonly Action[] | undefined | false {
  const all = textOrTexts(value);
  if (!all) return all;
  const known = all.filter((each): each is Action => each === "publish" || each === "play");
  return known.length === all.length && known.length > 0 ? known : false;
}

function count(value: unknown, most: number): number | undefined | false {
  if (value === undefined) return undefined;
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most ? value : false;
}

function place(value: unknown): Network | undefined | false {
  const written = text(value);
  return typeof written === "string" ? (network(written) ?? false) : written;
}

/** Control characters have no business in any of our texts. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= maxText && !/\p{Cc}/u.test(value);
}
