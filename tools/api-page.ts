import {
  type ApiDocument,
  type ApiOperation,
  type ApiParameter,
  type ApiSchema,
  answerOf,
  apiDocument,
  operationsOf,
} from "./api-document.ts";
import { curlOf } from "./api-example.ts";
import { fieldsOf, kindText, type Named } from "./api-words.ts";

type Listed = ReturnType<typeof operationsOf>[number];

/** docs/api.md: every operation of the HTTP API and what it takes and answers, read off its OpenAPI document. */
export async function apiPage(): Promise<string> {
  const document = await apiDocument();
  const all = operationsOf(document);
  const tagOf = ({ operation }: Listed) => operation.tags[0] ?? "";
  const groups = [...new Set(all.map(tagOf))].map((tag) => all.filter((each) => tagOf(each) === tag));
  const operations = groups.flat();
  const parts = groups.flatMap((group) => [
    ...group.slice(0, 1).map((each) => `## /${tagOf(each)}`),
    ...group.flatMap((each) => section(document, each)),
  ]);
  return `${[introduction, overview(operations), everywhere(document, operations), ...parts, ...shapes(document)].join("\n\n")}\n`;
}

const introduction = `# The HTTP API

This page is made from the program by \`npm run docs\`; do not edit it.

JSON under \`/api/v1\`, on the HTTP and HTTPS ports. What follows is also served as OpenAPI 3.1, by the server itself:
\`/api/v1/openapi.json\`. [The command line](cli.md) and the console use nothing else. How to begin with it is told under
[Operate](operate.md#the-api).

**Who asks** is shown by HTTP Basic (an account's name and password, or any name and the password of the configuration),
by an API token in \`Authorization: Bearer …\`, or by the cookie that \`sign-in\` answers with; changes that come with the
cookie have to show what \`csrf\` says as well, in the header \`Sluice-CSRF\`. Each operation needs a role, \`viewer\`,
\`operator\` or \`owner\`, of which each may what those before it may; a token is for some scopes, and the operation's has
to be among them. Every change is noted in the [audit log](#get-audit).

**Bodies** are JSON with \`Content-Type: application/json\`, of at most 64 KiB. What is not described here is refused, in a
body as in a query. Answers may get further fields with time; take no notice of those that you do not know. Times are
in milliseconds since 1970.

**Lists** with a \`next\` in their answer come in pieces: ask again with \`after\` (of the audit log, \`before\`) set to it.

**Errors** are problem documents, [\`Problem\`](#shape-problem), with a [stable code](errors.md#http-answers).

**In TypeScript** \`packages/api\` has all of this as types, made from the same document:

\`\`\`ts
import { apiOver } from "@sluice/api";

const api = apiOver(async ({ method, path, body }) => {
  const response = await fetch(\`http://127.0.0.1:8080/api/v1/\${path}\`, {
    method,
    headers: { authorization: \`Bearer \${token}\`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.status === 204 ? undefined : response.json();
});
const { items } = await api("GET /sessions", { query: { stream: "live/test", limit: 100 } });
\`\`\``;

function overview(operations: readonly Listed[]): string {
  const rows = operations.map(
    (each) =>
      `| [\`${titleOf(each)}\`](#${anchorOf(each)}) | ${cell(each.operation.summary)} | ${needs(each.operation)} |`,
  );
  return ["## Overview", "", "| operation | what for | role, and scope |", "|---|---|---|", ...rows].join("\n");
}

function everywhere({ components }: ApiDocument, operations: readonly Listed[]): string {
  const rows = statusesOfAll(operations).map(
    (status) => `| ${status} | ${components.responses[`Problem${status}`]?.description ?? ""} |`,
  );
  return ["These answers may come from every operation:", "", "| status | meaning |", "|---|---|", ...rows].join("\n");
}

function statusesOfAll(operations: readonly Listed[]): string[] {
  const [first, ...others] = operations.map(({ operation }) => refusals(operation));
  return (first ?? []).filter((status) => others.every((each) => each.includes(status)));
}

function refusals({ responses }: ApiOperation): string[] {
  return Object.keys(responses).filter((status) => Number(status) >= 400);
}

function section(document: ApiDocument, each: Listed): string[] {
  const { operation } = each;
  const answer = answerOf(operation);
  const body = operation.requestBody?.content["application/json"]?.schema;
  const common = statusesOfAll(operationsOf(document));
  const own = refusals(operation).filter((status) => !common.includes(status));
  const said = own.map((status) => `${status} (${document.components.responses[`Problem${status}`]?.description})`);
  return [
    `### \`${titleOf(each)}\``,
    `${sentence(operation.summary)} Needs: ${needs(operation)}.`,
    ...(operation.parameters.length > 0 ? [table("parameter", operation.parameters.map(parameterOf))] : []),
    ...(body ? ["The body:", table("field", fieldsOf(body))] : []),
    ...answered(answer?.schema, answer?.event),
    ...(said.length > 0 ? [`Besides: ${said.join(", ")}.`] : []),
    `\`\`\`sh\n${curlOf(each)}\n\`\`\``,
  ];
}

function answered(schema: ApiSchema | undefined, event: ApiSchema | undefined): string[] {
  if (event) return [`Answers with server-sent events; the \`data\` of each is ${kindText(event)}.`];
  if (!schema) return ["Answers with nothing (204)."];
  return schema.properties ? ["The answer:", table("field", fieldsOf(schema))] : [`Answers with ${kindText(schema)}.`];
}

function parameterOf({ name, in: place, required, description, schema }: ApiParameter): Named {
  const text = [place === "path" ? "in the path" : "", description ?? ""].filter((each) => each !== "").join(": ");
  return { name, required, schema, description: text };
}

function table(what: string, fields: readonly Named[]): string {
  const rows = fields.map(
    ({ name, required, schema, description }) =>
      `| \`${name}\`${required ? "" : " ?"} | ${cell(kindText(schema))} | ${cell(description)} |`,
  );
  return [`| ${what} | is | meaning |`, "|---|---|---|", ...rows].join("\n");
}

function shapes({ components }: ApiDocument): string[] {
  const parts = Object.entries(components.schemas)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, schema]) => [`### Shape: ${name}`, ...shape(schema)]);
  return ["## Shapes", "What is marked with `?` may be absent.", ...parts];
}

function shape(schema: ApiSchema): string[] {
  const { description, properties, anyOf } = schema;
  const said = description === undefined ? [] : [sentence(description)];
  if (properties) return [...said, table("field", fieldsOf(schema))];
  if (!anyOf) return [...said, `${sentence(kindText(schema))}`];
  return [
    ...said,
    ...anyOf.flatMap((each) => [sentence(each.description ?? kindText(each)), table("field", fieldsOf(each))]),
  ];
}

function titleOf({ method, path }: Listed): string {
  return `${method} ${path}`;
}

/** As code hosts make it of a heading. */
function anchorOf(each: Listed): string {
  return titleOf(each)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");
}

function needs({ "x-role": role, "x-scope": scope }: ApiOperation): string {
  return role === "anyone" ? "nothing" : `\`${role}\`, \`${scope}\``;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
