import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { until } from "../../testing/host.ts";
import { wholeHead } from "./answer-head.ts";
import { takesWhole, writeWhole } from "./whole-answer.ts";

type Seen = { whole: number; byNode: number; finished: number; closed: number };

/** A server that answers every request with `body`, as a whole where that may be. */
async function serving(t: TestContext, body: (request: IncomingMessage) => Uint8Array, keepAliveTimeout = 60_000) {
  const seen: Seen = { whole: 0, byNode: 0, finished: 0, closed: 0 };
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    response.once("finish", () => seen.finished++).once("close", () => seen.closed++);
    const bytes = body(request);
    const head = ["content-type", "text/plain", "content-length", bytes.length];
    if (takesWhole(request, response)) {
      seen.whole++;
      writeWhole(response, [wholeHead(head, Date.now()), bytes]);
      return;
    }
    seen.byNode++;
    response.writeHead(200, head);
    response.end(request.method === "HEAD" ? undefined : bytes);
  };
  const server = createServer({ keepAliveTimeout, connectionsCheckingInterval: 100 }, answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, port: (server.address() as AddressInfo).port };
}

/** A client that keeps all it gets. */
function client(t: TestContext, port: number) {
  const socket: Socket = connect(port, "127.0.0.1");
  const got: Buffer[] = [];
  let length = 0;
  let isOver = false;
  socket.on("data", (bytes) => {
    length += bytes.length;
    got.push(bytes);
  });
  socket
    .on("error", () => {})
    .once("close", () => {
      isOver = true;
    });
  t.after(() => socket.destroy());
  return { socket, length: () => length, text: () => Buffer.concat(got).toString("latin1"), isOver: () => isOver };
}

const named = ({ url }: IncomingMessage) => Buffer.from(`<${url}>`);
const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: test\r\n${more}\r\n`;
const bodies = (text: string) => text.match(/<[^>]*>/g) ?? [];

test("a connection stays after a whole answer", async (t) => {
  const { seen, port } = await serving(t, named);
  const { socket, text } = client(t, port);
  for (const path of ["/1", "/2", "/3"]) {
    socket.write(get(path));
    await until(() => bodies(text()).at(-1) === `<${path}>`, "it is answered");
  }
  assert.equal(seen.whole, 3);
});

test("node counts from a whole answer until it lets go of a connection that says nothing more", async (t) => {
  const { seen, port } = await serving(t, named, 1);
  const { socket, text, isOver } = client(t, port);
  socket.write(get("/1"));
  await until(isOver, "the connection is closed");
  assert.deepEqual(bodies(text()), ["</1>"]);
  assert.deepEqual(seen, { whole: 1, byNode: 0, finished: 1, closed: 1 });
});

test("requests sent before their answers are answered in order", async (t) => {
  const { seen, port } = await serving(t, named);
  const { socket, text } = client(t, port);
  const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
  socket.write(paths.map((path) => get(path)).join(""));
  await until(() => bodies(text()).length === paths.length, "all are answered");
  assert.deepEqual(
    bodies(text()),
    paths.map((path) => `<${path}>`),
  );
  await until(() => seen.finished === paths.length, "all have left");
  socket.write(get("/after"));
  await until(() => bodies(text()).at(-1) === "</after>", "one more is answered");
});

test("what node has to decide goes by way of node", async (t) => {
  const { seen, port } = await serving(t, named);
  const closing = client(t, port);
  closing.socket.write(get("/1", "Connection: close\r\n"));
  await until(closing.isOver, "the connection is closed");
  assert.match(closing.text(), /Connection: close.*<\/1>/s);
  const old = client(t, port);
  old.socket.write("GET /2 HTTP/1.0\r\n\r\n");
  await until(old.isOver, "the connection is closed");
  assert.match(old.text(), /<\/2>/);
  const head = client(t, port);
  head.socket.write(get("/3").replace("GET", "HEAD"));
  await until(() => head.text().endsWith("\r\n\r\n"), "the head is there");
  assert.match(head.text(), /content-length: 4\r\n/);
  assert.equal(seen.whole, 0);
  assert.equal(seen.byNode, 3);
});

test("a whole answer has the head that node's would have", async (t) => {
  const { port } = await serving(t, named);
  const fields = (text: string) =>
    text
      .slice(0, text.indexOf("\r\n\r\n"))
      .split("\r\n")
      .map((line) => line.replace(/^(Date): .*/, "$1").replace(/timeout=\d+/, ""));
  const whole = client(t, port);
  whole.socket.write(get("/1"));
  await until(() => bodies(whole.text()).length === 1, "it is answered");
  const byNode = client(t, port);
  byNode.socket.write(get("/1").replace("GET", "HEAD"));
  await until(() => byNode.text().endsWith("\r\n\r\n"), "the head is there");
  assert.deepEqual(fields(whole.text()), fields(byNode.text()));
});

const large = Buffer.alloc(32_000_000, "-"); // more than the kernel holds

test("a slow reader gets all of a whole answer, and the one after it", async (t) => {
  const { seen, port } = await serving(t, (request) => (request.url === "/large" ? large : named(request)));
  const { socket, length, text } = client(t, port);
  socket.pause();
  socket.write(get("/large"));
  await until(() => seen.whole === 1, "it is asked for");
  assert.equal(seen.finished, 0, "it has not left yet");
  socket.write(get("/small"));
  socket.resume();
  await until(() => length() > large.length, "the large one is there");
  await until(() => text().endsWith("</small>"), "the small one is there");
  assert.ok(text().includes(`\r\n\r\n${large}HTTP/1.1 200 OK\r\n`), "all of it, and nothing else before the next");
});

test("a client that leaves in the middle of a whole answer takes nothing with it", async (t) => {
  const { seen, port } = await serving(t, () => large);
  const { socket } = client(t, port);
  socket.pause();
  socket.write(get("/large"));
  await until(() => seen.whole === 1, "it is asked for");
  socket.resetAndDestroy();
  await until(() => seen.closed === 1, "the server knows");
  assert.equal(seen.finished, 0);
  const other = client(t, port);
  other.socket.write(get("/large"));
  await until(() => other.length() > large.length, "another has all of it");
});
