import { scrypt, timingSafeEqual } from "node:crypto";

const longest = 256;
/** OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const most = 10 * cost.memoryCost * cost.timeCost;
/** As it was before Argon2: hashes in older configurations. */
const scryptCost = 16_384;
const scryptLength = 32;

/** The hash of a password, with what it was made with: `$argon2id$v=19$m=…`. */
export async function hashPassword(password: string): Promise<string> {
  const { hash } = await import("@node-rs/argon2");
  return hash(password, cost);
}

/** Whether a password is the one of the hash (Argon2id, or `scrypt:salt:key`). Never throws; a hash in another form matches nothing. */
export async function checkPassword(hash: string, password: string): Promise<boolean> {
  if (password.length > longest) return false;
  if (hash.startsWith("scrypt:")) return checkScrypt(hash, password);
  if (!isReasonable(hash)) return false;
  const { verify } = await import("@node-rs/argon2");
  return verify(hash, password).catch(() => false);
}

/** A hash says itself what checking it costs: not more than a tenfold of what ours do. */
function isReasonable(hash: string): boolean {
  const [, memory, time, lanes] = /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d)\$/.exec(hash) ?? [];
  return Number(memory) * Number(time) <= most && Number(lanes) >= 1;
}

/** Costs as much as a check that might succeed, so that time does not tell whether an account is there. */
export async function checkNothing(password: string): Promise<false> {
  await hashPassword(password.slice(0, longest));
  return false;
}

async function checkScrypt(hash: string, password: string): Promise<boolean> {
  const [, salt, key] = hash.split(":");
  if (!salt || !key) return false;
  const expected = Buffer.from(key, "base64url");
  const derived = await derive(password, Buffer.from(salt, "base64url"));
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, scryptLength, { cost: scryptCost }, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
