import { Type } from "typebox";
import { section } from "./section.ts";

const maxPairs = 64;
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

function file(description: string) {
  return Type.String({ default: "", maxLength: 1024, description });
}

/** What RTMPS and HTTPS show. */
export const tlsSection = section(
  {
    certificate: file(
      "file of the certificate chain in PEM, relative to the configuration's folder; empty for a self-signed one",
    ),
    key: file("file of its private key in PEM, likewise"),
    certificates: Type.Array(
      Type.Object(
        {
          certificate: file("file of a certificate chain in PEM"),
          key: file("file of its private key"),
        },
        {
          additionalProperties: false,
          form: "a pair of files, { certificate: FILE, key: FILE }",
        },
      ),
      {
        default: [],
        maxItems: maxPairs,
        description:
          "further pairs, for other names; a client gets the one that has the name it asks for, and the first of all when none has",
      },
    ),
    acme: section(
      {
        domains: Type.Array(
          Type.String({
            pattern: `^(?=.{1,253}$)(?:${label}\\.){0,126}${label}$`,
            form: "a domain such as live.example.com, without a wildcard",
          }),
          {
            default: [],
            maxItems: maxPairs,
            description:
              "domains to get a certificate for; each has to lead to this server, with `http.port` reachable as port 80",
          },
        ),
        email: Type.String({
          default: "",
          maxLength: 254,
          pattern: "^(?:[^\\s@,]+@[^\\s@,]+)?$",
          form: "an e-mail address",
          description: "whom the authority may write to; may be empty",
        }),
        directory: Type.String({
          default: "https://acme-v02.api.letsencrypt.org/directory",
          maxLength: 200,
          pattern: "^https://[A-Za-z0-9.:\\[\\]_-]{1,100}(?:/[A-Za-z0-9._~/-]*)?$",
          form: "an address that begins with https://",
          description: "the authority",
        }),
        agreeToTerms: Type.Boolean({
          default: false,
          description: "you have read the authority's terms of service and agree to them; nothing is ordered before",
        }),
      },
      "certificates from an authority, by ACME",
    ),
  },
  "certificates for RTMPS and HTTPS; the files are read again when they change",
);
