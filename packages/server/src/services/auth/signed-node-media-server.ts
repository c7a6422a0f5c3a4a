import { createHash } from "node:crypto";
import { type SignedForm, secondsIn } from "./signed-form.ts";

const form = /^(\d{1,12})-([0-9a-f]{32})$/;

/** Node-Media-Server's `?sign=END-MD5`, the MD5 of `/app/name-END-SECRET`. It does not say for which action it is: it holds for both. */
export const nodeMediaServerForm: SignedForm = {
  actions: ["publish", "play"],
  problem: ({ bindAddress }) => (bindAddress ? "this form knows no addresses, and `bindAddress` is set" : undefined),
  read({ stream, query }, { secret }) {
    const shown = query.get("sign");
    if (shown === undefined) return undefined;
    const [, end, signature] = form.exec(shown) ?? [];
    if (end === undefined || signature === undefined) return "malformed";
    const right = createHash("md5").update(`/${stream.path}-${end}-${secret}`).digest("hex");
    return { signature, end: secondsIn(end), right: [right] };
  },
};
