import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { ServerResponse } from "node:http";
import test, { type TestContext } from "node:test";
import { callbackServer, type Heard } from "../../../testing/callback-server.ts";
import { until } from "../../../testing/host.ts";
import { showing, signedWith, tokenLink } from "../../../testing/tokens.ts";

const pairs = new Map(["old", "new"].map((kid) => [kid, generateKeyPairSync("ec", { namedCurve: "P-256" })]));
const tokens = new Map([...pairs].map(([kid, { privateKey }]) => [kid, signedWith(privateKey, "ES256", kid)]));
const shown = (kid: string) => tokens.get(kid) ?? "";

function set(...kids: readonly string[]): string {
  return JSON.stringify({ keys: kids.map((kid) => ({ ...jwk(pairs.get(kid)?.publicKey), kid })) });
}

function jwk(key: KeyObject | undefined) {
  return key?.export({ format: "jwk" });
}

/** An issuer whose answers change, and a link that trusts it. */
async function issuer(t: TestContext, first: (response: ServerResponse, heard: Heard) => void, limitMs = 60_000) {
  const state = { answer: first };
  const { heard, url } = await callbackServer(t, (response, question) => state.answer(response, question));
  const clock = { now: 0 };
  const link = tokenLink({ jwks: url }, { clock: () => clock.now, limitMs });
  return { ...link, state, heard, clock, url };
}

const answering =
  (text: string, status = 200, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, headers).end(text);
const never = () => {};

test("an issuer's keys are fetched once, and new ones when a token has a key that is not known", async (t) => {
  const { rule, heard, state, clock } = await issuer(t, answering(set("old")));
  const both = await Promise.all([rule(shown("old")), rule(shown("old"))]);
  assert.deepEqual(both, [undefined, undefined]);
  assert.equal(await rule(shown("old")), undefined);
  assert.equal(heard.length, 1);
  assert.equal(await rule(shown("new")), "jwt/key", "asked a moment ago");
  assert.equal(heard.length, 1);
  state.answer = answering(set("old", "new"));
  clock.now += 5_000;
  assert.equal(await rule(shown("new")), undefined);
  assert.equal(await rule(shown("old")), undefined);
  assert.equal(heard.length, 2);
});

test("however many keys that are not known are shown, the issuer is asked once in a while", async (t) => {
  const { rule, heard, clock } = await issuer(t, answering(set("old")));
  const strangers = Array.from({ length: 50 }, (_, index) => signedWith(generated, "ES256", `key ${index}`));
  const refused = (rules: readonly (string | undefined)[]) => rules.every((each) => each === "jwt/key");
  assert.ok(refused(await Promise.all(strangers.map(rule))));
  assert.ok(refused(await Promise.all(strangers.map(rule))));
  assert.equal(heard.length, 1);
  clock.now += 5_000;
  assert.ok(refused(await Promise.all(strangers.map(rule))));
  assert.equal(heard.length, 2);
});

const generated = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

test("a key that the issuer has withdrawn is good no longer once its keys were fetched anew", async (t) => {
  const { rule, state, clock, heard, settings } = await issuer(t, answering(set("old", "new")));
  assert.equal(await rule(shown("old")), undefined);
  state.answer = answering(set("new"));
  settings.jwksCache = "1m";
  clock.now += 60_000;
  assert.equal(await rule(shown("old")), undefined, "nobody waits for keys that are known");
  await until(() => heard.length === 2, "the keys are asked for again");
  for (let last = await rule(shown("old")); last !== "jwt/key"; last = await rule(shown("old")))
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await rule(shown("new")), undefined);
});

test("an issuer that hangs delays nobody whose key is known", async (t) => {
  const { rule, state, clock } = await issuer(t, answering(set("old")));
  assert.equal(await rule(shown("old")), undefined);
  const held: ServerResponse[] = [];
  state.answer = (response) => void held.push(response);
  clock.now += 3_600_000;
  let isAnswered = false;
  const waiting = rule(shown("new")).then((answer) => {
    isAnswered = true;
    return answer;
  });
  assert.equal(await rule(shown("old")), undefined);
  await until(() => held.length === 1, "the issuer is asked");
  assert.equal(await rule(shown("old")), undefined);
  assert.equal(isAnswered, false);
  held[0]?.end(set("new"));
  assert.equal(await waiting, undefined);
});

test("who waits for an issuer that hangs is answered after a while", async (t) => {
  const { rule, lines } = await issuer(t, never, 100);
  assert.equal(await rule(shown("new")), "jwt/unavailable");
  assert.match(lines.join(), /no answer in time/);
});

test("a token whose key is known is judged at once, without a promise", async (t) => {
  const { rule, decide, state, clock } = await issuer(t, answering(set("old")));
  assert.equal(await rule(shown("old")), undefined);
  state.answer = never;
  clock.now += 3_600_000;
  const decision = decide(showing(shown("old")));
  assert.ok(decision && !(decision instanceof Promise) && decision.allowed);
});

const failures: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "an error": answering("no", 500),
  "no JSON": answering("<html>"),
  "no set": answering("[]"),
  "something endless": (response) => {
    response.on("error", never);
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  },
  "half an answer": (response) => {
    response.writeHead(200, { "content-length": "1000" }).write("{");
    setImmediate(() => response.destroy());
  },
  "nothing at all": (response) => void response.destroy(),
};
for (const [name, answer] of Object.entries(failures)) {
  test(`an issuer that answers with ${name} lets nobody in, and is asked again later`, async (t) => {
    const { rule, state, clock, heard, lines } = await issuer(t, answer);
    assert.equal(await rule(shown("old")), "jwt/unavailable");
    assert.equal(await rule(shown("old")), "jwt/unavailable");
    assert.equal(heard.length, 1);
    assert.equal(lines.length, 1);
    state.answer = answering(set("old"));
    clock.now += 5_000;
    assert.equal(await rule(shown("old")), undefined);
    state.answer = answer;
    clock.now += 3_600_000;
    assert.equal(await rule(shown("old")), undefined);
    assert.equal(await rule(shown("new")), "jwt/unavailable");
    assert.equal(await rule(shown("old")), undefined);
  });
}

test("the issuer's keys are looked for on its own host only", async (t) => {
  const other = await callbackServer(t, answering(set("old")));
  const { rule, lines, clock, state } = await issuer(t, answering("", 302, { location: other.url }));
  assert.equal(await rule(shown("old")), "jwt/unavailable");
  assert.equal(other.heard.length, 0);
  assert.match(lines.join(), /another host/);
  for (const location of ["file:///etc/passwd", "data:application/json,{}", "//[", "ftp://127.0.0.1/x"]) {
    state.answer = answering("", 302, { location });
    clock.now += 5_000;
    assert.equal(await rule(shown("old")), "jwt/unavailable", location);
  }
  state.answer = (response, { path }) =>
    path === "/keys" ? answering(set("old"))(response) : answering("", 301, { location: "/keys" })(response);
  clock.now += 5_000;
  assert.equal(await rule(shown("old")), undefined);
});

test("redirections that lead in a circle come to an end", async (t) => {
  const { rule, heard } = await issuer(t, answering("", 302, { location: "/ask" }));
  assert.equal(await rule(shown("old")), "jwt/unavailable");
  assert.equal(heard.length, 4);
});

test("only http and https are spoken", async () => {
  for (const jwks of ["file:///etc/passwd", "data:application/json,%7B%22keys%22:[]%7D", "nonsense"])
    assert.equal(await tokenLink({ jwks }).rule(shown("old")), "jwt/unavailable");
});

test("user and password of the address go to the issuer, and not into the log", async (t) => {
  const { url, heard } = await callbackServer(t, answering("no", 401));
  const { rule, lines } = tokenLink({ jwks: url.replace("//", "//me:hunter2@") });
  assert.equal(await rule(shown("old")), "jwt/unavailable");
  assert.equal(heard[0]?.headers.authorization, `Basic ${Buffer.from("me:hunter2").toString("base64")}`);
  assert.equal(lines.length, 1);
  assert.doesNotMatch(lines.join(), /hunter2|127\.0\.0\.1/);
});

test("a token without a key's name is tried with the keys that fit", async (t) => {
  const { rule } = await issuer(t, answering(set("old", "new")));
  assert.equal(await rule(signedWith(pairs.get("new")?.privateKey as KeyObject, "ES256")), undefined);
  assert.equal(await rule(signedWith(generated, "ES256")), "jwt/signature");
});

test("a token of one key with the name of another is refused", async (t) => {
  const { rule } = await issuer(t, answering(set("old", "new")));
  assert.equal(await rule(signedWith(pairs.get("new")?.privateKey as KeyObject, "ES256", "old")), "jwt/signature");
});
