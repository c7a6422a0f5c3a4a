import assert from "node:assert/strict";
import test from "node:test";
import { basic, operated } from "../../testing/operator.ts";
import { synthetic } from "../../testing/synthetic.ts";
import { hashPassword } from "../config/password.ts";
import { streamName } from "../core/stream-name.ts";

const password = "a-good-password";
const hash = await hashPassword(password);
const me = basic("me", password);
const stream = streamName("live", "cam") ?? assert.fail();

const wrong: { name: string; headers: Record<string, string>; logged: number }[] = [
  { name: "nothing", headers: {}, logged: 0 },
  { name: "another password", headers: basic("me", "another"), logged: 1 },
  { name: "no password", headers: { authorization: "Basic bWU=" }, logged: 1 },
  { name: "another scheme", headers: { authorization: `Digest ${password}` }, logged: 1 },
  { name: "something endless", headers: basic("me", "x".repeat(4_000)), logged: 1 },
];
for (const { name, headers, logged } of wrong) {
  test(`the API is closed to who shows ${name}, and the log holds no password`, async (t) => {
    const { host, call } = await operated(t, hash);
    for (const path of ["streams", "sessions", "none"]) {
      const { status, headers: answered } = await call("GET", path, { headers });
      assert.equal(status, 401);
      assert.match(answered.get("www-authenticate") ?? "", /^Basic /);
    }
    const lines = host.lines.filter(({ text }) => text === "operator refused");
    assert.equal(lines.length, logged * 3);
    assert.ok(!JSON.stringify(lines).includes("another"));
  });
}

test("streams are listed with what they carry, and never with a key", async (t) => {
  const { host, call } = await operated(t, hash);
  const granted = host.hub.publish(stream, "fingerprint", { closed: () => {} });
  assert.ok("source" in granted);
  for (const packet of synthetic(30)) granted.source.append(packet);
  const { body, headers } = await call("GET", "streams", { headers: me });
  const [found = {}] = body.items as Record<string, unknown>[];
  assert.equal(headers.get("cache-control"), "no-store");
  assert.deepEqual([found.app, found.name, found.state, found.viewers], ["live", "cam", "live", 0]);
  assert.deepEqual(
    (found.tracks as { codec: string }[]).map(({ codec }) => codec),
    ["h264", "aac"],
  );
  assert.ok(!JSON.stringify(body).includes("fingerprint"));
});

test("an operator ends a session, once, and the audit log says who did", async (t) => {
  const { host, call } = await operated(t, hash);
  const reasons: string[] = [];
  const ended = host.sessions.open({
    grant: { allowed: true },
    protocol: "test",
    role: "viewer",
    stream,
    address: "127.0.0.1",
    figures: () => ({ bytes: 7 }),
    close: (reason) => {
      reasons.push(reason);
      ended(reason);
    },
  });
  const { body } = await call("GET", "sessions", { headers: me });
  const [session] = body.items as { id: string; bytes: number; stream: string }[];
  assert.deepEqual([session?.bytes, session?.stream], [7, "live/cam"]);
  assert.equal((await call("DELETE", `sessions/${session?.id}`, { headers: me })).status, 200);
  assert.deepEqual(reasons, ["ended by an operator"]);
  const again = await call("DELETE", `sessions/${session?.id}`, { headers: me });
  assert.deepEqual([again.status, again.body.code], [404, "session/not-found"]);
  const audit = (await call("GET", "audit", { headers: me })).body.items as Record<string, unknown>[];
  assert.deepEqual(
    audit.map(({ actor, action, target, address }) => [actor, action, target, address]),
    [["me", "session.end", session?.id, "127.0.0.1"]],
  );
});

for (const [method, path] of [
  ["GET", "none"],
  ["POST", "streams"],
  ["POST", "sessions/1"],
  ["DELETE", "sessions/1/2"],
  ["DELETE", "sessions/"],
  ["GET", "__proto__"],
] as const) {
  test(`the API has no ${method} ${path}, and says so`, async (t) => {
    const { call } = await operated(t, hash);
    const { status, body } = await call(method, path, { headers: me });
    assert.deepEqual([status, body.code], [404, "http/not-found"]);
  });
}

const bodies: { name: string; headers?: Record<string, string>; text: string; status: number; detail: RegExp }[] = [
  { name: "no JSON", text: "{", status: 400, detail: /no JSON/ },
  { name: "another type", headers: { "content-type": "text/plain" }, text: "{}", status: 415, detail: /send JSON/ },
  { name: "too much", text: `"${"x".repeat(70_000)}"`, status: 413, detail: /larger than 64 KiB/ },
  { name: "a field that nobody knows", text: '{"app":"live","stream":"a","x":1}', status: 400, detail: /./ },
  { name: "a field of another type", text: '{"app":"live","stream":7}', status: 400, detail: /^stream / },
  { name: "nothing", text: "", status: 400, detail: /./ },
  { name: "a list", text: "[]", status: 400, detail: /./ },
  { name: "__proto__", text: '{"app":"live","stream":"a","__proto__":{"key":"12345678"}}', status: 400, detail: /./ },
];
for (const { name, headers, text, status, detail } of bodies) {
  test(`a body of ${name} is refused with ${status} and words that say why`, async (t) => {
    const { host } = await operated(t, hash);
    const answer = await fetch(`http://127.0.0.1:${host.ports["http.port"]}/api/v1/keys`, {
      method: "POST",
      headers: { ...me, "content-type": "application/json", ...headers },
      body: text,
    });
    const body = (await answer.json()) as { code: string; detail: string };
    assert.deepEqual([answer.status, body.code], [status, "api/body"]);
    assert.match(body.detail, detail);
  });
}
