import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { type AmfObject, encodeAmf0 } from "@sluice/media";
import fc from "fast-check";
import { connection } from "../testing/connection.ts";
import { ClientConnection, type ClientEvent } from "./client-connection.ts";
import { encodeCommand } from "./command.ts";
import type { Message } from "./message.ts";
import { type ReconnectRequest, reconnectMessage, resolveTcUrl, tcUrlFor } from "./reconnect.ts";
import { ServerConnection } from "./server-connection.ts";

const code = "NetConnection.Connect.ReconnectRequest";
const connected = (more: AmfObject = {}) => {
  const made = connection();
  made.connect({ app: "live", tcUrl: "rtmp://old.example/live", ...more });
  return made;
};

const plain = ({ body, ...head }: Message) => ({ ...head, body: Buffer.from(body) });

test("the request is an onStatus on stream 0 without a transaction, in the specification's own words", () => {
  const { body, type, streamId, timestampMs } = reconnectMessage({
    tcUrl: "rtmp://foo.mydomain.com:1935/realtimeapp",
    description: "The streaming server is undergoing updates.",
  });
  assert.deepEqual([type, streamId, timestampMs], [20, 0, 0]);
  assert.deepEqual(
    body,
    encodeAmf0("onStatus", 0, null, {
      level: "status",
      code,
      tcUrl: "rtmp://foo.mydomain.com:1935/realtimeapp",
      description: "The streaming server is undergoing updates.",
    }),
  );
  assert.deepEqual(reconnectMessage({}).body, encodeAmf0("onStatus", 0, null, { level: "status", code }));
});

const announcements: { name: string; capsEx: AmfObject; able: boolean }[] = [
  { name: "bit 0", capsEx: { capsEx: 1 }, able: true },
  { name: "bit 0 among others", capsEx: { capsEx: 15 }, able: true },
  { name: "only other bits", capsEx: { capsEx: 14 }, able: false },
  { name: "no number", capsEx: { capsEx: "1" }, able: false },
  { name: "what is no number", capsEx: { capsEx: Number.NaN }, able: false },
  { name: "nothing", capsEx: {}, able: false },
];

for (const { name, capsEx, able } of announcements) {
  test(`a client that announces ${name} is ${able ? "" : "not "}asked`, () => {
    const { server, sent } = connected(capsEx);
    assert.equal(server.reconnects, able);
    const before = sent.length;
    assert.equal(server.requestReconnect({ tcUrl: "/other" }), able);
    assert.deepEqual(sent.slice(before).map(plain), able ? [plain(reconnectMessage({ tcUrl: "/other" }))] : []);
  });
}

test("nobody is asked before it is let in", () => {
  const { server, connect } = connection({ answersConnect: true });
  connect({ app: "live", tcUrl: "rtmp://h/live", capsEx: 1 });
  assert.equal(server.requestReconnect({}), false);
  server.acceptConnect();
  assert.equal(server.requestReconnect({}), true);
});

test("a server that is asked itself does nothing", () => {
  const { server, send, events, sent } = connected();
  const before = [events.length, sent.length];
  send(reconnectMessage({ tcUrl: "rtmp://evil.example/live" }), reconnectMessage({}));
  send(encodeCommand(1, "onStatus", 0, null, { level: "status", code }));
  assert.deepEqual([events.length, sent.length], before);
  assert.equal(server.ignored, 0);
});

/** RFC 3986, 5.4, and the examples of Enhanced RTMP v2. */
const resolved: [base: string, reference: string, whole: string][] = [
  ["rtmp://old.example/live", "rtmp://foo.mydomain.com:1935/realtimeapp", "rtmp://foo.mydomain.com:1935/realtimeapp"],
  ["rtmp://old.example/live", "rtmp://127.0.0.1/realtimeapp", "rtmp://127.0.0.1/realtimeapp"],
  ["rtmp://old.example/live", "//192.0.2.0/realtimeapp", "rtmp://192.0.2.0/realtimeapp"],
  ["rtmps://old.example:443/live?a=b", "//new.example:8443/app", "rtmps://new.example:8443/app"],
  ["rtmp://old.example:1936/live?key=1", "/realtimeapp", "rtmp://old.example:1936/realtimeapp"],
  ["rtmp://old.example/live", "RTMPS://new.example/live", "RTMPS://new.example/live"],
  ["rtmp://old.example/live/sub", "other", "rtmp://old.example/live/other"],
  ["rtmp://old.example/live/sub", "../other", "rtmp://old.example/other"],
  ["rtmp://old.example/live/sub", "../../../other", "rtmp://old.example/other"],
  ["rtmp://old.example/live/sub", "./", "rtmp://old.example/live/"],
  ["rtmp://old.example/live/sub", "..", "rtmp://old.example/"],
  ["rtmp://old.example", "other", "rtmp://old.example/other"],
  ["rtmp://old.example/live", "?key=2", "rtmp://old.example/live?key=2"],
  ["rtmp://old.example/live?key=1", "", "rtmp://old.example/live?key=1"],
  ["rtmp://[2001:db8::1]:1935/live", "/app", "rtmp://[2001:db8::1]:1935/app"],
  ["rtmp://old.example/live", "rtmp://new.example/live#part", "rtmp://new.example/live"],
];

for (const [base, reference, whole] of resolved)
  test(`from ${base}, ${reference || "nothing"} is ${whole}`, () => assert.equal(resolveTcUrl(base, reference), whole));

test("any two texts make a text, and what is absolute stays what it is", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (base, reference) => typeof resolveTcUrl(base, reference) === "string"),
  );
  const absolute = fc.constantFrom("rtmp://a/b", "rtmps://[::1]:1/c/d?e");
  fc.assert(fc.property(fc.string(), absolute, (base, whole) => resolveTcUrl(base, whole) === whole));
});

test("a target that is a host and nothing more keeps each client's own app", () => {
  assert.equal(tcUrlFor("rtmp://new.example", "rtmp://old.example/live?key=1"), "rtmp://new.example/live?key=1");
  assert.equal(tcUrlFor("//new.example:1936/", "rtmps://old.example/a/b"), "//new.example:1936/a/b");
  assert.equal(tcUrlFor("rtmp://new.example/other", "rtmp://old.example/live"), "rtmp://new.example/other");
  assert.equal(tcUrlFor("/other", "rtmp://old.example/live"), "/other");
  const noUrl = connection();
  assert.equal(noUrl.server.requestReconnect({}), false);
  noUrl.connect({ app: "live", capsEx: 1 });
  noUrl.server.requestReconnect({ tcUrl: "rtmp://new.example" });
  assert.deepEqual(noUrl.sent.slice(-1).map(plain), [plain(reconnectMessage({ tcUrl: "rtmp://new.example/live" }))]);
});

/** Our client and our server, wire to wire. */
function pair() {
  const told: ClientEvent[] = [];
  const [toServer, toClient]: [Uint8Array[], Uint8Array[]] = [[], []];
  const server = new ServerConnection({
    random: randomBytes,
    send: (bytes) => void toClient.push(bytes),
    emit: () => {},
  });
  const client = new ClientConnection({
    capabilities: { capsEx: 1 },
    random: randomBytes,
    send: (bytes) => void toServer.push(bytes),
    emit: (event) => void told.push(event),
    app: "live",
    tcUrl: "rtmp://old.example/live",
  });
  const flow = () => {
    while (toServer.length + toClient.length > 0) {
      for (const bytes of toServer.splice(0)) server.receive(bytes);
      for (const bytes of toClient.splice(0)) client.receive(bytes);
    }
  };
  flow();
  return { server, told, flow };
}

const asked: { name: string; request: ReconnectRequest; tcUrl: string; description: string }[] = [
  {
    name: "with an address",
    request: { tcUrl: "rtmps://new.example/live", description: "updates" },
    tcUrl: "rtmps://new.example/live",
    description: "updates",
  },
  {
    name: "relative to its own",
    request: { tcUrl: "//new.example/app" },
    tcUrl: "rtmp://new.example/app",
    description: "",
  },
  { name: "with a host alone", request: { tcUrl: "//new.example" }, tcUrl: "rtmp://new.example/live", description: "" },
  { name: "to come back", request: {}, tcUrl: "rtmp://old.example/live", description: "" },
];

for (const { name, request, tcUrl, description } of asked)
  test(`our client that is asked ${name} tells its host the whole address`, () => {
    const { server, told, flow } = pair();
    assert.equal(server.requestReconnect(request), true);
    flow();
    assert.deepEqual(told.at(-1), { kind: "reconnect", tcUrl, description });
  });
