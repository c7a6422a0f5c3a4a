import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { ServerResponse } from "node:http";
import test, { type TestContext } from "node:test";
import { callbackServer } from "../../../testing/callback-server.ts";
import { until } from "../../../testing/host.ts";
import type { AccessRequest, Decision } from "../../core/access.ts";
import { streamName } from "../../core/stream-name.ts";
import { type CallbackSettings, callbackLink } from "./callback.ts";

const usual: CallbackSettings = {
  publish: "",
  play: "",
  form: "json",
  secret: "",
  timeout: "20s",
  retries: 0,
  failure: "closed",
  concurrency: 64,
};

function asking(t: TestContext, settings: Partial<CallbackSettings>) {
  const lines: string[] = [];
  const line = (fields: object, text: string) => void lines.push(`${text} ${JSON.stringify(fields)}`);
  const log = { debug: line, info: line, warn: line, error: line };
  const { link, close } = callbackLink(() => ({ ...usual, ...settings }), log);
  t.after(close);
  const ask = (change: Partial<AccessRequest> = {}) => Promise.resolve(link.decide(request(change)));
  return { ask, close, lines };
}

function request(change: Partial<AccessRequest> = {}): AccessRequest {
  const stream = streamName("live", "cam");
  assert.ok(stream);
  return {
    action: "play",
    stream,
    protocol: "hls",
    address: "192.0.2.7",
    query: new Map([["token", "hunter2"]]),
    headers: new Map(),
    ...change,
  };
}

const rule = (decision: Decision | undefined) => (decision?.allowed === false ? decision.rule : decision);
const reply = (response: ServerResponse, status: number, body = "", headers = {}) =>
  void response.writeHead(status, headers).end(body);

test("nobody is asked where there is no address, so the next link is", async (t) => {
  assert.equal(await asking(t, {}).ask(), undefined);
  assert.equal(await asking(t, { publish: "http://127.0.0.1:1/" }).ask(), undefined);
});

test("our form says who asks for what, and nothing that was not asked for", async (t) => {
  const { heard, url } = await callbackServer(t, (response) => reply(response, 204));
  const { ask } = asking(t, { play: url });
  const decision = await ask({
    path: "/live/cam.m3u8",
    user: "anna",
    query: new Map([
      ["token", "hunter2"],
      ["__proto__", "x"],
    ]),
    headers: new Map([
      ["authorization", "Bearer secret"],
      ["origin", "https://example.com"],
      ["user-agent", "player"],
    ]),
  });
  assert.ok(decision?.allowed);
  const [{ method, path, headers, body } = assert.fail()] = heard;
  assert.equal(`${method} ${path} ${headers["content-type"]}`, "POST /ask application/json");
  const { id, time, ...rest } = JSON.parse(body);
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.ok(Number.isInteger(time));
  assert.equal(
    JSON.stringify(rest),
    JSON.stringify({
      event: "play",
      app: "live",
      stream: "cam",
      protocol: "hls",
      address: "192.0.2.7",
      path: "/live/cam.m3u8",
      query: JSON.parse('{"token":"hunter2","__proto__":"x"}'),
      headers: { origin: "https://example.com", "user-agent": "player" },
      user: "anna",
    }),
  );
  assert.equal(headers["sluice-signature"], undefined);
});

test("what is asked is signed over time, nonce and body, anew each time", async (t) => {
  const { heard, url } = await callbackServer(t, (response) => reply(response, heard.length === 1 ? 503 : 200));
  const { ask } = asking(t, { publish: url, secret: "s3cret", retries: 1 });
  assert.ok((await ask({ action: "publish" }))?.allowed);
  assert.equal(heard.length, 2);
  const nonces = heard.map(({ headers, body }) => {
    const [, time, nonce, sum] =
      /^t=(\d+),nonce=([\w-]+),v1=([0-9a-f]{64})$/.exec(String(headers["sluice-signature"])) ?? [];
    assert.equal(sum, createHmac("sha256", "s3cret").update(`${time}.${nonce}.${body}`).digest("hex"));
    return nonce;
  });
  assert.notEqual(nonces[0], nonces[1]);
  assert.equal(heard[0]?.body, heard[1]?.body, "the same question, with the same id");
});

test("each viewer's right is its own, unless the answer names what it rests on", async (t) => {
  const { url } = await callbackServer(t, (response, { body }) =>
    reply(response, 200, JSON.parse(body).query.token === "none" ? "{}" : '{"id":"ticket-1","sessions":2}'),
  );
  const { ask } = asking(t, { play: url, publish: url });
  const none = { query: new Map([["token", "none"]]) };
  const own = [await ask(none), await ask(none)].map((each) => (each?.allowed ? each.id : undefined));
  assert.ok(own[0] && own[1] && own[0] !== own[1]);
  const [one, two] = [await ask(), await ask()];
  assert.deepEqual(one, two);
  assert.ok(one?.allowed && one.sessions === 2 && one.key === undefined);
  const publisher = await ask({ action: "publish" });
  assert.ok(publisher?.allowed);
  assert.equal(publisher.key, one.id, "who shows the same may take over");
  const stranger = await ask({ action: "publish", ...none });
  assert.ok(stranger?.allowed && stranger.key === undefined);
});

test("an answer may limit what it allows", async (t) => {
  const { url } = await callbackServer(t, (response) =>
    reply(response, 200, '{"allow":true,"stream":"vip/main","expires":2000000000,"bitrate":500000,"unknown":1}'),
  );
  const decision = await asking(t, { play: url }).ask();
  assert.ok(decision?.allowed);
  const { id: _, ...limits } = decision;
  assert.deepEqual(limits, {
    allowed: true,
    stream: { app: "vip", name: "main", path: "vip/main" },
    expiresAt: 2_000_000_000_000,
    bitrate: 500_000,
  });
});

const reason = "this was not allowed";
for (const [status, body, expected] of [
  [200, '{"allow":false}', `callback/denied: ${reason}`],
  [200, '{"allow":false,"reason":"not paid"}', "callback/denied: not paid"],
  [403, '{"reason":"not paid"}', "callback/denied: not paid"],
  [403, '{"reason":"two\\r\\nlines"}', `callback/denied: ${reason}`],
  [403, '{"reason":"\\u001b[31mred"}', `callback/denied: ${reason}`],
  [403, `{"reason":"${"x".repeat(201)}"}`, `callback/denied: ${reason}`],
  [403, '{"reason":7}', `callback/denied: ${reason}`],
  [401, "no", `callback/denied: ${reason}`],
  [404, "", `callback/denied: ${reason}`],
  [429, "", `callback/denied: ${reason}`],
  [200, "ok", "callback/answer"],
  [200, "<html>", "callback/answer"],
  [200, "null", "callback/answer"],
  [200, "[]", "callback/answer"],
  [200, "true", "callback/answer"],
  [200, '{"allow":"false"}', "callback/answer"],
  [200, '{"allow":0}', "callback/answer"],
  [200, '{"stream":"../etc"}', "callback/answer"],
  [200, '{"stream":""}', "callback/answer"],
  [200, '{"stream":"/cam"}', "callback/answer"],
  [200, '{"stream":"cam?x=y"}', "callback/answer"],
  [200, '{"stream":{}}', "callback/answer"],
  [200, '{"expires":"tomorrow"}', "callback/answer"],
  [200, '{"expires":2000000000000}', "callback/answer"],
  [200, '{"sessions":0,"id":"a"}', "callback/answer"],
  [200, '{"sessions":2}', "callback/answer"],
  [200, '{"bitrate":-1}', "callback/answer"],
  [200, '{"id":""}', "callback/answer"],
  [200, '{"id":{"a":1}}', "callback/answer"],
  [302, "", "callback/answer"],
] as const) {
  test(`${status} ${body.slice(0, 40)} keeps the viewer out, whatever failure says`, async (t) => {
    const { url } = await callbackServer(t, (response) => reply(response, status, body));
    const decision = await asking(t, { play: url, failure: "open" }).ask();
    assert.ok(decision?.allowed === false);
    assert.equal(expected.includes(":") ? `${decision.rule}: ${decision.reason}` : decision.rule, expected);
  });
}

test("a redirection is not followed", async (t) => {
  const other = await callbackServer(t, (response) => reply(response, 200));
  const { url } = await callbackServer(t, (response) => reply(response, 307, "", { location: other.url }));
  assert.equal(rule(await asking(t, { play: url }).ask()), "callback/answer");
  assert.equal(other.heard.length, 0);
});

/** Ways to give no answer. */
const silences: Record<string, (response: ServerResponse) => void> = {
  "says nothing": () => {},
  "says a byte now and then": (response) => {
    const drip = setInterval(() => response.write(" "), 10);
    response.on("close", () => clearInterval(drip));
  },
  "hangs up": (response) => response.destroy(),
  "hangs up in the middle": (response) => {
    response.writeHead(200, { "content-length": 100 }).write("{");
    setImmediate(() => response.destroy());
  },
  "does not come to an end": (response) => {
    response.on("error", () => {});
    response.end("x".repeat(1024 * 1024));
  },
  "has an error": (response) => reply(response, 500, '{"allow":true}'),
};

for (const [name, silence] of Object.entries(silences)) {
  for (const failure of ["closed", "open"] as const) {
    test(`a callback that ${name} lets ${failure === "open" ? "everybody" : "nobody"} in when failure is ${failure}`, async (t) => {
      const { heard, url } = await callbackServer(t, silence);
      const { ask, lines } = asking(t, { play: url, failure, timeout: "200ms", retries: 1 });
      const decision = await ask();
      if (failure === "open") assert.ok(decision?.allowed && decision.id);
      else assert.equal(rule(decision), "callback/failed");
      assert.ok(heard.length <= 2);
      assert.equal(lines.length, 1);
    });
  }
}

test("a callback that is not there is no answer", async (t) => {
  const { server, url } = await callbackServer(t, () => {});
  await new Promise((resolve) => server.close(resolve));
  assert.equal(rule(await asking(t, { play: url, retries: 2 }).ask()), "callback/failed");
  assert.ok((await asking(t, { play: url, failure: "open" }).ask())?.allowed);
});

test("a connection that was closed meanwhile costs nobody the answer", async (t) => {
  const { heard, server, url } = await callbackServer(t, (response) => reply(response, 200));
  const { ask } = asking(t, { play: url });
  for (let count = 1; count <= 5; count++) {
    assert.ok((await ask())?.allowed);
    server.closeIdleConnections();
    assert.equal(heard.length, count);
  }
});

test("a hanging callback for viewers holds up no publisher", async (t) => {
  const held: ServerResponse[] = [];
  const { url } = await callbackServer(t, (response, { body }) => {
    if (JSON.parse(body).event === "play") held.push(response);
    else reply(response, 200);
  });
  const { ask } = asking(t, { play: url, publish: url, concurrency: 1 });
  let decided = false;
  const viewer = ask().then((decision) => {
    decided = true;
    return decision;
  });
  await until(() => held.length === 1, "the viewer's question was heard");
  assert.ok((await ask({ action: "publish" }))?.allowed);
  assert.equal(decided, false);
  for (const each of held) reply(each, 200);
  assert.ok((await viewer)?.allowed);
});

test("so many are asked at once, the others wait, and beyond those failure decides at once", async (t) => {
  const held: ServerResponse[] = [];
  let most = 0;
  const { heard, url } = await callbackServer(t, (response) => {
    held.push(response);
    most = Math.max(most, held.length);
  });
  const { ask } = asking(t, { play: url, concurrency: 2 });
  const waiting = Array.from({ length: 2 + 2 * 16 }, () => ask());
  await until(() => held.length === 2, "two questions were heard");
  assert.equal(rule(await ask()), "callback/busy");
  const decided = Promise.all(waiting);
  while (heard.length < waiting.length || held.length > 0) {
    await until(() => held.length > 0, "the next is asked");
    const [next] = held.splice(0, 1);
    if (next) reply(next, 200);
  }
  assert.ok((await decided).every((decision) => decision?.allowed));
  assert.equal(most, 2);
});

test("who is asked when all is closed gets a no, also where failure is open", async (t) => {
  const { heard, url } = await callbackServer(t, () => {});
  const { ask, close } = asking(t, { play: url, failure: "open", retries: 5 });
  const waiting = ask();
  await until(() => heard.length === 1, "the question was heard");
  close();
  assert.equal(rule(await waiting), "callback/failed");
  assert.equal((await ask())?.allowed, false);
});

test("the log says what is wrong once, and no secret", async (t) => {
  const { url } = await callbackServer(t, (response) => reply(response, 200, "hunter2"));
  const secret = url.replace("//", "//me:hunter2@").replace("ask", "hunter2?key=hunter2");
  const { ask, lines } = asking(t, { play: secret, secret: "hunter2" });
  for (let count = 0; count < 20; count++) assert.equal(rule(await ask()), "callback/answer");
  assert.equal(lines.length, 1);
  assert.match(lines.join(), /no JSON object/);
  assert.doesNotMatch(lines.join(), /hunter2/);
});

test("credentials in the address are shown", async (t) => {
  const { heard, url } = await callbackServer(t, (response) => reply(response, 200));
  assert.ok((await asking(t, { play: url.replace("//", "//me:pass@") }).ask())?.allowed);
  assert.equal(heard[0]?.headers.authorization, `Basic ${Buffer.from("me:pass").toString("base64")}`);
});
