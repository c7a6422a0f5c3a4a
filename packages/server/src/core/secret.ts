import { createHash, timingSafeEqual } from "node:crypto";

/** What is kept of a secret: its SHA-256 in hexadecimal digits. For secrets that nobody can guess; passwords need more. */
export function secretHash(secret: string): string {
  return sha256(secret).toString("hex");
}

/** Whether what was shown is one of the secrets. Hashing first makes all lengths equal; every one is compared, so time tells nothing. */
export function isOneOf(shown: string, secrets: readonly string[]): boolean {
  const digest = sha256(shown);
  let found = false;
  for (const each of secrets) if (timingSafeEqual(sha256(each), digest)) found = true;
  return found;
}

/** Bytes as a name for paths, lists and command lines, where a hyphen at the beginning would be an option. */
export function nameOf(bytes: Buffer): string {
  return bytes.toString("base64url").replace(/^[-_]/, "0");
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
