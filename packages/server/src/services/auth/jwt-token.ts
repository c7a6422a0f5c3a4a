/** A token in its compact form (RFC 7515 section 7.1), taken apart. Nothing in it is true before its signature is. */
export type Token = {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: ReadonlyMap<string, unknown>;
  /** What the signature is over: the first two parts as they stand. */
  readonly signed: string;
  readonly signature: Uint8Array;
};

const maxToken = 8_192;
const maxKeyId = 256;
const form = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Takes a token apart; undefined when it is none. Strict, so that one token has one form only. */
export function parseToken(text: string): Token | undefined {
  if (text.length > maxToken || !form.test(text)) return undefined;
  const [head = "", body = "", tail = ""] = text.split(".");
  const header = fields(head);
  const claims = fields(body);
  const signature = bytes(tail);
  if (!header || !claims || !signature || header.has("crit")) return undefined; // we know no extension, so none may be critical (section 4.1.11)
  const algorithm = header.get("alg");
  const keyId = header.get("kid");
  if (typeof algorithm !== "string" || !isKeyId(keyId)) return undefined;
  return { algorithm, keyId, claims, signed: `${head}.${body}`, signature };
}

function isKeyId(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === "string" && value.length <= maxKeyId);
}

/** A map, so that nothing is found in it that was not said. */
function fields(part: string): ReadonlyMap<string, unknown> | undefined {
  const json = bytes(part);
  if (!json) return undefined;
  try {
    const value: unknown = JSON.parse(utf8.decode(json));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

/** Node reads what is nearly base64url as well; that would give one signature many texts. */
function bytes(part: string): Uint8Array | undefined {
  const decoded = Buffer.from(part, "base64url");
  return decoded.toString("base64url") === part ? decoded : undefined;
}
