import { randomBytes } from "node:crypto";
import { now } from "../../core/clock.ts";
import type { Identity } from "../../http/api.ts";

const cookieName = "sluice";
const idleMs = 2 * 60 * 60_000;
const longestMs = 12 * 60 * 60_000;
const maxSessions = 1_000;

type SignedIn = { readonly identity: Identity; readonly since: number; at: number };

/**
 * Who has signed in with a browser. The cookie is a random name for it and nothing else; it is sent to this site's own requests only, and scripts cannot read it. Who signed in before
 * a restart signs in again.
 */
export class Cookies {
  readonly #sessions = new Map<string, SignedIn>();

  /** Signs somebody in: the cookie to set, and what changes have to show besides. */
  open(identity: Identity, isSecure: boolean): { readonly cookie: string; readonly csrf: string } {
    const [id, csrf] = [randomBytes(24).toString("base64url"), randomBytes(24).toString("base64url")];
    this.#forget();
    this.#sessions.set(id, { identity: { ...identity, csrf }, since: now(), at: now() });
    return { cookie: cookie(id, longestMs / 1000, isSecure), csrf };
  }

  /** Who the cookie stands for, while it does. */
  find(header: string | undefined): Identity | undefined {
    const id = idIn(header);
    const found = id === undefined ? undefined : this.#sessions.get(id);
    if (id === undefined || !found) return undefined;
    if (isOver(found)) {
      this.#sessions.delete(id);
      return undefined;
    }
    found.at = now();
    return found.identity;
  }

  /** Signs out; the cookie that takes the other away. */
  close(header: string | undefined, isSecure: boolean): string {
    const id = idIn(header);
    if (id !== undefined) this.#sessions.delete(id);
    return cookie("", 0, isSecure);
  }

  /** Signs an account out everywhere: its password, role or right to be here has changed. */
  closeAll(accountId: string): void {
    for (const [id, { identity }] of this.#sessions) if (identity.accountId === accountId) this.#sessions.delete(id);
  }

  #forget(): void {
    for (const [id, session] of this.#sessions) if (isOver(session)) this.#sessions.delete(id);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= maxSessions && oldest !== undefined) this.#sessions.delete(oldest);
  }
}

function isOver({ since, at }: SignedIn): boolean {
  return now() - at > idleMs || now() - since > longestMs;
}

function idIn(header: string | undefined): string | undefined {
  return /(?:^|;\s*)sluice=([\w-]{32})(?:;|$)/.exec(header ?? "")?.[1];
}

function cookie(value: string, seconds: number, isSecure: boolean): string {
  return `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${isSecure ? "; Secure" : ""}`;
}
