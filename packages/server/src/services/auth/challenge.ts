import { createHmac } from "node:crypto";
import type { AccessRequest, ConnectAnswer, ConnectRequest, Decision, Denial, Grant } from "../../core/access.ts";
import { fingerprint } from "../../core/grants.ts";
import { isOneOf } from "../../core/secret.ts";
import { adobeResponse, type ChallengeHashes, likeRandomText, llnwResponses, randomText } from "./challenge-hashes.ts";
import type { Link } from "./link.ts";
import { type ChallengeMode, PendingChallenges } from "./pending-challenges.ts";
import { fitsPattern } from "./stream-pattern.ts";

/** A user as it is kept: its hashes, and what it may publish. */
export type ChallengeUser = ChallengeHashes & {
  readonly id: string;
  readonly user: string;
  readonly app: string;
  /** A name, or a pattern with `*`. */
  readonly stream: string;
  readonly expiresAt?: number | undefined;
  readonly disabledAt?: number | undefined;
};

export type FindChallengeUser = (user: string) => Promise<ChallengeUser | undefined> | ChallengeUser | undefined;

export type ChallengeParts = {
  readonly find: FindChallengeUser;
  /** Whether publishers of an app are asked for a password. */
  readonly asks: (app: string) => boolean;
  /** Makes salts for users that are not there. */
  readonly secret: Uint8Array;
  /** The way that is offered to encoders that ask for none. */
  readonly offer?: () => ChallengeMode;
  /** Told of each password that was wrong, and whose it was to be: any text. */
  readonly failed?: (request: ConnectRequest, user: string) => void;
  /** In milliseconds, for tests. */
  readonly clock?: () => number;
};

/** What it answers with, beside what the encoder says in each connect. */
type Shown = { readonly mode: ChallengeMode; readonly user: string; readonly request: ConnectRequest };

/** What a user may be called: the name goes through queries and descriptions that know no escapes, and FFmpeg reads no more than 255 bytes of the latter. */
export const challengeUserName: RegExp = /^[A-Za-z0-9._~@-]{1,64}$/;

const maxShown = 256;

/**
 * Adobe's and Limelight's challenges, as librtmp, FFmpeg, GStreamer and FMLE answer them: each step is a connection of its own, turned away with what the next needs. The first learns
 * the way, the second the user's salt and a challenge, the third shows what only the password could make of it.
 */
export function challengeConnect(
  parts: ChallengeParts,
): (request: ConnectRequest) => Promise<ConnectAnswer> | ConnectAnswer {
  const pending = new PendingChallenges(parts.clock);
  return (request) => {
    const { app, query } = request;
    if (!parts.asks(app) || query.get("key") || query.get("token")) return {};
    const mode = modeOf(query.get("authmod"));
    if (!mode) return needed(parts.offer?.() ?? "adobe");
    const user = query.get("user") ?? "";
    if (!challengeUserName.test(user)) return failure(parts, mode, user, request);
    const shown = { mode, user, request };
    return query.get("response") === undefined ? challenged(parts, pending, shown) : proved(parts, pending, shown);
  };
}

/** Publishing as the user whose password the connection has proved. */
export function challengeLink({ find }: { readonly find: FindChallengeUser }): Link {
  return {
    name: "challenge",
    decide({ user, stream }: AccessRequest): Promise<Decision> | Decision | undefined {
      if (user === undefined) return undefined;
      const kept = find(user);
      return kept instanceof Promise ? kept.then((found) => decided(found, stream)) : decided(kept, stream);
    },
  };
}

/** The right that a password gives is named by its record, so that it can be revoked by who does not know it. */
export function challengeGrantId({ id }: { readonly id: string }): string {
  return fingerprint("challenge", id);
}

function modeOf(authmod: string | undefined): ChallengeMode | undefined {
  return authmod === "adobe" || authmod === "llnw" ? authmod : undefined;
}

function needed(mode: ChallengeMode): ConnectAnswer {
  const refused = `[ AccessManager.Reject ] : [ code=403 need auth; authmod=${mode} ]`;
  return { refused, rule: "challenge/needed", again: true };
}

function failure(
  { failed }: ChallengeParts,
  mode: ChallengeMode,
  user: string,
  request: ConnectRequest,
): ConnectAnswer {
  failed?.(request, user);
  return wrong(mode);
}

/** One answer for a user that is none, a password that is wrong, and a challenge that is too old or was answered before. */
function wrong(mode: ChallengeMode): ConnectAnswer {
  return { refused: `[ AccessManager.Reject ] : [ authmod=${mode} ] : ?reason=authfailed`, rule: "challenge/wrong" };
}

async function challenged(
  { find, secret }: ChallengeParts,
  pending: PendingChallenges,
  { mode, user, request }: Shown,
): Promise<ConnectAnswer> {
  const kept = await find(user);
  const id = pending.issue({ mode, user, app: request.app });
  const asked = `[ AccessManager.Reject ] : [ authmod=${mode} ] : ?reason=needauth&user=${user}`;
  const salt = kept?.salt ?? unknownSalt(secret, user);
  const rest = mode === "llnw" ? `&nonce=${id}` : `&salt=${salt}&challenge=${randomText()}&opaque=${id}`;
  return { refused: asked + rest, rule: "challenge/asked", again: true };
}

async function proved(
  parts: ChallengeParts,
  pending: PendingChallenges,
  { mode, user, request }: Shown,
): Promise<ConnectAnswer> {
  const { app, query } = request;
  const challenge = pending.take(query.get(mode === "llnw" ? "nonce" : "opaque") ?? "");
  const kept = await parts.find(user);
  const isRight = answers(mode, kept ?? nobody, request);
  const isAsked = challenge?.mode === mode && challenge.user === user && challenge.app === app;
  if (kept && isRight && isAsked && !isOver(kept)) return { user };
  return failure(parts, mode, user, request);
}

function answers(mode: ChallengeMode, { adobeHash, llnwHash }: ChallengeHashes, request: ConnectRequest): boolean {
  const { app, query } = request;
  // Base64 comes in a query that does not escape it, where a plus has been read as a space.
  const shown = (name: string) => (query.get(name) ?? "").slice(0, maxShown).replaceAll(" ", "+");
  const response = shown("response");
  if (mode === "adobe") {
    return isOneOf(response, [adobeResponse(adobeHash, { opaque: shown("opaque"), challenge: shown("challenge") })]);
  }
  const [nonce, cnonce, nc] = [shown("nonce"), shown("cnonce"), shown("nc")];
  return isOneOf(response, llnwResponses(llnwHash, { nonce, cnonce, nc, app }));
}

/** No password has these hashes: they are there so that an unknown user takes as long as a known one. */
const nobody: ChallengeHashes = { salt: "", adobeHash: "", llnwHash: "" };

/** Always the same for the same user, as a kept salt is. */
function unknownSalt(secret: Uint8Array, user: string): string {
  return likeRandomText(createHmac("sha256", secret).update(`challenge salt ${user}`).digest());
}

function isOver({ expiresAt, disabledAt }: ChallengeUser): boolean {
  return disabledAt !== undefined || (expiresAt !== undefined && expiresAt <= Date.now());
}

const notTheirs: Denial = {
  allowed: false,
  rule: "challenge/stream",
  reason: "this user may not publish this stream",
};

function decided(kept: ChallengeUser | undefined, stream: AccessRequest["stream"]): Decision {
  if (!kept || isOver(kept) || !fitsPattern(`${kept.app}/${kept.stream}`, stream)) return notTheirs;
  const id = challengeGrantId(kept);
  const grant: Grant = { allowed: true, key: id, id };
  return kept.expiresAt === undefined ? grant : { ...grant, expiresAt: kept.expiresAt };
}
