import type { TSchema } from "typebox";
import type { ApiRoute } from "./api.ts";
import { NamedSchemas } from "./named-schemas.ts";

type Json = Readonly<Record<string, unknown>>;

/** RFC 9457, with our stable code. */
const problem = {
  type: "object",
  required: ["type", "status", "code", "detail"],
  properties: {
    type: { type: "string", const: "about:blank" },
    status: { type: "integer" },
    code: { type: "string", description: "stable: `area/what`", examples: ["http/not-found"] },
    detail: { type: "string", description: "a sentence that says what to do" },
  },
} as const;

const problems: Readonly<Record<string, string>> = {
  400: "the request cannot be understood",
  401: "nobody is signed in",
  403: "this may not be done by whoever is",
  404: "there is no such thing",
  409: "it cannot be done as things are",
  413: "the body is too large",
  415: "the body is no JSON",
  429: "too many requests",
  503: "not now",
};

/** A URL that cannot be read, nobody, somebody who may not, who guesses too often, and records that cannot be reached: that may come everywhere. */
const always = ["400", "401", "403", "429", "503"];

/** What the API can do, as OpenAPI 3.1: made of the very schemas that requests are checked against. */
export function openApi(routes: readonly ApiRoute[], version: string): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  const schemas = new NamedSchemas();
  for (const route of routes) {
    const path = `/${route.path.replaceAll(/[:*](\w+)/g, "{$1}")}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: schemas.without(operation(route)) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Sluice",
      version,
      description: "The operator's API. Every change is noted in the audit log. Times are in milliseconds since 1970.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/api/v1" }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: problem, ...schemas.found },
      responses: Object.fromEntries(
        Object.entries(problems).map(([status, description]) => [`Problem${status}`, problemResponse(description)]),
      ),
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "an API token: `sluice account token`" },
        password: { type: "http", scheme: "basic", description: "an account's name and password" },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: "sluice-session",
          description: "what signing in answers with; changes show the header Sluice-CSRF as well",
        },
      },
    },
  };
}

function operation(route: ApiRoute): Json {
  const { summary, body, role, scope, method, query } = route;
  const isChange = method !== "GET";
  const isOfOne = isChange || /[:*]/.test(route.path) || requiredOf(query).length > 0;
  const others = [...always, ...(isOfOne ? ["404"] : []), ...(isChange ? ["409"] : [])];
  return {
    operationId: nameOf(route),
    summary,
    tags: [tagOf(route)],
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(body ? { requestBody: { required: true, content: { "application/json": { schema: body } } } } : {}),
    responses: {
      ...answered(route),
      ...Object.fromEntries(
        [...others, ...(body ? ["413", "415"] : [])].map((status) => [
          status,
          { $ref: `#/components/responses/Problem${status}` },
        ]),
      ),
    },
    security: role === "anyone" ? [] : [{ token: [] }, { password: [] }, { cookie: [] }],
    "x-role": role,
    "x-scope": scope,
  };
}

/** What each event's `data` holds has no place of its own in OpenAPI 3.1. */
function answered({ answer, answerType = "application/json", event }: ApiRoute): Json {
  if (!answer) return { 204: { description: "done" } };
  const content = { schema: answer, ...(event ? { "x-event": event } : {}) };
  return { 200: { description: "done", content: { [answerType]: content } } };
}

/** `keys/:id` with PATCH is `patchKeysById`. */
function nameOf({ method, path }: ApiRoute): string {
  const words = path.split(/[/.-]/).map((part) => (/^[:*]/.test(part) ? `By${capital(part.slice(1))}` : capital(part)));
  return `${method.toLowerCase()}${words.join("")}`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function tagOf({ path }: ApiRoute): string {
  return path.split("/")[0] ?? path;
}

function pathParameters({ path }: ApiRoute): Json[] {
  return Array.from(path.matchAll(/([:*])(\w+)/g), ([, mark, name]) => ({
    name,
    in: "path",
    required: true,
    ...(mark === "*" ? { description: "all that is left of the path: the slashes in it stay as they are" } : {}),
    schema: { type: "string", minLength: 1, maxLength: mark === "*" ? 700 : 256 },
  }));
}

function queryParameters({ query }: ApiRoute): Json[] {
  const properties = (query?.properties ?? {}) as Readonly<Record<string, TSchema & { description?: string }>>;
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: requiredOf(query).includes(name),
    ...(schema.description === undefined ? {} : { description: schema.description }),
    schema,
  }));
}

function requiredOf(query: ApiRoute["query"]): readonly string[] {
  return (query as { readonly required?: readonly string[] } | undefined)?.required ?? [];
}

function problemResponse(description: string): Json {
  return {
    description,
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}
