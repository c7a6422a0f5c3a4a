import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  createSecretKey,
  type JsonWebKeyInput,
  type KeyObject,
  timingSafeEqual,
  verify,
} from "node:crypto";
import type { Token } from "./jwt-token.ts";

/** A key, and the algorithms that may be checked with it and no others: the token does not get to choose (RFC 8725 section 3.1). */
export type VerifyKey = {
  readonly id?: string;
  readonly algorithms: readonly string[];
  readonly key: KeyObject;
};

type Algorithm = { readonly kind: "hmac" | "rsa" | "pss" | "ecdsa" | "eddsa"; readonly hash: string | null };

const algorithms: ReadonlyMap<string, Algorithm> = new Map([
  ["HS256", { kind: "hmac", hash: "sha256" }],
  ["HS384", { kind: "hmac", hash: "sha384" }],
  ["HS512", { kind: "hmac", hash: "sha512" }],
  ["RS256", { kind: "rsa", hash: "sha256" }],
  ["RS384", { kind: "rsa", hash: "sha384" }],
  ["RS512", { kind: "rsa", hash: "sha512" }],
  ["PS256", { kind: "pss", hash: "sha256" }],
  ["PS384", { kind: "pss", hash: "sha384" }],
  ["PS512", { kind: "pss", hash: "sha512" }],
  ["ES256", { kind: "ecdsa", hash: "sha256" }],
  ["ES384", { kind: "ecdsa", hash: "sha384" }],
  ["ES512", { kind: "ecdsa", hash: "sha512" }],
  ["EdDSA", { kind: "eddsa", hash: null }],
]);
const curves: ReadonlyMap<string, string> = new Map([
  ["prime256v1", "ES256"],
  ["secp384r1", "ES384"],
  ["secp521r1", "ES512"],
]);
const minRsaBits = 2_048;
const maxRsaBits = 8_192;
const maxKeys = 100;
const pemMark = "-----BEGIN";

/** Whether it is one that we check at all. "none" is not. */
export function isAlgorithm(name: string): boolean {
  return algorithms.has(name);
}

/** The key of a secret; undefined where there is none. A public key that was taken for a secret is none: everybody knows it. */
export function secretKey(secret: string): VerifyKey | undefined {
  if (secret === "" || secret.includes(pemMark)) return undefined;
  return { algorithms: kinds("hmac"), key: createSecretKey(secret, "utf8") };
}

/** A public key or certificate in PEM; throws when it is none that could be used. */
export function publicKey(pem: string): VerifyKey {
  const key = createPublicKey(pem);
  const usable = algorithmsOf(key);
  if (usable.length === 0) throw new Error("it is neither RSA of 2,048 to 8,192 bits, P-256, P-384, P-521 nor Edwards");
  return { algorithms: usable, key };
}

/** The keys of a set (RFC 7517 section 5) that can check signatures; those of other kinds and uses are left out. Throws when it is no set. */
export function keysOfSet(json: string): readonly VerifyKey[] {
  const set: unknown = JSON.parse(json);
  const keys: unknown = typeof set === "object" && set !== null && "keys" in set ? set.keys : undefined;
  if (!Array.isArray(keys)) throw new Error("it has no list of keys");
  if (keys.length > maxKeys) throw new Error(`it has more than ${maxKeys} keys`);
  return keys.flatMap((each: unknown) => keyOfSet(each) ?? []);
}

function keyOfSet(value: unknown): VerifyKey | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const said = new Map<string, unknown>(Object.entries(value));
  const operations = said.get("key_ops");
  if (said.get("kty") === "oct" || (said.get("use") ?? "sig") !== "sig") return undefined;
  if (Array.isArray(operations) && !operations.includes("verify")) return undefined;
  try {
    const key = createPublicKey({ key: value as JsonWebKeyInput["key"], format: "jwk" });
    const only = said.get("alg");
    const usable = algorithmsOf(key).filter((name) => only === undefined || only === name);
    const id = said.get("kid");
    return usable.length === 0 ? undefined : { ...(typeof id === "string" ? { id } : {}), algorithms: usable, key };
  } catch {
    return undefined; // a kind of key that is not known here; the others of the set are good all the same
  }
}

/** What a public key is for, by its own kind. */
function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject): readonly string[] {
  const bits = details?.modulusLength ?? 0;
  switch (asymmetricKeyType) {
    case "rsa":
      return bits >= minRsaBits && bits <= maxRsaBits ? [...kinds("rsa"), ...kinds("pss")] : [];
    case "rsa-pss":
      return bits >= minRsaBits && bits <= maxRsaBits ? kinds("pss") : [];
    case "ec":
      return [curves.get(details?.namedCurve ?? "") ?? []].flat();
    case "ed25519":
    case "ed448":
      return kinds("eddsa");
    default:
      return [];
  }
}

function kinds(kind: Algorithm["kind"]): readonly string[] {
  return [...algorithms].filter(([, each]) => each.kind === kind).map(([name]) => name);
}

/** Whether the token's signature is one of this key. */
export function isSigned(
  { algorithm: name, signed, signature }: Token,
  { algorithms: usable, key }: VerifyKey,
): boolean {
  const algorithm = algorithms.get(name);
  if (!algorithm || !usable.includes(name)) return false;
  if (algorithm.kind === "hmac") {
    const right = createHmac(String(algorithm.hash), key).update(signed).digest();
    return right.length === signature.length && timingSafeEqual(right, signature);
  }
  const seen = seenWith(key);
  const digest = createHash("sha256").update(`${name} ${signed} `).update(signature).digest("base64");
  if (seen.has(digest)) return true;
  const isGood = isVerified(algorithm, signed, key, signature);
  if (isGood && seen.size >= maxSeen) seen.clear();
  if (isGood) seen.add(digest);
  return isGood;
}

/**
 * Signatures of public keys are dear to check, and a viewer shows the same token again and again: those that were good are remembered for as long as the key is used. What else the
 * token says is judged each time.
 */
const seenByKey = new WeakMap<KeyObject, Set<string>>();
const maxSeen = 10_000;

function seenWith(key: KeyObject): Set<string> {
  const seen = seenByKey.get(key) ?? new Set();
  seenByKey.set(key, seen);
  return seen;
}

function isVerified(algorithm: Algorithm, signed: string, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(algorithm.hash, Buffer.from(signed), { key, ...options(algorithm.kind) }, signature);
  } catch {
    return false; // a signature of an impossible form
  }
}

function options(kind: Algorithm["kind"]) {
  switch (kind) {
    case "pss":
      return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    case "ecdsa":
      return { dsaEncoding: "ieee-p1363" as const }; // RFC 7518 section 3.4: r and s side by side
    default:
      return {};
  }
}
