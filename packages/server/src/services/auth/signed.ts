import { milliseconds } from "../../config/duration.ts";
import type { AccessRequest, Decision, Denial, Grant } from "../../core/access.ts";
import { fingerprint } from "../../core/grants.ts";
import { isOneOf } from "../../core/secret.ts";
import type { Link } from "./link.ts";
import type { ShownSignature, SignedForm, SignedSettings } from "./signed-form.ts";
import { nginxForm } from "./signed-nginx.ts";
import { nodeMediaServerForm } from "./signed-node-media-server.ts";
import { sluiceForm } from "./signed-sluice.ts";
import { wowzaForm } from "./signed-wowza.ts";

const forms: Readonly<Record<SignedSettings["form"], SignedForm>> = {
  sluice: sluiceForm,
  nginx: nginxForm,
  wowza: wowzaForm,
  "node-media-server": nodeMediaServerForm,
};

/** Publishing and watching with a signed address, in our own form or in that of another server. */
export function signedLink(settings: () => SignedSettings): Link {
  return {
    name: "signed",
    decide(request) {
      const current = settings();
      const shown = forms[current.form].read(request, current);
      return shown && decided(shown, request, current);
    },
  };
}

/** What of the settings keeps signed addresses from being used safely, in words for the operator; undefined when nothing does. As long as it is there all are refused. */
export function signedProblem(settings: SignedSettings): string | undefined {
  return settings.secret === "" ? "there is no secret" : forms[settings.form].problem(settings);
}

function decided(shown: ShownSignature | "malformed", request: AccessRequest, settings: SignedSettings): Decision {
  const now = Date.now() / 1_000;
  if (shown === "malformed") return malformed;
  if (signedProblem(settings) !== undefined) return unusable;
  if (!forms[settings.form].actions.includes(request.action)) return wrongAction;
  if (!isOneOf(shown.signature, shown.right)) return wrong;
  if (shown.start !== undefined && shown.start > now) return early;
  if (shown.end === undefined) return granted(shown, request);
  if (shown.end <= now) return expired;
  return shown.end > now + milliseconds(settings.longest) / 1_000 ? tooLong : granted(shown, request);
}

function granted({ signature, end }: ShownSignature, { action }: AccessRequest): Grant {
  const id = fingerprint("signed", signature);
  return {
    allowed: true,
    id,
    ...(action === "publish" ? { key: id } : {}),
    ...(end === undefined ? {} : { expiresAt: end * 1_000 }),
  };
}

/** One answer for whoever shows what nobody signed. Those behind it are only for who has an address that somebody did. */
const wrongReason = "the signature of the address is not valid";
const malformed: Denial = { allowed: false, rule: "signed/malformed", reason: wrongReason };
const wrong: Denial = { allowed: false, rule: "signed/signature", reason: wrongReason };
const unusable: Denial = { allowed: false, rule: "signed/settings", reason: wrongReason };
const wrongAction: Denial = {
  allowed: false,
  rule: "signed/action",
  reason: "the address is signed for watching only",
};
const early: Denial = { allowed: false, rule: "signed/early", reason: "the address does not hold yet" };
const expired: Denial = { allowed: false, rule: "signed/expired", reason: "the address is too old" };
const tooLong: Denial = {
  allowed: false,
  rule: "signed/longest",
  reason: "the address holds for longer than is allowed",
};
