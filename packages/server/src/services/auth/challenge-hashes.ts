import { createHash, randomBytes } from "node:crypto";

/** What is kept of a password for both ways to be asked for it. Whoever has them can answer as if they had the password. */
export type ChallengeHashes = { readonly salt: string; readonly adobeHash: string; readonly llnwHash: string };

/** What an encoder showed for Adobe's way: its own challenge, ours, and what it made of both. */
export type AdobeAnswer = { readonly opaque: string; readonly challenge: string };

/** What an encoder showed for Limelight's way, which is HTTP's Digest (RFC 2617) with a realm, a method and a path of its own. */
export type LlnwAnswer = {
  readonly nonce: string;
  readonly cnonce: string;
  readonly nc: string;
  readonly app: string;
};

/** Of salts, and of all that a challenge has; in letters that no query changes. */
const randomLength = 16;
const llnwRealm = "live";

/** Hashes a password with a salt of its own, for the records. */
export function challengeHashes(user: string, password: string): ChallengeHashes {
  const salt = randomText();
  return {
    salt,
    adobeHash: md5(`${user}${salt}${password}`, "base64"),
    llnwHash: md5(`${user}:${llnwRealm}:${password}`, "hex"),
  };
}

/** 128 bits that nobody can guess. */
export function randomText(): string {
  return randomBytes(randomLength).toString("base64url");
}

/** A text that looks like `randomText` and is the same for the same bytes. */
export function likeRandomText(bytes: Buffer): string {
  return bytes.subarray(0, randomLength).toString("base64url");
}

/** The response that proves the password to Adobe's challenge. */
export function adobeResponse(adobeHash: string, { opaque, challenge }: AdobeAnswer): string {
  return md5(`${adobeHash}${opaque}${challenge}`, "base64");
}

/** The responses that prove the password to Limelight's: encoders differ in how they write an app that they were given with a slash behind it. */
export function llnwResponses(llnwHash: string, { nonce, cnonce, nc, app }: LlnwAnswer): string[] {
  const paths = app.includes("/") ? [`/${app}`, `/${app}/`] : [`/${app}/_definst_`, `/${app}/`];
  return paths.map((path) => md5(`${llnwHash}:${nonce}:${nc}:${cnonce}:auth:${md5(`publish:${path}`, "hex")}`, "hex"));
}

function md5(text: string, form: "hex" | "base64"): string {
  return createHash("md5").update(text).digest(form);
}
