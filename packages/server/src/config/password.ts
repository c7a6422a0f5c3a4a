import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

const cost = { N: 16_384, r: 8, p: 1 } as const;
const saltBytes = 16;
const hashBytes = 32;
const maxPassword = 1_024;
const form = /^scrypt:(\d{1,7}):(\d{1,2}):(\d{1,2}):([A-Za-z0-9_-]{16,128}):([A-Za-z0-9_-]{32,128})$/;

/** A hash to keep in the configuration in place of the password: "scrypt:N:r:p:salt:hash", salt and hash in base64url (RFC 7914). */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, hashBytes, cost);
  return `scrypt:${cost.N}:${cost.r}:${cost.p}:${salt.toString("base64url")}:${hash.toString("base64url")}`;
}

/** Whether `hash` is that of `password`. False for a hash that is none; never throws. The time it takes does not tell how close a guess was. */
export async function checkPassword(hash: string, password: string): Promise<boolean> {
  const [, n, r, p, salt, wanted] = form.exec(hash) ?? [];
  if (salt === undefined || wanted === undefined || password.length > maxPassword) return false;
  const options = { N: Number(n), r: Number(r), p: Number(p) };
  if (!affordable(options)) return false;
  const expected = Buffer.from(wanted, "base64url");
  try {
    return timingSafeEqual(await derive(password, Buffer.from(salt, "base64url"), expected.length, options), expected);
  } catch {
    return false; // parameters that scrypt refuses
  }
}

/** A hash comes from a file that anyone may have written: it may not ask for gigabytes or minutes. */
function affordable({ N, r, p }: { N: number; r: number; p: number }): boolean {
  return N >= 2 && N <= 2 ** 17 && r >= 1 && r <= 8 && p >= 1 && p <= 4;
}

function derive(
  password: string,
  salt: Buffer,
  length: number,
  options: ScryptOptions & { N: number; r: number },
): Promise<Buffer> {
  const maxmem = 256 * options.N * options.r;
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), salt, length, { ...options, maxmem }, (error, hash) =>
      error ? reject(error) : resolve(hash),
    );
  });
}
