import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

const keyLength = 32;
const cost = 16_384;
const longest = 256;

/** The hash of a password as the configuration keeps it: `scrypt:salt:key`, both base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `scrypt:${salt.toString("base64url")}:${(await derive(password, salt)).toString("base64url")}`;
}

/** Whether a password is the one of the hash. Never throws; a hash in another form matches nothing. */
export async function checkPassword(hash: string, password: string): Promise<boolean> {
  const [scheme, salt, key] = hash.split(":");
  if (scheme !== "scrypt" || !salt || !key || password.length > longest) return false;
  const expected = Buffer.from(key, "base64url");
  const derived = await derive(password, Buffer.from(salt, "base64url"));
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, keyLength, { cost }, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
