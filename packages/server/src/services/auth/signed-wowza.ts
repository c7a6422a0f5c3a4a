import { createHash } from "node:crypto";
import type { AccessRequest } from "../../core/access.ts";
import { type SignedForm, sameAddress, secondsIn } from "./signed-form.ts";

/** The instance of an application that is meant where none is named; some write it and some do not. */
const defaultInstance = "_definst_";
const maxSignature = 88;

/** Wowza's SecureToken version 2, which is playback protection: a hash over the stream and, in alphabetical order, the secret, the viewer's address and all parameters that begin with the prefix. */
export const wowzaForm: SignedForm = {
  actions: ["play"],
  problem: () => undefined,
  read({ stream, query, address: from }, { secret, prefix, hash, bindAddress }) {
    const shown = query.get(`${prefix}hash`);
    if (shown === undefined) return undefined;
    const parameters = [...query].filter(([name]) => name.startsWith(prefix) && name !== `${prefix}hash`);
    const [start, end] = ["starttime", "endtime"].map((name) => timeOf(query, `${prefix}${name}`));
    const isClear = parameters.every(([name, value]) => /^[\w.~-]+$/.test(name) && !/[&=\p{Cc}]/u.test(value));
    const signature = shown.replace(/=+$/, "");
    if (shown.length > maxSignature || signature === "" || !isClear || start === false || end === false)
      return "malformed";
    const bound = bindAddress ? [sameAddress(from)] : [];
    const parts = [...bound, secret, ...parameters.map(([name, value]) => `${name}=${value}`)].sort().join("&");
    const right = [stream.path, `${stream.app}/${defaultInstance}/${stream.name}`].map((path) =>
      createHash(hash).update(`${path}?${parts}`).digest("base64url"),
    );
    return { signature, start, end, right };
  },
};

/** False where something is said that is no time. */
function timeOf(query: AccessRequest["query"], name: string): number | undefined | false {
  const text = query.get(name);
  return text === undefined ? undefined : (secondsIn(text) ?? false);
}
