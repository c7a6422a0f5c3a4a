import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { until } from "./peers.ts";
import { startServer } from "./server.ts";

/** Where the API's own description has each type that the console reads. */
const described: Readonly<Record<string, readonly [path: string, method: string, ...inside: string[]]>> = {
  Me: ["/me", "get"],
  Stream: ["/streams/{stream}", "get"],
  Track: ["/streams/{stream}", "get", "tracks"],
  Health: ["/streams/{stream}", "get", "health"],
  Warning: ["/streams/{stream}", "get", "health", "warnings"],
  Ladder: ["/streams/{stream}", "get", "ladder"],
  Rung: ["/streams/{stream}", "get", "ladder", "rungs"],
  FrameAge: ["/streams/{stream}", "get", "age"],
  Audience: ["/audience", "get"],
  ViewerGroup: ["/audience", "get", "groups"],
  Session: ["/sessions", "get", "items"],
  Ban: ["/bans", "get", "items"],
  Revocation: ["/revocations", "get", "items"],
  Revoked: ["/revocations", "post"],
  Webhook: ["/hooks", "get", "items"],
  HookError: ["/hooks", "get", "items", "lastError"],
  HookTest: ["/hooks/{index}/test", "post"],
  DeadLetter: ["/hooks/dead", "get", "items"],
  ServerNode: ["/node", "get"],
  Memory: ["/node", "get", "memory"],
  EventLoop: ["/node", "get", "eventLoop"],
  StreamKey: ["/keys", "post"],
  ApiToken: ["/tokens", "post"],
  Account: ["/accounts", "get", "items"],
  AuditEntry: ["/audit", "get", "items"],
  Verdict: ["/config/check", "post"],
  Problem: ["/config/check", "post", "problems"],
  Difference: ["/config/check", "post", "differences"],
  Applied: ["/config/rollback", "post"],
  Configuration: ["/config", "get"],
  Version: ["/config/versions", "get", "items"],
};
/** Events have a description in words only. */
const undescribed = new Set(["ServerEvent"]);

type Schema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
};
type Document = {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { content: Record<string, { schema: Schema }> }> }>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const plain: Readonly<Record<string, string>> = {
  number: "number",
  integer: "number",
  string: "string",
  boolean: "boolean",
};
const sources = new URL("../packages/console/src/api-types.ts", import.meta.url);

test("what the console reads of the API's answers is what the API says of them", async (t) => {
  const server = await startServer(t, null);
  await until(() => /Sluice is ready/.test(server.output()), "it has told its password");
  const [, password] = /name, password (\S+)/.exec(server.output()) ?? [];
  const authorization = `Basic ${Buffer.from(`any:${password}`).toString("base64")}`;
  const answer = await fetch(`${server.http}/api/v1/openapi.json`, { headers: { authorization } });
  const document = (await answer.json()) as Document;
  const problems = [...typesOf(readFileSync(sources, "utf8"))].flatMap(([name, fields]) => {
    const place = described[name];
    if (!place) return undescribed.has(name) ? [] : [`${name} is not described anywhere`];
    const schema = schemaAt(document, place);
    return schema
      ? fields.flatMap((field) => problemsOf(name, field, schema))
      : [`${name}: there is no ${place.join(" ")}`];
  });
  assert.deepEqual(problems, []);
});

type Field = { readonly name: string; readonly optional: boolean; readonly type: string };

/** The types of a file in which each property has its own line. */
function typesOf(text: string): ReadonlyMap<string, readonly Field[]> {
  const found = Array.from(text.matchAll(/export type (\w+) = \{\n([^}]*)\};/g), ([, name = "", body = ""]) => {
    const fields = Array.from(body.matchAll(/readonly (\w+)(\??): (.+);/g), ([, field = "", mark, type = ""]) => ({
      name: field,
      optional: mark === "?",
      type,
    }));
    return [name, fields] as const;
  });
  return new Map(found);
}

function schemaAt({ paths, components }: Document, [path, method, ...inside]: readonly string[]): Schema | undefined {
  const named = (schema: Schema | undefined) =>
    schema?.$ref === undefined ? schema : components.schemas[schema.$ref.slice("#/components/schemas/".length)];
  let schema = named(paths[path ?? ""]?.[method ?? ""]?.responses["200"]?.content["application/json"]?.schema);
  for (const name of inside) {
    const next: Schema | undefined = named(schema?.properties?.[name]);
    schema = named(next?.items) ?? next;
  }
  return schema;
}

function problemsOf(type: string, field: Field, { properties = {}, required = [] }: Schema): string[] {
  const found = properties[field.name];
  if (!found) return [`${type}.${field.name} is not in the API`];
  if (!field.optional && !required.includes(field.name)) return [`${type}.${field.name} may be absent`];
  if (found.$ref !== undefined) return [];
  const wanted = plain[found.enum ? "string" : (found.type ?? "")];
  const isPlain = Object.values(plain).includes(field.type);
  return isPlain && wanted !== field.type ? [`${type}.${field.name} is ${wanted}, not ${field.type}`] : [];
}
