import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import test from "node:test";
import fc from "fast-check";
import { part, showing, soon, tokenLink } from "../../../testing/tokens.ts";
import type { AccessRequest, Decision } from "../../core/access.ts";
import { parseTarget } from "../../http/target.ts";
import { type JwtSettings, tokenGrantId } from "./jwt.ts";
import { signToken, type TokenClaims } from "./jwt-sign.ts";

const secret = "a-secret-that-nobody-else-knows-0123456789";
const seconds = () => Math.floor(Date.now() / 1_000);
const token = (claims: Partial<TokenClaims> = {}, key = secret) => signToken({ exp: soon(), ...claims }, key);
/** With claims that our own types do not allow. */
const odd = (claims: object) => signToken({ exp: soon(), ...claims } as TokenClaims, secret);

const linkWith = (settings: Partial<JwtSettings> = {}) => {
  const { decide } = tokenLink({ secret, ...settings });
  return { ask: async (asked: AccessRequest) => decide(asked) };
};

async function ruleOf(asked: AccessRequest, settings: Partial<JwtSettings> = {}): Promise<string | undefined> {
  const decision = await linkWith(settings).ask(asked);
  assert.ok(decision, "a token was shown");
  if (!decision.allowed) assertTellsNothing(decision, asked);
  return decision.allowed ? undefined : decision.rule;
}

function assertTellsNothing(decision: Decision, { query }: AccessRequest): void {
  const text = JSON.stringify(decision);
  assert.ok(!text.includes(secret));
  for (const each of (query.get("token") ?? "").split(".")) assert.ok(each.length < 8 || !text.includes(each));
}

test("a token gives a right that is named by it, ends with it and has its limits", async () => {
  const exp = soon();
  const shown = token({ exp, action: ["publish", "play"], jti: "ticket 7", sessions: 2, bitrate: 3_000_000 });
  const { ask } = linkWith();
  const watching = await ask(showing(shown));
  const id = tokenGrantId(shown);
  const limits = { expiresAt: (exp + 5) * 1_000, sessions: 2, bitrate: 3_000_000 };
  assert.deepEqual(watching, { allowed: true, id, ...limits });
  assert.deepEqual(await ask(showing(shown, { action: "publish" })), { allowed: true, id, key: id, ...limits });
  assert.equal(
    tokenGrantId(token({ exp: exp - 1, jti: "ticket 7" })),
    id,
    "a new token with the same id is the same right",
  );
  assert.notEqual(tokenGrantId(token({ exp })), tokenGrantId(token({ exp: exp - 1 })));
  assert.equal(tokenGrantId("nonsense"), undefined);
});

test("who shows no token is for the next to judge", async () => {
  for (const headers of [new Map(), new Map([["authorization", "Basic bWU6bWU="]])])
    assert.equal(await linkWith().ask(showing(undefined, { headers })), undefined);
});

test("a token may stand in the header; one in the address counts before it", async () => {
  const bearer = (text: string) => new Map([["authorization", text]]);
  assert.equal(await ruleOf(showing(undefined, { headers: bearer(`Bearer ${token()}`) })), undefined);
  assert.equal(await ruleOf(showing(undefined, { headers: bearer(`bearer   ${token()}`) })), undefined);
  assert.equal(await ruleOf(showing(undefined, { headers: bearer("Bearer") })), "jwt/malformed");
  assert.equal(await ruleOf(showing(token(), { headers: bearer("Bearer wrong") })), undefined);
  assert.equal(await ruleOf(showing("wrong", { headers: bearer(`Bearer ${token()}`) })), "jwt/malformed");
});

test("of two tokens in an address the first counts", async () => {
  const query = (text: string) => parseTarget(`/live/cam1.flv?${text}`)?.query ?? new Map();
  assert.equal(await ruleOf(showing(undefined, { query: query(`token=${token()}&token=x`) })), undefined);
  assert.equal(await ruleOf(showing(undefined, { query: query(`token=x&token=${token()}`) })), "jwt/malformed");
  assert.equal(await linkWith().ask(showing(undefined, { query: query(`token[]=${token()}`) })), undefined);
});

const [head = "", body = "", tail = ""] = token().split(".");
const malformed: Readonly<Record<string, string>> = {
  nothing: "",
  "a word": "token",
  "two parts": `${head}.${body}`,
  "four parts": `${head}.${body}.${tail}.${tail}`,
  "five parts, as encrypted ones have": `${head}...${body}.${tail}`,
  "an empty head": `.${body}.${tail}`,
  "an empty body": `${head}..${tail}`,
  "no signature": `${head}.${body}.`,
  padding: `${head}.${body}.${tail}=`,
  "plain base64": `${head}.${body}.${"+/".repeat(21)}A`,
  "percent signs": `${head}%2E${body}%2E${tail}`,
  "a space before": ` ${head}.${body}.${tail}`,
  "a line behind": `${head}.${body}.${tail}\n`,
  "a zero": `${head}.${body}.${tail}\0`,
  "another spelling of the same signature": `${head}.${body}.${respelt(tail)}`,
  "something endless": `${head}.${"a".repeat(100_000)}.${tail}`,
  "a head that is no JSON": `${Buffer.from("{alg:HS256}").toString("base64url")}.${body}.${tail}`,
  "a head that is no object": `${part(["HS256"])}.${body}.${tail}`,
  "a head of null": `${part(null)}.${body}.${tail}`,
  "a body that is no object": `${head}.${part("x")}.${tail}`,
  "a body that is no UTF-8": `${head}.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString("base64url")}.${tail}`,
  "no algorithm": `${part({ typ: "JWT" })}.${body}.${tail}`,
  "algorithms in a list": `${part({ alg: ["HS256"] })}.${body}.${tail}`,
  "a key's name that is none": `${part({ alg: "HS256", kid: {} })}.${body}.${tail}`,
  "something critical": `${part({ alg: "HS256", crit: ["b64"], b64: false })}.${body}.${tail}`,
};

/** Changes the bits of the last letter that stand for nothing. */
function respelt(text: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return text.slice(0, -1) + letters[letters.indexOf(text.slice(-1)) ^ 1];
}

for (const [name, shown] of Object.entries(malformed)) {
  test(`refused without another word: ${name}`, async () => {
    const decision = await linkWith().ask(showing(shown));
    assert.deepEqual(decision, { allowed: false, rule: "jwt/malformed", reason: "the token is not valid" });
  });
}

test("refused without another word: every algorithm that is not ours, and every signature that is not", async () => {
  const reason = "the token is not valid";
  for (const alg of ["none", "None", "NONE", "", "HS1", "hs256", "HS256 ", "ES256K", "RSA-OAEP", "__proto__"]) {
    const decision = await linkWith().ask(showing(`${part({ alg })}.${body}.${tail}`));
    assert.deepEqual(decision, { allowed: false, rule: "jwt/algorithm", reason });
  }
  const decision = await linkWith().ask(showing(token({}, "another secret")));
  assert.deepEqual(decision, { allowed: false, rule: "jwt/signature", reason });
  const changed = part({ exp: soon(), action: "publish" });
  for (const each of [
    `${head}.${changed}.${tail}`,
    `${head}.${body}.AAAA`,
    `${part({ alg: "HS512" })}.${body}.${tail}`,
  ])
    assert.equal(await ruleOf(showing(each)), "jwt/signature");
});

const wrongClaims: readonly object[] = [
  { exp: undefined },
  { exp: null },
  { exp: String(soon()) },
  { exp: [soon()] },
  { exp: -1 },
  { exp: 0 },
  { exp: true },
  { exp: 1e300 },
  { nbf: "now" },
  { iat: {} },
  { iss: ["me"] },
  { iss: 7 },
  { aud: [7] },
  { aud: Array(33).fill("a") },
  { aud: {} },
  { jti: 7 },
  { jti: "" },
  { jti: "a\0b" },
  { jti: "x".repeat(513) },
  { action: "watch" },
  { action: [] },
  { action: ["play", "delete"] },
  { action: { play: true } },
  { action: null },
  { app: ["live"] },
  { app: "" },
  { stream: ["cam1"] },
  { stream: "cam1\0" },
  { stream: null },
  { sessions: "2" },
  { sessions: 0 },
  { sessions: -1 },
  { sessions: 1.5 },
  { sessions: 1e9 },
  { ip: "somewhere" },
  { ip: ["192.0.2.7"] },
  { ip: "192.0.2.0/33" },
  { ip: 3_221_225_991 },
  { bitrate: "3M" },
  { bitrate: 0 },
];
for (const claims of wrongClaims) {
  test(`claims of the wrong type are refused: ${JSON.stringify(claims).slice(0, 60)}`, async () => {
    const decision = await linkWith().ask(showing(odd(claims)));
    assert.deepEqual(decision, { allowed: false, rule: "jwt/claims", reason: "the token is not valid" });
  });
}

test("numbers that JSON can write and nobody can count to are refused", async () => {
  const signed = `${part({ alg: "HS256" })}.${Buffer.from('{"exp":1e999}').toString("base64url")}`;
  const shown = `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  assert.equal(await ruleOf(showing(shown)), "jwt/claims");
});

test("nothing is found in the claims that was not said", async () => {
  assert.equal(await ruleOf(showing(odd({ exp: undefined, __proto__: { exp: soon() } }))), "jwt/claims");
  const signed = `${part({ alg: "HS256" })}.${Buffer.from(`{"__proto__":{"exp":${soon()}}}`).toString("base64url")}`;
  const shown = `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  assert.equal(await ruleOf(showing(shown)), "jwt/claims");
});

const cases: readonly {
  claims: Partial<TokenClaims>;
  rule?: string;
  settings?: Partial<JwtSettings>;
  asked?: Partial<AccessRequest>;
}[] = [
  { claims: { exp: seconds() - 60 }, rule: "jwt/expired" },
  { claims: { exp: seconds() - 60 }, settings: { leeway: "5m" } },
  { claims: { exp: seconds() + 90_000 }, rule: "jwt/longest" },
  { claims: { exp: seconds() + 7_000 }, settings: { longest: "1h" }, rule: "jwt/longest" },
  { claims: { exp: seconds() + 1_800 }, settings: { longest: "1h" } },
  { claims: { nbf: seconds() + 300 }, rule: "jwt/early" },
  { claims: { iat: seconds() + 300 }, rule: "jwt/early" },
  { claims: { nbf: seconds() - 1, iat: seconds() - 1 } },
  { claims: {}, settings: { issuer: "https://id.example.com" }, rule: "jwt/issuer" },
  { claims: { iss: "https://id.example.com/" }, settings: { issuer: "https://id.example.com" }, rule: "jwt/issuer" },
  { claims: { iss: "https://id.example.com" }, settings: { issuer: "https://id.example.com" } },
  { claims: {}, settings: { audience: "video" }, rule: "jwt/audience" },
  { claims: { aud: "video2" }, settings: { audience: "video" }, rule: "jwt/audience" },
  { claims: { aud: ["shop", "video"] }, settings: { audience: "video" } },
  { claims: { aud: "video" }, settings: { audience: "video" } },
  { claims: {}, asked: { action: "publish" }, rule: "jwt/action" },
  { claims: { action: "play" }, asked: { action: "publish" }, rule: "jwt/action" },
  { claims: { action: "publish" }, rule: "jwt/action" },
  { claims: { action: "publish" }, asked: { action: "publish" } },
  { claims: { app: "live", stream: "cam1" } },
  { claims: { app: "liv" }, rule: "jwt/stream" },
  { claims: { stream: "cam" }, rule: "jwt/stream" },
  { claims: { stream: "cam*" } },
  { claims: { stream: "live/cam*" } },
  { claims: { stream: "*/cam1" } },
  { claims: { stream: "other/*" }, rule: "jwt/stream" },
  { claims: { stream: "*/*/cam1" }, rule: "jwt/stream" },
  { claims: { ip: "192.0.2.7" } },
  { claims: { ip: "192.0.2.0/24" } },
  { claims: { ip: "192.0.2.7" }, asked: { address: "::ffff:192.0.2.7" } },
  { claims: { ip: "2001:DB8::1" }, asked: { address: "2001:db8:0:0::1" } },
  { claims: { ip: "192.0.2.8" }, rule: "jwt/address" },
  { claims: { ip: "192.0.2.7" }, asked: { address: "" }, rule: "jwt/address" },
  { claims: { ip: "198.51.100.0/24" }, rule: "jwt/address" },
];
for (const [index, { claims, rule, settings, asked }] of cases.entries()) {
  test(`claim ${index}: ${rule ?? "let in"} with ${JSON.stringify({ ...claims, ...settings, ...asked })}`, async () => {
    assert.equal(await ruleOf(showing(token(claims), asked), settings), rule);
  });
}

test("whatever is shown and whatever is signed, there is an answer", async () => {
  const { ask } = linkWith();
  const shown = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.tuple(fc.base64String(), fc.base64String(), fc.base64String()).map((parts) => parts.join(".")),
    fc.json().map((json) => `${part({ alg: "HS256" })}.${Buffer.from(json).toString("base64url")}.${tail}`),
    fc.dictionary(fc.constantFrom("exp", "aud", "ip", "stream", "action", "jti"), fc.jsonValue()).map(odd),
  );
  const property = fc.asyncProperty(shown, async (text) => {
    const decision = await ask(showing(text, { action: "publish" }));
    assert.equal(decision?.allowed, false);
  });
  await fc.assert(property);
});
