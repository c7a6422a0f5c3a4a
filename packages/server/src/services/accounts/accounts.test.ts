import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { basic, type Operated, operated } from "../../../testing/operator.ts";
import { hashPassword } from "../../config/password.ts";
import { roles } from "../../http/api.ts";

const password = "a-good-password";
const hash = await hashPassword(password);
const console = basic("console", password);

async function withAccounts(t: TestContext): Promise<Operated> {
  const server = await operated(t, hash);
  for (const role of roles) {
    const body = { name: role, password: `${role}-password`, role };
    assert.equal((await server.call("POST", "accounts", { headers: console, body })).status, 200);
  }
  return server;
}

test("every route but signing in and out needs to know who asks, and a role: the lower ones are refused, the others are not", async (t) => {
  const { call, routes } = await withAccounts(t);
  const open = routes.filter(({ role }) => role === "anyone").map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(open, ["POST sign-in", "POST sign-out"]);
  for (const { method, path, role: needed } of routes) {
    if (needed === "anyone") continue;
    const at = path.replaceAll(/[:*]\w+/g, "none");
    assert.equal((await call(method, at)).status, 401, `${method} ${at} by nobody`);
    for (const role of roles) {
      const { status, body } = await call(method, at, { headers: basic(role, `${role}-password`) });
      const mayNot: boolean = roles.indexOf(role) < roles.indexOf(needed);
      assert.equal(status === 403 && body.code === "access/role", mayNot, `${method} ${at} by ${role}: ${status}`);
    }
  }
});

test("a cookie signs in; changes need what signing in answered with, and signing out ends it", async (t) => {
  const { call } = await withAccounts(t);
  const signedIn = await call("POST", "sign-in", { body: { name: "operator", password: "operator-password" } });
  assert.equal(signedIn.status, 200);
  const cookie = signedIn.headers.get("set-cookie") ?? "";
  assert.match(cookie, /^sluice=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  const headers = { cookie: cookie.split(";")[0] ?? "" };
  assert.equal((await call("GET", "me", { headers })).body.name, "operator");
  const body = { app: "live", stream: "cam" };
  const without = await call("POST", "keys", { headers, body });
  assert.deepEqual([without.status, without.body.code], [403, "access/csrf"]);
  const csrf = String(signedIn.body.csrf);
  assert.equal((await call("POST", "keys", { headers: { ...headers, "sluice-csrf": `${csrf}x` }, body })).status, 403);
  assert.equal((await call("POST", "keys", { headers: { ...headers, "sluice-csrf": csrf }, body })).status, 200);
  await call("POST", "sign-out", { headers });
  assert.equal((await call("GET", "me", { headers })).status, 401);
});

test("pages of other sites change nothing, whatever the browser sends along", async (t) => {
  const { host } = await withAccounts(t);
  const url = `http://127.0.0.1:${host.ports["http.port"]}/api/v1/sign-out`;
  for (const [name, value, status] of [
    ["origin", "https://evil.example", 403],
    ["origin", "null", 403],
    ["sec-fetch-site", "cross-site", 403],
    ["sec-fetch-site", "same-site", 403],
    ["origin", `http://127.0.0.1:${host.ports["http.port"]}`, 204],
    ["sec-fetch-site", "same-origin", 204],
  ] as const) {
    const answer = await fetch(url, { method: "POST", headers: { [name]: value } });
    assert.equal(answer.status, status, `${name}: ${value}`);
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
  }
});

test("guessing is slowed down by name and by address, also for names that are not there; the right one waits too", async (t) => {
  const { call } = await withAccounts(t);
  for (const name of ["owner", "nobody"]) {
    const statuses: number[] = [];
    for (let guess = 0; guess < 6; guess++) {
      statuses.push((await call("POST", "sign-in", { body: { name, password: "wrong" } })).status);
    }
    assert.equal(statuses.at(-1), 429, name);
  }
  const right = await call("POST", "sign-in", { body: { name: "owner", password: "owner-password" } });
  assert.deepEqual([right.status, right.body.code], [429, "access/throttled"]);
  assert.match(right.headers.get("retry-after") ?? "", /^\d+$/);
});

test("an API token does what its scopes allow, within its account's role, until it is removed or its time is over", async (t) => {
  const { call } = await withAccounts(t);
  const operator = basic("operator", "operator-password");
  const make = async (body: object) => (await call("POST", "tokens", { headers: operator, body })).body;
  const { id, secret } = await make({ label: "ci", scopes: ["read", "audit"] });
  const bearer = { authorization: `Bearer ${secret}` };
  assert.equal((await call("GET", "streams", { headers: bearer })).status, 200);
  assert.equal((await call("GET", "keys", { headers: bearer })).body.code, "access/scope");
  assert.equal((await call("GET", "audit", { headers: bearer })).body.code, "access/role");
  const more = await call("POST", "tokens", { headers: bearer, body: { label: "x", scopes: ["keys"] } });
  assert.equal(more.body.code, "access/scope");
  assert.equal((await call("DELETE", `tokens/${id}`, { headers: basic("viewer", "viewer-password") })).status, 404);
  assert.equal((await call("DELETE", `tokens/${id}`, { headers: operator })).status, 204);
  assert.equal((await call("GET", "streams", { headers: bearer })).status, 401);
  const old = await make({ label: "old", scopes: ["read"], expiresAt: 1 });
  assert.equal((await call("GET", "streams", { headers: { authorization: `Bearer ${old.secret}` } })).status, 401);
});

test("a changed password, a lower role and a disabled account count at once, for cookies and for what is remembered", async (t) => {
  const { call, records } = await withAccounts(t);
  const operator = basic("operator", "operator-password");
  const signedIn = await call("POST", "sign-in", { body: { name: "operator", password: "operator-password" } });
  const cookie = { cookie: (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
  assert.equal((await call("GET", "keys", { headers: operator })).status, 200);
  const id = (await records.accounts.byName("operator"))?.id ?? "";
  await call("PATCH", `accounts/${id}`, { headers: console, body: { role: "viewer" } });
  assert.equal((await call("GET", "keys", { headers: operator })).status, 403);
  assert.equal((await call("GET", "me", { headers: cookie })).status, 401);
  await call("PATCH", `accounts/${id}`, { headers: console, body: { password: "another-password" } });
  assert.equal((await call("GET", "me", { headers: operator })).status, 401);
  assert.equal((await call("GET", "me", { headers: basic("operator", "another-password") })).status, 200);
  await call("PATCH", `accounts/${id}`, { headers: console, body: { disabled: true } });
  assert.equal((await call("GET", "me", { headers: basic("operator", "another-password") })).status, 401);
});

test("the last owner stays, and an account's password is in no answer and in no line of the audit log", async (t) => {
  const { call, records } = await withAccounts(t);
  const id = (await records.accounts.byName("owner"))?.id ?? "";
  const refused = await call("DELETE", `accounts/${id}`, { headers: console });
  assert.deepEqual([refused.status, refused.body.code], [409, "records/last-owner"]);
  const taken = await call("POST", "accounts", {
    headers: console,
    body: { name: "owner", password: "one-more-password", role: "viewer" },
  });
  assert.deepEqual([taken.status, taken.body.code], [409, "records/taken"]);
  const said = JSON.stringify([
    (await call("GET", "accounts", { headers: console })).body,
    (await call("GET", "audit", { headers: console })).body,
  ]);
  assert.ok(said.includes("account.create"));
  assert.ok(!/-password|argon2/.test(said));
});

test("somebody changes their own password, with the one before", async (t) => {
  const { call } = await withAccounts(t);
  const viewer = basic("viewer", "viewer-password");
  const wrong = { current: "viewer-passwort", password: "a-new-password" };
  assert.equal((await call("POST", "password", { headers: viewer, body: wrong })).status, 403);
  const right = { current: "viewer-password", password: "a-new-password" };
  assert.equal((await call("POST", "password", { headers: viewer, body: right })).status, 204);
  assert.equal((await call("GET", "me", { headers: viewer })).status, 401);
  const configured = await call("POST", "password", { headers: console, body: right });
  assert.deepEqual([configured.status, configured.body.code], [409, "account/configured"]);
});
