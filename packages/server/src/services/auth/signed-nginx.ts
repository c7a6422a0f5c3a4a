import { createHash } from "node:crypto";
import type { AccessRequest } from "../../core/access.ts";
import { type SignedForm, type SignedSettings, sameAddress, secondsIn } from "./signed-form.ts";

const variable = /\$(?:\{([a-z0-9_]+)\}|([a-z0-9_]+))|SECRET/g;
const known = /^(?:secure_link_expires|uri|remote_addr|arg_[a-z0-9_]+)$/;
const maxSignature = 24;

/** nginx's secure_link with `$arg_md5,$arg_expires`: the MD5 of what the template comes to, as base64url. nginx has it for files, which one can only get: so it is for watching. */
export const nginxForm: SignedForm = {
  actions: ["play"],
  problem: problemOf,
  read(request, settings) {
    const shown = request.query.get("md5");
    if (shown === undefined) return undefined;
    const ends = hasEnd(settings);
    const end = ends ? secondsIn(request.query.get("expires")) : undefined;
    const signature = shown.replace(/=+$/, "");
    if (shown.length > maxSignature || signature === "" || (ends && end === undefined)) return "malformed";
    const right = createHash("md5").update(filled(request, settings)).digest("base64url");
    return { signature, end, right: [right] };
  },
};

function problemOf({ template, bindAddress }: SignedSettings): string | undefined {
  const names = variables(template);
  const foreign = names.find((name) => name !== "" && !known.test(name));
  if (foreign !== undefined) return `the template has a variable that is not known here: $${foreign}`;
  if (!names.includes("")) return "the template has no SECRET: anybody could sign";
  if (!names.includes("uri")) return "the template has no $uri: one address would open all streams";
  if (bindAddress && !names.includes("remote_addr"))
    return "the template has no $remote_addr, and `bindAddress` is set";
  return undefined;
}

/** The names of its variables; the secret's is empty. */
function variables(template: string): readonly string[] {
  return Array.from(template.matchAll(variable), ([, braced, bare]) => braced ?? bare ?? "");
}

/** An end that is not hashed is none: whoever has the address could change it. */
function hasEnd({ template }: SignedSettings): boolean {
  return variables(template).some((name) => name === "secure_link_expires" || name === "arg_expires");
}

/** In one go, so that nothing in a value is taken for a variable. */
function filled(request: AccessRequest, { template, secret }: SignedSettings): string {
  return template.replace(variable, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    return name === undefined ? secret : filling(name, request);
  });
}

function filling(name: string, { query, path, stream, address }: AccessRequest): string {
  switch (name) {
    case "secure_link_expires":
      return query.get("expires") ?? "";
    case "uri":
      return path ?? `/${stream.path}`;
    case "remote_addr":
      return sameAddress(address);
    default:
      return query.get(name.slice("arg_".length)) ?? "";
  }
}
