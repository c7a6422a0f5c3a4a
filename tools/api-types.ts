import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ApiOperation, type ApiSchema, answerOf, apiDocument, operationsOf } from "./api-document.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const made = "// Made from the program by `npm run docs`; do not edit it.\n";

/** packages/api/src/shapes.ts: what the API's answers hold, as types. */
export async function apiShapes(): Promise<string> {
  const { components } = await apiDocument();
  const types = Object.entries(components.schemas)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `${comment(schema.description)}export type ${name} = ${typeOf(schema)};`);
  return formatted(made + types.join("\n\n"));
}

/** packages/api/src/operations.ts: what each operation of the API takes and answers, as types. */
export async function apiOperations(): Promise<string> {
  const document = await apiDocument();
  const entries = operationsOf(document).map(
    ({ method, path, operation }) => `${comment(operation.summary)}"${method} ${path}": ${operationType(operation)};`,
  );
  const body = `/** Every operation of the API, by its method and path. */
export type Operations = {\n${entries.join("\n")}\n};\n`;
  const names = Object.keys(document.components.schemas).filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  return formatted(`${made}import type { ${names.sort().join(", ")} } from "./shapes.ts";\n\n${body}`);
}

function operationType(operation: ApiOperation): string {
  const { parameters, requestBody } = operation;
  const paths = parameters.filter((each) => each.in === "path");
  const query = parameters.filter((each) => each.in === "query");
  const answer = answerOf(operation);
  const body = requestBody?.content["application/json"]?.schema;
  return `{${[
    ...(paths.length > 0 ? [`readonly path: ${fields(paths)}`] : []),
    ...(query.length > 0
      ? [`readonly query${query.some(({ required }) => required) ? "" : "?"}: ${fields(query)}`]
      : []),
    ...(body ? [`readonly body: ${typeOf(body, true)}`] : []),
    answer?.event
      ? `readonly event: ${typeOf(answer.event)}`
      : `readonly answer: ${answer ? typeOf(answer.schema) : "undefined"}`,
  ].join("; ")}}`;
}

function fields(parameters: ApiOperation["parameters"]): string {
  const required = parameters.filter((each) => each.required).map(({ name }) => name);
  const properties = Object.fromEntries(
    parameters.map(({ name, schema, description }) => [
      name,
      description === undefined ? schema : { ...schema, description },
    ]),
  );
  return typeOf({ type: "object", properties, required }, true);
}

/** `isSent`: what is optional in it may be said to be undefined, which leaves it out. */
function typeOf(schema: ApiSchema, isSent = false): string {
  const { $ref, anyOf } = schema;
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf("/") + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (anyOf) return anyOf.map((each) => typeOf(each, isSent)).join(" | ");
  switch (schema.type) {
    case "object":
      return objectType(schema, isSent);
    case "array":
      return `readonly ${inBrackets(typeOf(schema.items ?? {}, isSent))}[]`;
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case undefined:
      return "unknown";
    default:
      throw new Error(`there is no type for ${JSON.stringify(schema)}`);
  }
}

function objectType(schema: ApiSchema, isSent: boolean): string {
  const { properties, required = [], patternProperties = {}, additionalProperties } = schema;
  const [values] = Object.values(patternProperties);
  if (!properties) return `Readonly<Record<string, ${values ? typeOf(values, isSent) : "unknown"}>>`;
  const lines = Object.entries(properties).map(([name, each]) => {
    const isThere = required.includes(name);
    const type = typeOf(each, isSent) + (isSent && !isThere ? " | undefined" : "");
    return `${comment(each.description)}readonly ${name}${isThere ? "" : "?"}: ${type};`;
  });
  const more = additionalProperties === true ? ["readonly [name: string]: unknown;"] : [];
  // The formatter keeps what begins on a new line apart.
  const begin = lines.some((line) => line.startsWith("/**")) ? "{\n" : "{ ";
  return `${begin}${[...lines, ...more].join("\n")}\n}`;
}

function inBrackets(type: string): string {
  return type.includes(" | ") ? `(${type})` : type;
}

function comment(text: string | undefined): string {
  return text === undefined ? "" : `/** ${text.charAt(0).toUpperCase()}${text.slice(1)}. */\n`;
}

/** As everything else here is written. */
function formatted(code: string): string {
  const biome = fileURLToPath(import.meta.resolve("@biomejs/biome/bin/biome"));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [biome, "check", "--write", "--stdin-file-path=packages/api/src/shapes.ts"],
    { cwd: root, input: code, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`it cannot be formatted: ${stderr}`);
  return stdout;
}
