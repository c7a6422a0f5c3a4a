import type { Access, ConnectRequest, Denial } from "../../core/access.ts";
import { fingerprint, type Grants } from "../../core/grants.ts";
import type { Log } from "../../core/log.ts";
import type { Records } from "../../storage/records/index.ts";
import { appRules, type Ways } from "./app-access.ts";
import { type AttemptLimits, Attempts } from "./attempts.ts";
import { authoriser, type Rule } from "./authoriser.ts";
import type { Bans } from "./bans.ts";
import { type CallbackSettings, callbackLink } from "./callback.ts";
import { type ChallengeUser, challengeConnect, challengeLink } from "./challenge.ts";
import { openCountries } from "./countries.ts";
import { type JwtSettings, jwtLink } from "./jwt.ts";
import type { Link } from "./link.ts";
import { type PlaceSettings, placeRule } from "./place.ts";
import { signedLink } from "./signed.ts";
import type { SignedSettings } from "./signed-form.ts";
import { keyLink } from "./stream-keys.ts";

/** What the configuration says of one app. */
export type AppAccessSettings = Ways &
  PlaceSettings & {
    readonly jwt: JwtSettings;
    readonly signed: SignedSettings;
    readonly callback: CallbackSettings;
  };

/** What it says of access. */
export type AccessSettings = AttemptLimits & {
  readonly auth: "key" | "open";
  readonly streamKeys: readonly string[];
  /** File that knows countries; empty for none. */
  readonly countries: string;
  /** Addresses whose attempts are not counted. */
  readonly trusted: readonly string[];
  readonly app: (app: string) => AppAccessSettings | undefined;
};

export type AccessParts = {
  readonly settings: () => AccessSettings;
  readonly grants: Grants;
  readonly bans: Bans;
  readonly records: Pick<Records, "streamKeys">;
  /** Makes what nobody may guess. */
  readonly secret: Uint8Array;
  readonly log: Log;
  /** Where a file of the settings is. */
  readonly resolve: (file: string) => string;
  /** Rules of the host's, after our own. */
  readonly rules: readonly Rule[];
};

/** The authoriser. `changed`: the settings have changed. */
export type OpenAccess = { readonly access: Access; changed(): void; close(): void };

/** Apps that are not there need a key as well: nobody without one learns which are. */
const unknownApp: Ways = { publish: ["key"], play: [] };

const banned: Denial = { allowed: false, rule: "access/banned", reason: "you may not do this any more" };
const tooOften: Denial = {
  allowed: false,
  rule: "access/attempts",
  reason: "too many attempts: wait a minute, then try again",
};

/** Who may publish and who may watch, by the configuration and the records. */
export async function openAccess(parts: AccessParts): Promise<OpenAccess> {
  const { settings, grants, bans, records, log, resolve, secret } = parts;
  const countries = await openCountries(fileOf(settings(), resolve), log);
  const attempts = new Attempts(settings);
  const isCounted = (address: string) => !settings().trusted.includes(address);
  let keys: ReadonlySet<string> = new Set(settings().streamKeys);
  const closers: (() => void)[] = [() => countries.close()];
  const find = (user: string) => challengeUser(records, user);
  const ways = (app: string): Ways => settings().app(app) ?? unknownApp;

  const links = (app: string): readonly Link[] => {
    const now = () => {
      const found = settings().app(app);
      if (!found) throw new Error(`there is no app ${app} any more`);
      return found;
    };
    const callback = callbackLink(() => now().callback, log);
    closers.push(callback.close);
    return [
      keyLink({ configured: () => settings().streamKeys, kept: (hash) => records.streamKeys.byHash(hash) }),
      jwtLink(() => now().jwt, { log, resolve }),
      signedLink(() => now().signed),
      challengeLink({ find }),
      callback.link,
    ];
  };
  const frequent = (address: string): Denial | undefined => {
    if (bans.isBanned(address)) return banned;
    if (!isCounted(address)) return undefined;
    if (attempts.isTooMany(address)) return tooOften;
    attempts.note(address);
    return undefined;
  };
  const refused = (address: string) => {
    if (isCounted(address)) attempts.refused(address);
  };
  const challenge = challengeConnect({
    find,
    asks: (app) => settings().auth !== "open" && ways(app).publish.includes("challenge"),
    secret,
    failed: ({ address }) => refused(address),
  });
  const { decide } = authoriser({
    app: appRules({ isOpen: () => settings().auth === "open", ways, links }),
    grants,
    rules: [({ address }) => frequent(address), placeRule((app) => settings().app(app), countries), ...parts.rules],
    refused: ({ address }) => refused(address),
  });
  const connect = (request: ConnectRequest) => {
    const denial = frequent(request.address);
    return denial ? { refused: denial.reason, rule: denial.rule } : challenge(request);
  };
  return {
    access: { decide, connect },
    changed: () => {
      void countries.use(fileOf(settings(), resolve));
      const now = new Set(settings().streamKeys);
      for (const key of keys) if (!now.has(key)) grants.endNow(fingerprint("key", key));
      keys = now;
    },
    close: () => {
      for (const close of closers) close();
    },
  };
}

function fileOf({ countries }: AccessSettings, resolve: (file: string) => string): string {
  return countries === "" ? "" : resolve(countries);
}

/** A stream key that has a user: encoders that know no more than a user and a password show that they know it. */
async function challengeUser(
  { streamKeys }: Pick<Records, "streamKeys">,
  user: string,
): Promise<ChallengeUser | undefined> {
  const key = await streamKeys.byUser(user);
  const { adobeSalt: salt, adobeHash, llnwHash } = key ?? {};
  if (!key || salt === undefined || adobeHash === undefined || llnwHash === undefined) return undefined;
  return { ...key, user, salt, adobeHash, llnwHash };
}
