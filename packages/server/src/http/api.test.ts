import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { testHost } from "../../testing/host.ts";
import { synthetic } from "../../testing/synthetic.ts";
import { hashPassword } from "../config/password.ts";
import { streamName } from "../core/stream-name.ts";
import { api } from "./api.ts";

const password = "a-good-password";
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });

async function begin(t: TestContext) {
  const host = await testHost();
  t.after(() => host.close());
  const hash = await hashPassword(password);
  host.http.page(api(host.hub, host.sessions, () => hash, host.log));
  const call = async (path: string, headers: Record<string, string> = basic(`me:${password}`), method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${host.ports["http.port"]}${path}`, { headers, method });
    return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
  };
  return { host, call };
}

const wrong: { name: string; headers: Record<string, string>; logged: number }[] = [
  { name: "nothing", headers: {}, logged: 0 },
  { name: "another password", headers: basic("me:another"), logged: 1 },
  { name: "no password", headers: basic("me"), logged: 1 },
  { name: "another scheme", headers: { authorization: `Bearer ${password}` }, logged: 1 },
  { name: "something endless", headers: basic(`me:${"x".repeat(4_000)}`), logged: 1 },
];
for (const { name, headers, logged } of wrong) {
  test(`the API is closed to who shows ${name}, and the log holds no password`, async (t) => {
    const { host, call } = await begin(t);
    for (const path of ["/api/v1/streams", "/api/v1/sessions", "/api/v1/none"]) {
      const { status, headers: answered } = await call(path, headers);
      assert.equal(status, 401);
      assert.match(answered.get("www-authenticate") ?? "", /^Basic /);
    }
    const lines = host.lines.filter(({ text }) => text === "operator refused");
    assert.equal(lines.length, logged * 3);
    assert.ok(!JSON.stringify(lines).includes("another"));
  });
}

test("streams are listed with what they carry, and never with a key", async (t) => {
  const { host, call } = await begin(t);
  const name = streamName("live", "cam");
  assert.ok(name);
  const granted = host.hub.publish(name, "fingerprint", { closed: () => {} });
  assert.ok("source" in granted);
  for (const packet of synthetic(30)) granted.source.append(packet);
  const { body, headers } = await call("/api/v1/streams");
  const [stream = {}] = body as Record<string, unknown>[];
  assert.equal(headers.get("cache-control"), "no-store");
  assert.deepEqual([stream.app, stream.name, stream.state, stream.viewers], ["live", "cam", "live", 0]);
  assert.deepEqual(
    (stream.tracks as { codec: string }[]).map(({ codec }) => codec),
    ["h264", "aac"],
  );
  assert.ok(!JSON.stringify(body).includes("fingerprint"));
});

test("an operator ends a session, once", async (t) => {
  const { host, call } = await begin(t);
  const name = streamName("live", "cam");
  assert.ok(name);
  const reasons: string[] = [];
  const ended = host.sessions.open({
    grant: { allowed: true },
    protocol: "test",
    role: "viewer",
    stream: name,
    address: "127.0.0.1",
    figures: () => ({ bytes: 7 }),
    close: (reason) => {
      reasons.push(reason);
      ended(reason);
    },
  });
  const [session] = (await call("/api/v1/sessions")).body as { id: string; bytes: number; stream: string }[];
  assert.deepEqual([session?.bytes, session?.stream], [7, "live/cam"]);
  const path = `/api/v1/sessions/${session?.id}`;
  assert.equal((await call(path, undefined, "DELETE")).status, 200);
  assert.deepEqual(reasons, ["ended by an operator"]);
  const again = await call(path, undefined, "DELETE");
  assert.deepEqual([again.status, (again.body as { code: string }).code], [404, "session/not-found"]);
});

for (const [method, path] of [
  ["GET", "/api/v1/none"],
  ["POST", "/api/v1/streams"],
  ["GET", "/api/v1/sessions/1"],
  ["DELETE", "/api/v1/sessions/1/2"],
  ["GET", "/api/v1/__proto__"],
] as const) {
  test(`the API has no ${method} ${path}, and says so`, async (t) => {
    const { call } = await begin(t);
    const { status, body } = await call(path, undefined, method);
    assert.deepEqual([status, (body as { code: string }).code], [404, "http/not-found"]);
  });
}
