import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { until } from "../../testing/host.ts";
import { type PlainAnswer, type PlainRequest, together } from "./plain-answer.ts";
import { PlainReader } from "./plain-reader.ts";

type Answer = (request: PlainRequest, response: PlainAnswer) => void;
type Timeouts = { readonly beginMs?: number; readonly keepMs?: number; readonly idleMs?: number };

const named: Answer = ({ url }, response) =>
  response.writeHead(200, ["content-length", url.length + 2]).end(`<${url}>`);

/** A server that reads requests below `/-/` itself, and leaves the others to node, which names them in brackets of another kind. */
async function serving(t: TestContext, answer: Answer = named, timeouts: Timeouts = {}) {
  const seen = { plain: 0, byNode: 0, sockets: [] as Socket[] };
  const server = createServer({ connectionsCheckingInterval: 100 }, async (request, response) => {
    seen.byNode++;
    let body = "";
    for await (const bytes of request) body += bytes;
    response.end(`[${request.method} ${request.url}${body && ` ${body}`}]`);
  });
  const byNode = server.listeners("connection");
  server.removeAllListeners("connection");
  const rules = {
    takes: (url: string) => url.startsWith("/-/"),
    answer: (request: PlainRequest, response: PlainAnswer) => {
      seen.plain++;
      answer(request, response);
    },
    handOver: (socket: Socket) => {
      for (const each of byNode) each.call(server, socket);
    },
    ...{ beginMs: 60_000, keepMs: 60_000, idleMs: 60_000, ...timeouts },
  };
  const reader = new PlainReader(rules, 50);
  server.on("connection", (socket: Socket) => {
    seen.sockets.push(socket.on("error", () => socket.destroy()));
    reader.take(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    reader.close();
    for (const socket of seen.sockets) socket.destroy();
    server.close();
  });
  return { reader, seen, port: (server.address() as AddressInfo).port };
}

/** A client that keeps all it gets. */
function client(t: TestContext, port: number) {
  const socket: Socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const got: Buffer[] = [];
  let isOver = false;
  socket.on("data", (bytes) => void got.push(bytes));
  socket
    .on("error", () => {})
    .on("close", () => {
      isOver = true;
    });
  socket.on("end", () => {
    isOver = true;
  });
  t.after(() => socket.destroy());
  const text = () => Buffer.concat(got).toString("latin1");
  return { socket, text, bodies: () => text().match(/<[^>]*>|\[[^\]]*\]/g) ?? [], isOver: () => isOver };
}

const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: test\r\n${more}\r\n`;

test("documents are answered on one connection, one behind the other, as often as they are asked for", async (t) => {
  const { reader, seen, port } = await serving(t);
  const { socket, bodies } = client(t, port);
  for (const path of ["/-/1", "/-/2", "/-/3"]) {
    socket.write(get(path));
    await until(() => bodies().at(-1) === `<${path}>`, "it is answered");
  }
  socket.write(Array.from({ length: 50 }, (_, index) => get(`/-/${index}`)).join(""));
  await until(() => bodies().length === 53, "all are answered");
  assert.deepEqual(
    bodies().slice(3),
    Array.from({ length: 50 }, (_, index) => `</-/${index}>`),
  );
  assert.deepEqual([seen.plain, seen.byNode, reader.size], [53, 0, 1]);
});

const mixed: Readonly<Record<string, { text: string; answers: string[] }>> = {
  "a page": { text: get("/page"), answers: ["[GET /page]"] },
  "a document, a page and a document": {
    text: get("/-/1") + get("/page") + get("/-/2"),
    answers: ["</-/1>", "[GET /page]", "[GET /-/2]"],
  },
  "a body, and in it what looks like a request": {
    text: `POST /-/a HTTP/1.1\r\nHost: test\r\nContent-Length: ${get("/-/b").length}\r\n\r\n${get("/-/b")}${get("/-/c")}`,
    answers: [`[POST /-/a ${get("/-/b")}]`, "[GET /-/c]"],
  },
  "a document that says it has a body": {
    text: `${get("/-/1")}${get("/-/2", "Content-Length: 3\r\n")}abc${get("/-/3")}`,
    answers: ["</-/1>", "[GET /-/2 abc]", "[GET /-/3]"],
  },
  "a body in chunks behind a document": {
    text: `${get("/-/1")}${get("/-/2", "Transfer-Encoding: chunked\r\n")}3\r\nabc\r\n0\r\n\r\n${get("/-/3")}`,
    answers: ["</-/1>", "[GET /-/2 abc]", "[GET /-/3]"],
  },
};
for (const [name, { text, answers }] of Object.entries(mixed)) {
  test(`what node has to read it gets, and all that follows: ${name}`, async (t) => {
    const { reader, seen, port } = await serving(t);
    const { socket, bodies } = client(t, port);
    socket.write(text);
    await until(() => bodies().length >= answers.length, "all are answered");
    assert.deepEqual(bodies(), answers);
    assert.equal(seen.byNode, answers.filter((each) => each.startsWith("[")).length);
    assert.equal(reader.size, 0);
  });
}

test("wherever the bytes are cut the answers are the same", async (t) => {
  const { port } = await serving(t);
  const text = get("/-/1") + get("/-/2", "Accept: x\r\n") + get("/page");
  const plain = (each: string) => each.replace(/^\[GET (.*)\]$/, "<$1>"); // half a request is node's
  for (let cut = 1; cut < text.length; cut += 3) {
    const { socket, bodies } = client(t, port);
    socket.setNoDelay(true).write(text.slice(0, cut));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(text.slice(cut));
    await until(() => bodies().length === 3, "all are answered");
    assert.deepEqual(bodies().map(plain), ["</-/1>", "</-/2>", "</page>"]);
    socket.destroy();
  }
});

test("garbage, and a request that is none, are node's to refuse", async (t) => {
  const { port } = await serving(t);
  for (const text of ["\x16\x03\x01\x02garbage\r\n\r\n", get("/-/1").replace("Host: test", "Host test")]) {
    const { socket, text: got, isOver } = client(t, port);
    socket.write(text, "latin1");
    await until(isOver, "the connection is closed");
    assert.match(got(), /^HTTP\/1\.1 400 /);
  }
});

test("who says nothing is let go of: before the first request, and after an answer", async (t) => {
  const silent = client(t, (await serving(t, named, { beginMs: 100 })).port);
  await until(silent.isOver, "it is closed");
  assert.equal(silent.text(), "");
  const later = client(t, (await serving(t, named, { keepMs: 100 })).port);
  later.socket.write(get("/-/1"));
  await until(later.isOver, "it is closed");
  assert.deepEqual(later.bodies(), ["</-/1>"]);
});

test("an answer that is still to be made keeps its connection", async (t) => {
  const waiting: PlainAnswer[] = [];
  const { port } = await serving(t, (_, response) => void waiting.push(response), { keepMs: 50 });
  const { socket, bodies } = client(t, port);
  const other = client(t, port);
  socket.write(get("/-/1"));
  other.socket.write(get("/-/2"));
  await until(() => waiting.length === 2, "both are asked for");
  for (const response of waiting.splice(1)) response.end("<2>");
  await until(other.isOver, "the one that was answered, and is silent, is closed");
  waiting[0]?.writeHead(200, { "content-length": 3 }).end("<1>");
  await until(() => bodies().length === 1, "the other is answered");
});

test("a connection whose answer nobody takes is let go of", async (t) => {
  const large: Answer = (_, response) => response.whole([Buffer.alloc(32_000_000)]);
  const { port, seen } = await serving(t, large, { idleMs: 200 });
  const { socket } = client(t, port);
  socket.pause();
  socket.write(get("/-/1"));
  await until(() => seen.plain === 1 && seen.sockets[0]?.destroyed === true, "it is closed");
});

test("what is sent before the answer is held in a small piece only", async (t) => {
  const waiting: PlainAnswer[] = [];
  const { port, seen } = await serving(t, (_, response) => void waiting.push(response));
  const { socket, bodies } = client(t, port);
  const flood = get("/-/x").repeat(100_000);
  socket.write(flood);
  await until(() => waiting.length === 1 && seen.sockets[0]?.isPaused() === true, "it is held back");
  assert.ok((seen.sockets[0]?.bytesRead ?? 0) < 300_000, `${seen.sockets[0]?.bytesRead} bytes have been read`);
  waiting[0]?.end("<1>");
  await until(() => waiting.length === 2, "the next is asked for");
  assert.deepEqual(bodies(), ["<1>"]);
});

test("who has ended their side gets the answer, and then the end", async (t) => {
  const { port } = await serving(t);
  const { socket, bodies, isOver } = client(t, port);
  socket.end(get("/-/1"));
  await until(isOver, "the connection is closed");
  assert.deepEqual(bodies(), ["</-/1>"]);
});

test("who has ended their side after several requests gets all their answers, at once or later", async (t) => {
  const later: Answer = (request, response) => void setImmediate(() => named(request, response));
  const whole: Answer = ({ url }, response) =>
    response.whole([
      Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${url.length + 2}\r\n\r\n`),
      Buffer.from(`<${url}>`),
    ]);
  for (const answer of [named, later, whole]) {
    const { port } = await serving(t, answer);
    const { socket, bodies, isOver } = client(t, port);
    socket.end(get("/-/1") + get("/-/2") + get("/-/3"));
    await until(isOver, "the connection is closed");
    assert.deepEqual(bodies(), ["</-/1>", "</-/2>", "</-/3>"]);
  }
});

test("answers that are given together leave before anything comes of it, whatever becomes of one", async (t) => {
  const order: string[] = [];
  const waiting: PlainAnswer[] = [];
  const { port } = await serving(t, ({ url }, response) => {
    order.push(url);
    waiting.push(response);
  });
  const clients = [client(t, port), client(t, port)];
  for (const [index, { socket }] of clients.entries()) {
    socket.write(get(`/-/${index}`) + get("/-/next"));
    await until(() => waiting.length === index + 1, "it is asked for");
  }
  const give = (response: PlainAnswer) => {
    response.whole([Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n<1>")]);
    order.push("given");
  };
  const giveAll = () => {
    for (const response of waiting.splice(0)) give(response);
    throw new Error("and then something fails");
  };
  assert.throws(() => together(giveAll), /something fails/);
  assert.deepEqual(order, ["/-/0", "/-/1", "given", "given", "/-/next", "/-/next"]);
  for (const response of waiting) give(response);
  for (const { bodies } of clients) await until(() => bodies().length === 2, "both requests are answered");
});

test("an answer hears that its client has left", async (t) => {
  let closed = 0;
  const answers: PlainAnswer[] = [];
  const { reader, port } = await serving(t, (_, response) => {
    answers.push(response);
    response.once("close", () => closed++);
  });
  const { socket } = client(t, port);
  socket.write(get("/-/1"));
  await until(() => answers.length === 1, "it is asked for");
  socket.resetAndDestroy();
  await until(() => closed === 1 && reader.size === 0, "the server knows");
  assert.equal(answers[0]?.destroyed, true);
  answers[0]?.end("too late");
});

test("a body without a length comes in chunks, and the connection stays", async (t) => {
  const { port } = await serving(t, ({ url }, response) => {
    response.setHeader("x-a", "b").write("<one");
    response.write("");
    response.write(Buffer.from(" two"));
    response.end(` ${url}>`);
  });
  const first = await fetch(`http://127.0.0.1:${port}/-/1`);
  assert.equal(first.headers.get("x-a"), "b");
  assert.equal(first.headers.get("transfer-encoding"), "chunked");
  assert.equal(await first.text(), "<one two /-/1>");
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/-/2`)).text(), "<one two /-/2>");
});

test("304 has no body, and a header that would end early is refused", async (t) => {
  const { port } = await serving(t, ({ url }, response) => {
    if (url === "/-/1") return void response.writeHead(304, { etag: '"a"' }).end();
    assert.throws(() => response.writeHead(200, { location: "a\r\nb: c" }), /a header cannot hold this/);
    response.writeHead(200).end("<fine>");
  });
  const { socket, text, bodies } = client(t, port);
  socket.write(get("/-/1") + get("/-/2"));
  await until(() => bodies().length === 1, "both are answered");
  assert.match(
    text(),
    /^HTTP\/1\.1 304 Not Modified\r\netag: "a"\r\nDate: .*\r\nConnection: keep-alive\r\nKeep-Alive: timeout=15\r\n\r\nHTTP\/1\.1 200 OK\r\nTransfer/,
  );
});
