import { Type } from "typebox";
import { Value } from "typebox/value";
import type { JsonSchema } from "./schema-values.ts";

export type Parameter = { readonly name: string; readonly in: "path" | "query"; readonly schema: JsonSchema };
type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;
export type Operation = {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content; readonly $ref?: string }>>;
};
export type OpenApiDocument = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

const strict = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1 });
const optional = Type.Optional;
const mediaTypes = Type.Record(
  Type.String({ pattern: "^[a-z]+/[a-z+-]+$" }),
  Type.Object({ schema: Type.Unknown(), "x-event": optional(Type.Unknown()) }, strict),
);
const response = Type.Object({ description: text, content: optional(mediaTypes) }, strict);
const reference = Type.Object({ $ref: Type.String({ pattern: "^#/" }) }, strict);
const parameter = Type.Object(
  {
    name: text,
    in: Type.Enum(["path", "query"]),
    required: Type.Boolean(),
    description: optional(text),
    schema: Type.Object({}),
  },
  strict,
);
const operation = Type.Object(
  {
    operationId: Type.String({ pattern: "^[a-z][A-Za-z0-9]*$" }),
    summary: text,
    tags: Type.Array(text),
    parameters: Type.Array(parameter),
    requestBody: optional(Type.Object({ required: Type.Boolean(), content: mediaTypes }, strict)),
    responses: Type.Record(Type.String({ pattern: "^[1-5]\\d\\d$" }), Type.Union([response, reference]), {
      minProperties: 1,
    }),
    security: Type.Array(Type.Record(Type.String(), Type.Array(Type.String()))),
    "x-role": text,
    "x-scope": text,
  },
  strict,
);
const scheme = Type.Union([
  Type.Object({ type: Type.Literal("http"), scheme: Type.Enum(["bearer", "basic"]), description: text }, strict),
  Type.Object(
    { type: Type.Literal("apiKey"), in: Type.Enum(["cookie", "header", "query"]), name: text, description: text },
    strict,
  ),
]);

/** What of OpenAPI 3.1 (4.8) the document uses, and nothing besides. */
const documentShape = Type.Object(
  {
    openapi: Type.String({ pattern: "^3\\.1\\.\\d+$" }),
    info: Type.Object(
      { title: text, version: text, description: text, license: Type.Object({ name: text, identifier: text }, strict) },
      strict,
    ),
    servers: Type.Array(Type.Object({ url: text }, strict)),
    tags: Type.Array(Type.Object({ name: text }, strict)),
    paths: Type.Record(
      Type.String({ pattern: "^/" }),
      Type.Record(Type.String({ pattern: "^(?:get|post|patch|delete)$" }), operation),
    ),
    components: Type.Object(
      {
        schemas: Type.Record(Type.String({ pattern: "^[\\w.-]+$" }), Type.Unknown()),
        responses: Type.Record(Type.String({ pattern: "^[\\w.-]+$" }), response),
        securitySchemes: Type.Record(Type.String({ pattern: "^[\\w.-]+$" }), scheme),
      },
      strict,
    ),
  },
  strict,
);

/** What is wrong with the document, in words; nothing where it is OpenAPI 3.1. */
export function documentProblems(document: OpenApiDocument): string[] {
  const operations = operationsOf(document);
  const ids = operations.map(({ operation: { operationId } }) => operationId);
  return [
    ...[...Value.Errors(documentShape, document)].map(({ instancePath, message }) => `${instancePath} ${message}`),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} is there twice`),
    ...operations.flatMap(pathProblems),
    ...references(document)
      .filter((each) => resolved(document, each) === undefined)
      .map((each) => `${each} leads nowhere`),
  ];
}

/** Every operation with its method and path. */
export function operationsOf({ paths }: OpenApiDocument) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]) => ({ method: method.toUpperCase(), path, operation: each })),
  );
}

/** What a JSON pointer behind `#` names. */
export function resolved(document: OpenApiDocument, pointer: string): unknown {
  let found: unknown = document;
  for (const part of pointer.slice("#/".length).split("/"))
    found = (found as Record<string, unknown> | undefined)?.[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  return found;
}

/** The same schema, with what is named in the place of each reference. */
export function inlined(document: OpenApiDocument, schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((each: unknown) => inlined(document, each));
  if (typeof schema !== "object" || schema === null) return schema;
  const { $ref } = schema as { readonly $ref?: unknown };
  if (typeof $ref === "string") return inlined(document, resolved(document, $ref));
  return Object.fromEntries(Object.entries(schema).map(([key, each]) => [key, inlined(document, each)]));
}

/** The same schema without references, which allows nothing that it does not describe, unless it says so. */
export function closed(schema: JsonSchema): JsonSchema & { readonly additionalProperties?: unknown } {
  const { properties, items, anyOf } = schema;
  return {
    ...(properties ? { additionalProperties: false } : {}),
    ...schema,
    ...(properties ? { properties: closedAll(properties) } : {}),
    ...(items ? { items: closed(items) } : {}),
    ...(anyOf ? { anyOf: anyOf.map(closed) } : {}),
  };
}

function closedAll(properties: Readonly<Record<string, JsonSchema>>): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, closed(each)]));
}

function pathProblems({ method, path, operation: { parameters } }: ReturnType<typeof operationsOf>[number]): string[] {
  const named = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
  const given = parameters.filter((each) => each.in === "path").map(({ name }) => name);
  return named.join() === given.join() ? [] : [`${method} ${path} describes ${given.join() || "no parameters"}`];
}

function references(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === "$ref" && typeof each === "string" ? [each] : references(each),
  );
}
