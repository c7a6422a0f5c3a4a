import { createHmac } from "node:crypto";
import type { AccessRequest } from "../../core/access.ts";
import { type SignedForm, sameAddress, secondsIn } from "./signed-form.ts";

/** What an address is signed for. */
export type SignedFor = {
  readonly action: AccessRequest["action"];
  /** `app/name`: the signature is for the stream, over whichever protocol. */
  readonly stream: string;
  /** In seconds since 1970. */
  readonly expires: number;
  /** The one address from which it holds; undefined for all. */
  readonly address?: string | undefined;
};

/** Our own form: `?expires=…&signature=…`, an HMAC-SHA256 over action, stream, end and address. */
export const sluiceForm: SignedForm = {
  actions: ["publish", "play"],
  problem: () => undefined,
  read({ action, stream, address, query }, { secret, bindAddress }) {
    const signature = query.get("signature");
    if (signature === undefined) return undefined;
    const end = secondsIn(query.get("expires"));
    if (end === undefined || !/^[A-Za-z0-9_-]{43}$/.test(signature)) return "malformed";
    const made = { action, stream: stream.path, expires: end };
    const bound = signatureOf({ ...made, address }, secret);
    return { signature, end, right: bindAddress ? [bound] : [bound, signatureOf(made, secret)] };
  },
};

/** The query of a signed address: what follows the `?`. */
export function signAddress(what: SignedFor, secret: string): string {
  return `expires=${what.expires}&signature=${signatureOf(what, secret)}`;
}

function signatureOf({ action, stream, expires, address }: SignedFor, secret: string): string {
  const from = address === undefined ? "" : sameAddress(address);
  return createHmac("sha256", secret).update(`${action}\n${stream}\n${expires}\n${from}`).digest("base64url");
}
