import type { IncomingMessage } from "node:http";
import { checkNothing, checkPassword } from "../../config/password.ts";
import type { Log } from "../../core/log.ts";
import { secretHash } from "../../core/secret.ts";
import type { Identity } from "../../http/api.ts";
import { HttpError } from "../../http/http-error.ts";
import { LocalProofs } from "../../http/local-proof.ts";
import type { Account, Records } from "../../storage/records/index.ts";
import type { Cookies } from "./cookies.ts";
import { Throttle } from "./throttle.ts";

export type GateParts = {
  readonly records: Pick<Records, "accounts" | "apiTokens">;
  readonly cookies: Cookies;
  /** The hash of the configuration's own password; empty when there is none. */
  readonly passwordHash: () => string;
  readonly log: Log;
  /** What programs on this machine prove that they can read. */
  readonly secret: Uint8Array;
};

const maxHeader = 512;
const loopback = new Set(["127.0.0.1", "::1"]);
const maxRemembered = 100;
const rememberedMs = 5 * 60_000;
/** What an account may be called; other names cannot be anybody's. */
const accountName = /^[a-z0-9._-]{1,64}$/;

/** Finds out who calls: by a cookie, by an API token (Bearer), by the server's own secret (Local, on this machine), or by name and password (Basic). */
export class Gate {
  readonly #parts: GateParts;
  readonly #throttle = new Throttle();
  readonly #proofs: LocalProofs;
  /** Passwords that were right a moment ago, by a hash of what was shown: checking one is dear on purpose. */
  readonly #remembered = new Map<string, { identity: Identity; hash: string; until: number }>();
  /** One check at a time: a crowd of guesses may not take the core. */
  #checking: Promise<unknown> = Promise.resolve();

  constructor(parts: GateParts) {
    this.#parts = parts;
    this.#proofs = new LocalProofs(parts.secret);
  }

  /** Throws 401 for who is nobody, and 429 for who has guessed too often. */
  readonly identify = async (request: IncomingMessage, address: string): Promise<Identity> => {
    const { authorization, cookie } = request.headers;
    if (authorization === undefined) {
      const signedIn = this.#parts.cookies.find(cookie);
      if (signedIn) return signedIn;
      throw unknown(request);
    }
    const found =
      authorization.length <= maxHeader ? await this.#identified(authorization, request, address) : undefined;
    if (found) return found;
    this.#parts.log.warn({ protocol: "http", address, rule: "access/password" }, "operator refused");
    throw unknown(request);
  };

  async #identified(authorization: string, request: IncomingMessage, address: string): Promise<Identity | undefined> {
    const [scheme = "", shown = ""] = authorization.split(" ");
    switch (scheme.toLowerCase()) {
      case "local":
        return this.#isLocal(shown, request, address) ? { name: "local", role: "owner" } : undefined;
      case "bearer":
        return this.#byToken(shown, address);
      case "basic": {
        const text = Buffer.from(shown, "base64").toString("utf8");
        const cut = text.indexOf(":");
        return cut < 0 ? undefined : this.#remember(text.slice(0, cut), text.slice(cut + 1), address);
      }
      default:
        return undefined;
    }
  }

  #isLocal(shown: string, { url = "", method = "" }: IncomingMessage, address: string): boolean {
    return loopback.has(address) && this.#proofs.isGood(shown, method, url.replace(/\?.*$/s, ""));
  }

  /** Who has this name and password. Throws 429 for who has guessed too often. */
  async signIn(name: string, password: string, address: string): Promise<Identity | undefined> {
    const keys = [`address ${address}`, `name ${name.slice(0, 64)}`];
    const seconds = this.#throttle.wait(...keys);
    if (seconds > 0) throw tooOften(seconds);
    const checked = this.#checking.then(() => this.#check(name, password));
    this.#checking = checked.catch(() => {});
    const found = await checked;
    if (found) this.#throttle.succeeded(...keys);
    else this.#throttle.failed(...keys);
    return found;
  }

  /** Nothing that an account has shown before counts any more. */
  forget(): void {
    this.#remembered.clear();
  }

  async #remember(name: string, password: string, address: string): Promise<Identity | undefined> {
    const key = secretHash(`${name}:${password}`);
    const known = this.#remembered.get(key);
    if (known && known.until > Date.now() && known.hash === this.#parts.passwordHash()) return known.identity;
    const identity = await this.signIn(name, password, address);
    if (!identity) return undefined;
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
    this.#remembered.set(key, { identity, hash: this.#parts.passwordHash(), until: Date.now() + rememberedMs });
    return identity;
  }

  async #check(name: string, password: string): Promise<Identity | undefined> {
    const { records, passwordHash } = this.#parts;
    const account = accountName.test(name) ? await records.accounts.byName(name) : undefined;
    if (account && account.disabledAt === undefined)
      return (await checkPassword(account.passwordHash, password)) ? identityOf(account) : undefined;
    const hash = passwordHash();
    if (account || hash === "") await checkNothing(password);
    else if (await checkPassword(hash, password))
      return { name: accountName.test(name) ? name : "console", role: "owner" };
    return undefined;
  }

  async #byToken(secret: string, address: string): Promise<Identity | undefined> {
    const key = `token ${address}`;
    const seconds = this.#throttle.wait(key);
    if (seconds > 0) throw tooOften(seconds);
    const { records } = this.#parts;
    const token = secret === "" ? undefined : await records.apiTokens.byHash(secretHash(secret));
    const isOver = token?.expiresAt !== undefined && token.expiresAt <= Date.now();
    const account = token && !isOver ? await records.accounts.byId(token.accountId) : undefined;
    if (!token || !account || account.disabledAt !== undefined) {
      this.#throttle.failed(key);
      return undefined;
    }
    void records.apiTokens.touch(token.id).catch(() => {}); // when it was used is worth no failure
    return { ...identityOf(account), scopes: token.scopes };
  }
}

export function identityOf({ id, name, role }: Account): Identity {
  return { name, role, accountId: id };
}

/** Before Basic a browser puts a question of its own over the page: scripts that ask for JSON or events have a form for that. */
function unknown({ headers: { accept = "" } }: IncomingMessage): HttpError {
  const isScript = /^(?:application\/json|text\/event-stream)\b/.test(accept);
  return new HttpError(
    401,
    "access/password",
    "sign in: a name and its password (HTTP Basic), or an API token (Bearer)",
    { "www-authenticate": isScript ? 'Bearer realm="Sluice"' : 'Basic realm="Sluice", charset="UTF-8"' },
  );
}

function tooOften(seconds: number): HttpError {
  return new HttpError(429, "access/throttled", `too many wrong guesses: wait ${seconds} s`, {
    "retry-after": String(seconds),
  });
}
