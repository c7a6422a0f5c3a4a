import assert from "node:assert/strict";
import test from "node:test";
import { plainHead, plainHeaders } from "./plain-head.ts";

const read = (text: string) => {
  const head = plainHead(Buffer.from(text, "latin1"));
  return head && plainHeaders(head.fields) && head;
};
const request = (first: string, ...fields: string[]) => `${[first, ...fields].join("\r\n")}\r\n\r\n`;
const get = "GET /live/a/-/t/v0.m3u8?x=1 HTTP/1.1";

test("a plain request is read, its names in small letters, its values without the blanks around them", () => {
  const text = request(get, "Host: a", "User-Agent:  Player 1.0\t", "ACCEPT:", "Connection: Keep-Alive");
  const head = plainHead(Buffer.from(`${text}GET /next`));
  assert.ok(head);
  assert.equal(head.url, "/live/a/-/t/v0.m3u8?x=1");
  assert.equal(head.length, text.length);
  const expected = { host: "a", "user-agent": "Player 1.0", accept: "", connection: "Keep-Alive" };
  assert.deepEqual({ ...plainHeaders(head.fields) }, expected);
});

const others: Readonly<Record<string, string>> = {
  "half a head": `${get}\r\nHost: a\r\n`,
  "an empty line in front": `\r\n${request(get, "Host: a")}`,
  "another method": request(get.replace("GET", "POST"), "Host: a"),
  HEAD: request(get.replace("GET", "HEAD"), "Host: a"),
  "a method in small letters": request(get.replace("GET", "get"), "Host: a"),
  "HTTP/1.0": request(get.replace("1.1", "1.0"), "Host: a"),
  "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "no version": request("GET /live/a/-/t/v0.m3u8", "Host: a"),
  "a whole URL": request("GET http://a/-/b HTTP/1.1", "Host: a"),
  "two blanks": request("GET  /-/b HTTP/1.1", "Host: a"),
  "a blank in the URL": request("GET /-/b c HTTP/1.1", "Host: a"),
  "a tab in the URL": request("GET /-/b\tc HTTP/1.1", "Host: a"),
  "eight bits in the URL": request("GET /-/\xe4 HTTP/1.1", "Host: a"),
  "a lonely LF behind the first line": `${get}\nHost: a\r\n\r\n`,
  "a lonely LF behind a header": `${get}\r\nHost: a\nX: b\r\n\r\n`,
  "a lonely CR in a header": request(get, "Host: a", "X: b\rContent-Length: 5"),
  "a zero in a header": request(get, "Host: a", "X: \0"),
  "eight bits in a header": request(get, "Host: a", "X: \xe4"),
  "a folded line": request(get, "Host: a", "X: b", " c"),
  "a blank before the colon": request(get, "Host: a", "X : b"),
  "no name": request(get, "Host: a", ": b"),
  "no colon": request(get, "Host: a", "X"),
  "no host": request(get, "X: b"),
  "no headers": request(get),
  "an empty host": request(get, "Host: "),
  "two hosts": request(get, "Host: a", "host: b"),
  "a name that comes twice": request(get, "Host: a", "Range: bytes=0-1", "Range: bytes=2-3"),
  "a body": request(get, "Host: a", "Content-Length: 4"),
  "a body of no length": request(get, "Host: a", "Content-Length: 0"),
  "a body in chunks": request(get, "Host: a", "Transfer-Encoding: chunked"),
  "a name that an object has anyway": request(get, "Host: a", "__proto__: b", "__proto__: c"),
  "a connection that ends": request(get, "Host: a", "Connection: close"),
  "a connection that becomes another": request(get, "Host: a", "Connection: Upgrade", "Upgrade: websocket"),
  "a name for the connection alone": request(get, "Host: a", "Connection: keep-alive, x"),
  "a question before the body": request(get, "Host: a", "Expect: 100-continue"),
  "too many headers": request(get, "Host: a", ...Array.from({ length: 100 }, (_, index) => `X-${index}: b`)),
  "too long a head": request(get, "Host: a", `X: ${"b".repeat(16 * 1024)}`),
};
for (const [name, text] of Object.entries(others)) {
  test(`node reads a request with ${name}`, () => assert.equal(read(text), undefined));
}

test("blanks without an end take no time", () => {
  const before = performance.now();
  assert.ok(read(request(get, "Host: a", `X: b${" ".repeat(16_000)}c`)));
  assert.ok(performance.now() - before < 1_000);
});

test("who says the same as another has the same headers, and nobody those of another", () => {
  const fields = (agent: string) => `Host: a\r\nUser-Agent: ${agent}\r\n`;
  const one = plainHeaders(fields("one"));
  assert.equal(plainHeaders(fields("one")), one);
  // More than are remembered.
  const agents = Array.from({ length: 600 }, (_, index) => `agent ${index}`);
  for (const agent of [...agents, ...agents]) assert.equal(plainHeaders(fields(agent))?.["user-agent"], agent);
  assert.deepEqual({ ...plainHeaders(fields("one")) }, { host: "a", "user-agent": "one" });
});
