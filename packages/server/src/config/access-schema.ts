import { Type } from "typebox";
import { duration } from "./duration.ts";
import { networkText } from "./network.ts";
import { choice, section } from "./section.ts";

const maxSecret = 4_096;
const maxUrl = 2_048;

function texts(options: { description: string; pattern?: string; form?: string; maxItems?: number }) {
  const { pattern, form, maxItems = 100, description } = options;
  return Type.Array(Type.String({ maxLength: 256, ...(pattern ? { pattern } : {}), ...(form ? { form } : {}) }), {
    default: [],
    maxItems,
    description,
  });
}

function text(description: string, maxLength = 256) {
  return Type.String({ default: "", maxLength, description });
}

function secret(description: string, maxLength = maxSecret) {
  return Type.String({ default: "", maxLength, secret: true, description });
}

function url(description: string) {
  return Type.String({
    default: "",
    maxLength: maxUrl,
    pattern: "^(?:https?://[^\\s]+)?$",
    form: "an address that begins with http:// or https://",
    secret: true, // it may carry credentials
    description,
  });
}

function ways(names: readonly string[], defaults: readonly string[], description: string) {
  return Type.Array(Type.Enum([...names] as [string, ...string[]]), {
    default: [...defaults],
    maxItems: 8,
    description,
  });
}

function networks(description: string) {
  return Type.Array(networkText(), { default: [], maxItems: 1_000, description });
}

const country = "^[A-Z]{2}$";
const countryForm = "a country's code of two capital letters, such as DE";

const jwt = section(
  {
    secret: secret("the secret of HS256, HS384 and HS512; empty for none"),
    key: text("file of a public key in PEM, for RS, PS, ES and EdDSA, relative to the configuration's folder", 1_024),
    jwks: url(
      "where the issuer publishes its keys (JWKS); they are kept for `jwksCache` and fetched anew for a key that is unknown",
    ),
    jwksCache: duration({ default: "10m", shortest: "10s", description: "how long fetched keys are good for" }),
    issuer: text("what `iss` must be; empty for anything"),
    audience: text("what `aud` must hold; empty for anything"),
    leeway: duration({ default: "5s", longest: "5m", description: "how far the issuer's clock may be off" }),
    longest: duration({
      default: "24h",
      shortest: "1s",
      description: "how far in the future `exp` may lie; a token without it is refused",
    }),
  },
  "tokens (JWT), as ?token=… or in an Authorization header",
);

const signed = section(
  {
    form: choice(["sluice", "nginx", "wowza", "node-media-server"], {
      default: "sluice",
      description: "how addresses are signed: as `sluice sign` does it, or as users bring it from another server",
    }),
    secret: secret("what they are signed with"),
    template: text(
      "nginx: what is hashed, in the words of secure_link_md5, such as `$secure_link_expires$uri$remote_addr SECRET`; SECRET stands for the secret",
      1_024,
    ),
    prefix: Type.String({
      default: "wowzatoken",
      maxLength: 64,
      pattern: "^[A-Za-z0-9_.~-]*$",
      form: "letters, digits, . _ ~ and -",
      description: "wowza: what its parameters begin with",
    }),
    hash: choice(["sha256", "sha384", "sha512"], { default: "sha256", description: "wowza: the hash" }),
    bindAddress: Type.Boolean({ default: false, description: "the signature holds for the viewer's address only" }),
    longest: duration({ default: "24h", shortest: "1s", description: "how far in the future an address may end" }),
  },
  "signed addresses (HMAC or a hash with a secret), which end by themselves",
);

const callback = section(
  {
    publish: url("who is asked whether a stream may be published; empty for nobody"),
    play: url("who is asked whether a stream may be watched; empty for nobody"),
    form: choice(["json", "srs", "nginx-rtmp"], {
      default: "json",
      description: "what is sent, and how the answer is read: ours, or as SRS or nginx-rtmp do it",
    }),
    secret: secret("signs what is sent (HMAC-SHA256 over time and body, in Sluice-Signature); empty for no signature"),
    timeout: duration({ default: "2s", shortest: "50ms", longest: "30s", description: "how long an answer may take" }),
    retries: Type.Integer({
      default: 1,
      minimum: 0,
      maximum: 5,
      description: "how often it is asked again after no answer",
    }),
    failure: choice(["closed", "open"], {
      default: "closed",
      description: "what holds when there is no answer: nobody may, or everybody",
    }),
    concurrency: Type.Integer({
      default: 64,
      minimum: 1,
      maximum: 1_000,
      description: "how many are asked at once; further ones wait, at most as long as an answer may take",
    }),
  },
  "asking a program of your own over HTTP",
);

const publishWays = ["key", "jwt", "signed", "challenge", "callback"] as const;
const playWays = ["jwt", "signed", "callback"] as const;

/** Who may publish and watch in one app. */
export const accessSection = section(
  {
    publish: ways(
      publishWays,
      ["key"],
      "ways to show that one may publish, asked in this order; the first that knows an answer decides, and without one nobody may (auth: open lets everybody)",
    ),
    play: ways(playWays, [], "ways to show that one may watch, likewise; when there is none everybody may"),
    addresses: section(
      {
        allow: networks("only these may publish or watch; empty for all"),
        deny: networks("these may not"),
        publish: networks("only these may publish; empty for all"),
      },
      "by IP address or network",
    ),
    referrers: texts({
      pattern: "^(?:\\*\\.)?[A-Za-z0-9.:_-]{1,253}$",
      form: "a host such as example.com or *.example.com",
      description: "only pages of these hosts may play, told by Origin, Referer or RTMP's pageUrl; empty for all",
    }),
    referrerNeeded: Type.Boolean({
      default: false,
      description: "players that name no page are refused where `referrers` is set",
    }),
    countries: section(
      {
        allow: texts({
          pattern: country,
          form: countryForm,
          maxItems: 250,
          description: "only from here; empty for all",
        }),
        deny: texts({ pattern: country, form: countryForm, maxItems: 250, description: "not from here" }),
      },
      "by country, where `access.countries` names a file that knows them",
    ),
    jwt,
    signed,
    callback,
  },
  "who may publish and who may watch",
);

/** What all apps share. */
export const sharedAccessSection = section(
  {
    countries: text("file in MaxMind's format (.mmdb) that knows the country of an address; empty for none", 1_024),
    attempts: Type.Integer({
      default: 600,
      minimum: 1,
      maximum: 1_000_000,
      description: "how often one address may ask to publish or watch in a minute",
    }),
    refusals: Type.Integer({
      default: 30,
      minimum: 1,
      maximum: 1_000_000,
      description: "how often one address may be refused in a minute before it is not listened to for the rest of it",
    }),
  },
  "access, for all apps",
);
