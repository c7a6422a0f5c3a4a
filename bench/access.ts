import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Access, AccessRequest } from "../packages/server/src/core/access.ts";
import { Grants } from "../packages/server/src/core/grants.ts";
import { streamName } from "../packages/server/src/core/stream-name.ts";
import { authoriser } from "../packages/server/src/services/auth/authoriser.ts";
import { jwtLink } from "../packages/server/src/services/auth/jwt.ts";
import { signToken } from "../packages/server/src/services/auth/jwt-sign.ts";
import type { Link } from "../packages/server/src/services/auth/link.ts";
import { signedLink } from "../packages/server/src/services/auth/signed.ts";
import { signAddress } from "../packages/server/src/services/auth/signed-sluice.ts";

const secret = "a secret that is as long as secrets of this kind should be";
const count = 5_000;
const log = { debug() {}, info() {}, warn() {}, error() {} };
const until = () => Math.floor(Date.now() / 1_000) + 3_600;

/** How many are let in each second on one core by each kind of proof, never seen before and again, and what that adds to a decision; in a sentence. */
export async function access(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-bench-"));
  try {
    const { first: open } = await perSecond([], Array<string>(2 * count).fill(""));
    const results = [`${whole(open)} decisions/s without any`];
    const note = (name: string, { first, again }: Rates) =>
      results.push(
        `${name} ${whole(first)}/s and ${(1e6 / first - 1e6 / open).toFixed(0)} µs more, shown again ${whole(again)}/s`,
      );
    note(
      "HS256",
      await perSecond(
        [tokens({ secret })],
        queries(() => `token=${signToken(claims(), secret)}`),
      ),
    );
    for (const [alg, { publicKey, privateKey }] of Object.entries(pairs())) {
      const key = join(folder, alg);
      await writeFile(key, publicKey.export({ type: "spki", format: "pem" }));
      note(
        alg,
        await perSecond(
          [tokens({ key })],
          queries(() => `token=${signed(privateKey, alg)}`),
        ),
      );
    }
    note(
      "signed address",
      await perSecond(
        [addresses],
        queries(() => signAddress(address(), secret)),
      ),
    );
    return `Access, one core, proofs that were never seen before, and the same shown again: ${results.join("; ")}`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Rates = { readonly first: number; readonly again: number };

/** Of processor time, as others use the machine too: what was never seen before, and the same again. */
async function perSecond(links: readonly Link[], shown: readonly string[]): Promise<Rates> {
  const stream = streamName("live", "cam1");
  if (!stream) throw new Error("no stream");
  const requests = shown.map((text): AccessRequest => {
    const query = new Map(new URLSearchParams(text));
    return { action: "play", stream, protocol: "hls", address: "192.0.2.7", query, headers: new Map() };
  });
  const grants = new Grants();
  const rules = { publish: links, play: links, open: false };
  const asked = authoriser({ app: () => rules, grants, rules: [], refused: () => {} });
  await decisions(asked, requests.slice(count)); // warm
  const measured = requests.slice(0, count);
  const first = await decisions(asked, measured);
  const again = await decisions(asked, measured);
  grants.close();
  return { first, again };
}

async function decisions(asked: Access, requests: readonly AccessRequest[]): Promise<number> {
  const begin = process.cpuUsage();
  for (const request of requests) {
    const decision = asked.decide(request);
    const { allowed } = decision instanceof Promise ? await decision : decision;
    if (!allowed) throw new Error("the right one is not let in");
  }
  const { user, system } = process.cpuUsage(begin);
  return requests.length / ((user + system) / 1e6);
}

function tokens(keys: { readonly secret?: string; readonly key?: string }): Link {
  const none = { secret: "", key: "", jwks: "", jwksCache: "10m", issuer: "", audience: "" };
  const settings = { ...none, leeway: "5s", longest: "24h", ...keys };
  return jwtLink(() => settings, { log, resolve: (file) => file });
}

const addresses = signedLink(() => ({
  form: "sluice",
  secret,
  template: "",
  prefix: "",
  hash: "sha256",
  bindAddress: false,
  longest: "24h",
}));

function pairs(): Readonly<Record<string, { readonly publicKey: KeyObject; readonly privateKey: KeyObject }>> {
  return {
    RS256: generateKeyPairSync("rsa", { modulusLength: 2_048 }),
    PS256: generateKeyPairSync("rsa", { modulusLength: 2_048 }),
    ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
    EdDSA: generateKeyPairSync("ed25519"),
  };
}

function queries(make: () => string): readonly string[] {
  return Array.from({ length: 2 * count }, make);
}

function claims() {
  return { exp: until(), jti: randomUUID(), app: "live", stream: "cam*", action: "play", sessions: 3 } as const;
}

function address() {
  return { action: "play", stream: "live/cam1", expires: until() - Math.floor(Math.random() * 3_000) } as const;
}

function signed(privateKey: KeyObject, alg: string): string {
  const text = [{ alg }, claims()].map((each) => Buffer.from(JSON.stringify(each)).toString("base64url")).join(".");
  const padding = alg === "PS256" ? { padding: 6, saltLength: -1 } : {}; // RSA_PKCS1_PSS_PADDING, as long as the hash
  const key = { key: privateKey, dsaEncoding: "ieee-p1363" as const, ...padding };
  return `${text}.${sign(alg === "EdDSA" ? null : "sha256", Buffer.from(text), key).toString("base64url")}`;
}

function whole(each: number): string {
  return Math.round(each).toLocaleString("en");
}
