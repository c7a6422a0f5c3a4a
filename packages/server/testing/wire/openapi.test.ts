import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import { Value } from "typebox/value";
import { until } from "../host.ts";
import {
  closed,
  documentProblems,
  inlined,
  type OpenApiDocument,
  type Operation,
  operationsOf,
  resolved,
} from "../openapi-document.ts";
import { player, publisher } from "../peer.ts";
import { awkwardText, fitting, type JsonSchema, type Known, odd } from "../schema-values.ts";
import { operatorOf } from "../whole-operator.ts";
import { wholeServer } from "../whole-server.ts";
import { bodies } from "../wire-bytes.ts";

const codes = new Set(
  Array.from(
    readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8").matchAll(
      /^\| `([a-z0-9-]+\/[a-z0-9-]+)`/gm,
    ),
    ([, code]) => code,
  ),
);
const runs = 25;
const mostIds = 5;

type Asked = { readonly method: string; readonly path: string; readonly body?: string; readonly type?: string };
/** Ids that are there, and what other things are called. */
type Named = { readonly ids: readonly string[]; readonly known: Known };
type Answer = { readonly status: number; readonly type: string; readonly text: string };

/** A server with a stream, who publishes and who watches it, and one of everything that the API names by an id; asked by an owner with an API token. */
async function filled(t: TestContext) {
  const server = await wholeServer(t, "auth: open");
  const source = await publisher(server.rtmp, "cam", undefined, { capsEx: 1 });
  const viewer = await player(server.rtmp, "cam");
  t.after(() => [source, viewer].forEach(({ socket }) => void socket.destroy()));
  source.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF]);
  await until(() => viewer.media(9).length > 0, "the viewer has a picture");
  const api = await operatorOf(server);
  const password = "a-long-password";
  for (const name of ["asker", "other"]) await api.post("accounts", { name, password, role: "owner" });
  const basic = `Basic ${Buffer.from(`asker:${password}`).toString("base64")}`;
  const post = async (path: string, body: object, authorization = basic) => {
    const asked = { method: "POST", path: `/${path}`, body: JSON.stringify(body), type: "application/json" };
    const { status, text } = await ask(server.http, asked, authorization);
    assert.equal(status, 200, text);
    return JSON.parse(text) as { id: string; secret?: string };
  };
  const scopes = ["read", "sessions", "keys", "bans", "accounts", "audit", "config"];
  const { secret, id: own } = await post("tokens", { label: "asker", scopes });
  const authorization = `Bearer ${secret}`;
  await post("tokens", { label: "spare", scopes });
  await post("keys", { app: "live", stream: "cam*" });
  await post("bans", { address: "192.0.2.7" });
  const { text, revision } = await api.get<{ text: string; revision: string }>("config");
  await api.post("config", { text: `${text}\n# once more\n` });
  const { items } = await api.get<{ items: { id: string; name: string }[] }>("accounts");
  const self = [own, items.find(({ name }) => name === "asker")?.id];
  const known = {
    ...{ name: ["asker"], password: [password], current: [password], revision: [revision], text: [text] },
    ...{
      app: ["live"],
      stream: ["cam*"],
      address: ["198.51.100.0/24"],
      path: [["apps", "live", "hold"]],
      value: ["20s"],
    },
  };
  return { http: server.http, lines: server.lines, authorization, known, self };
}

/** Asks with the path as it is; of what never ends, the beginning. */
async function ask(port: number, { method, path, body, type }: Asked, authorization: string): Promise<Answer> {
  const asked = request({
    ...{ host: "127.0.0.1", port, method, path: `/api/v1${path}`, agent: false },
    headers: { authorization, ...(type === undefined ? {} : { "content-type": type }) },
  }).end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const answered = { status: response.statusCode ?? 0, type: String(response.headers["content-type"]) };
  if (answered.type === "text/event-stream") {
    response.destroy();
    return { ...answered, text: "" };
  }
  let text = "";
  for await (const piece of response) text += piece;
  return { ...answered, text };
}

function schemaOf(
  content: Readonly<Record<string, { readonly schema: JsonSchema }>> | undefined,
): JsonSchema | undefined {
  return content?.["application/json"]?.schema;
}

/** What an operation may be asked: what it describes, what it does not, and what nobody would ask. */
function questions(method: string, path: string, operation: Operation, { ids, known }: Named): fc.Arbitrary<Asked> {
  const parts = path.split("/").map((part) => {
    if (!part.startsWith("{")) return fc.constant(part);
    return fc
      .oneof({ weight: 2, arbitrary: fc.constantFrom(...ids) }, awkwardText)
      .map((text) => encodeURIComponent(text));
  });
  const query = operation.parameters.filter((each) => each.in === "query");
  const values = query.map(({ name, schema }) =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fitting(schema).map((value) => [[name, String(value)]]) },
      awkwardText.map((value) => [[name, value]]),
    ),
  );
  const unknown = fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    fc.tuple(awkwardText, awkwardText).map((pair) => [pair]),
  );
  const schema = schemaOf(operation.requestBody?.content);
  return fc.record({
    method: fc.constant(method),
    path: fc
      .tuple(fc.tuple(...parts), fc.tuple(...values, unknown))
      .map(([found, pairs]) => [found.join("/"), new URLSearchParams(pairs.flat() as string[][]).toString()])
      .map(([found = "", search = ""]) => (search === "" ? found : `${found}?${search}`)),
    ...(schema ? { body: bodiesFor(schema, known), type: fc.constant("application/json") } : {}),
  });
}

function bodiesFor(schema: JsonSchema, known: Known): fc.Arbitrary<string> {
  const right = fitting(schema, known).map((value) => JSON.stringify(value));
  const cut = right.map((text) => text.slice(0, -1));
  const wrong = odd(schema).map((value) => JSON.stringify(value));
  return fc.oneof({ weight: 4, arbitrary: right }, { weight: 3, arbitrary: wrong }, cut);
}

/** What is wrong with an answer, judged by the document alone. */
function problemsOf(document: OpenApiDocument, operation: Operation, { status, type, text }: Answer): string[] {
  const described = operation.responses[status];
  if (!described) return [`${status} is not described: ${text}`];
  const { content } = described;
  if (!content) return text === "" ? [] : [`there is a body: ${text}`];
  if (!content[type]) return [`${type} is not described`];
  if (type === "text/event-stream") return [];
  const value: unknown = JSON.parse(text);
  if (status >= 400) return refusalProblems(document, status, value);
  // An answer has nothing in it that is not described.
  const schema = closed(schemaOf(content) ?? {});
  return [...Value.Errors(schema, value)].map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function refusalProblems(document: OpenApiDocument, status: number, value: unknown): string[] {
  const schema = resolved(document, "#/components/schemas/Problem") as JsonSchema;
  const { code, status: said } = value as { code?: string; status?: number };
  return [
    ...[...Value.Errors(schema, value)].map(({ instancePath, message }) => `${instancePath} ${message}`),
    ...(said === status ? [] : [`it says ${said}`]),
    ...(codes.has(code ?? "") ? [] : [`${code} is not in docs/errors.md`]),
  ];
}

/** What makes comes before what reads by a name, and what ends everything comes last. */
function turnOf({ method, path }: { readonly method: string; readonly path: string }): number {
  if (path.endsWith("/reconnect")) return 3;
  if (path === "/node/drain" && method === "POST") return 6;
  if (method === "DELETE") return path.startsWith("/streams") ? 5 : 4;
  return ["GET", "POST"].includes(method) && !path.includes("{") ? 1 : 2;
}

type Item = { readonly id?: unknown; readonly path?: unknown };

function idsIn({ text, type }: Answer): string[] {
  if (type !== "application/json") return [];
  const answer = (JSON.parse(text) ?? {}) as Item & { readonly items?: readonly Item[] };
  return [answer, ...(answer.items ?? [])].flatMap(({ id, path }) =>
    [id ?? path].filter((each) => typeof each === "string"),
  );
}

test("the API describes itself in OpenAPI 3.1, and does what it says whatever it is asked", async (t) => {
  const { http, lines, authorization, known, self } = await filled(t);
  const described = await ask(http, { method: "GET", path: "/openapi.json" }, authorization);
  const document = JSON.parse(described.text) as OpenApiDocument;
  assert.deepEqual(documentProblems(document), []);
  const whole = inlined(document, document) as OpenApiDocument;
  const operations = operationsOf(whole).sort((a, b) => turnOf(a) - turnOf(b));
  assert.ok(operations.length > 30);
  const done = new Set<string>();
  const found = new Map<string, string[]>();
  for (const { method, path, operation } of operations) {
    const list = path.replace(/\/\{.*/, "");
    const ids = found.get(list) ?? [];
    found.set(list, ids);
    await fc.assert(
      fc.asyncProperty(questions(method, path, operation, { ids: [...ids, "1"], known }), async (asked) => {
        const answer = await ask(http, asked, authorization);
        assert.deepEqual(problemsOf(whole, operation, answer), [], `${method} ${asked.path}`);
        if (answer.status >= 300) return;
        done.add(operation.operationId);
        if (ids.length < mostIds) ids.push(...idsIn(answer).filter((id) => !self.includes(id)));
      }),
      { numRuns: runs, endOnFailure: true },
    );
  }
  assert.ok(done.size > operations.length * 0.8, `what always fails is not tested: only ${[...done].join()} did not`);
  assert.deepEqual(
    lines.filter((line) => /"level":"error"/.test(line)),
    [],
  );
});
