import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const validSeconds = 60;
const maxSeen = 10_000;

/** What a program on the server's own machine shows that may read the server's secret: `Authorization: Local …`. It is for one request, and for a minute. */
export function localProof(secret: Uint8Array, method: string, path: string): string {
  const stamp = `${Math.floor(Date.now() / 1000)}.${randomBytes(12).toString("base64url")}`;
  return `Local ${stamp}.${mac(secret, method, path, stamp)}`;
}

/** Knows which proofs are good, each once. */
export class LocalProofs {
  readonly #secret: Uint8Array;
  readonly #seen = new Map<string, number>();

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  isGood(shown: string, method: string, path: string): boolean {
    const [, stamp = "", time = "", proof = ""] = /^((\d{1,12})\.[\w-]{16})\.([\w-]{43})$/.exec(shown) ?? [];
    const now = Date.now() / 1000;
    if (Math.abs(now - Number(time)) > validSeconds || this.#seen.has(stamp)) return false;
    const expected = mac(this.#secret, method, path, stamp);
    if (!timingSafeEqual(Buffer.from(proof.padEnd(43)), Buffer.from(expected))) return false;
    for (const [old, at] of this.#seen) if (at < now - 2 * validSeconds) this.#seen.delete(old);
    if (this.#seen.size >= maxSeen) return false;
    this.#seen.set(stamp, now);
    return true;
  }
}

function mac(secret: Uint8Array, method: string, path: string, stamp: string): string {
  return createHmac("sha256", secret).update(`local\n${method}\n${path}\n${stamp}`).digest("base64url");
}
