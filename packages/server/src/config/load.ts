import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { Value } from "typebox/value";
import { type Document, isMap, LineCounter, parse, parseDocument } from "yaml";
import { configKeys, nearest, sectionProperties } from "./keys.ts";
import { type Config, configSchema } from "./schema.ts";

/** One thing that is wrong: where, and what is allowed instead. It never repeats a secret. */
export type Problem = {
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly key: string;
  readonly text: string;
};

export type Loaded = { readonly config: Config; readonly warnings: readonly string[] };

/** A configuration that cannot be used. The message has one line for each problem. */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const lines = problems.map(({ line, column, key, text }) => {
      const place = line === undefined ? "" : `:${line}:${column ?? 1}`;
      return `${basename(file)}${place} ${key === "" ? "" : `${key}: `}${text}`;
    });
    super(lines.join("\n"));
    this.problems = problems;
  }
}

const maxFile = 1024 * 1024;
const secrets = new Set(["streamKeys", "console.password"]);

/** Reads and checks a configuration file, with what the environment overrides. Throws `ConfigError` with every problem at once. */
export async function loadConfig(file: string, environment: NodeJS.ProcessEnv): Promise<Loaded> {
  const { size } = await stat(file);
  if (size > maxFile)
    throw new ConfigError(file, [{ line: undefined, column: undefined, key: "", text: "is larger than 1 MiB" }]);
  return parseConfig(await readFile(file, "utf8"), environment, file);
}

/** Checks a configuration's text. */
export function parseConfig(text: string, environment: NodeJS.ProcessEnv, file: string = "sluice.yaml"): Loaded {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new ConfigError(file, [
      { line, column: col, key: "", text: broken.message.split("\n")[0]?.replace(/ at line.*/, "") ?? "is no YAML" },
    ]);
  }
  const written = plain(document, file);
  const warnings = override(written, environment);
  const config = Value.Default(configSchema, written);
  const problems = Value.Errors(configSchema, config).flatMap((error) => problem(error, config, document, lines));
  if (problems.length > 0)
    throw new ConfigError(
      file,
      problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    );
  return { config: config as Config, warnings };
}

function plain(document: Document, file: string): Record<string, unknown> {
  const refuse = (text: string) => new ConfigError(file, [{ line: 1, column: 1, key: "", text }]);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 });
  } catch {
    throw refuse("has too many aliases");
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw refuse("has to be a map of keys and values");
  return value as Record<string, unknown>;
}

/** Puts SLUICE_… variables in their places; returns a warning for each that is unknown. */
function override(written: Record<string, unknown>, environment: NodeJS.ProcessEnv): string[] {
  const warnings: string[] = [];
  const byVariable = new Map(configKeys.map((key) => [key.variable, key]));
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith("SLUICE_") || variable === "SLUICE_CONFIG" || text === undefined) continue;
    const key = byVariable.get(variable);
    if (key) set(written, key.path, valueOf(text, key.schema));
    else {
      const near = nearest(variable, byVariable.keys());
      warnings.push(`${variable} is no setting${near ? `; did you mean ${near}?` : ""}`);
    }
  }
  return warnings;
}

function valueOf(text: string, schema: object): unknown {
  const { type } = schema as { type?: string };
  if (type === "string") return text;
  if (type === "array") return text === "" ? [] : text.split(",").map((each) => each.trim());
  try {
    return parse(text);
  } catch {
    return text;
  }
}

function set(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path;
  if (name === undefined) return;
  if (rest.length === 0) target[name] = value;
  else {
    const inner = target[name];
    const section = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
    target[name] = section;
    set(section, rest, value);
  }
}

type SchemaError = { readonly keyword: string; readonly instancePath: string; readonly params: object };

function problem(
  { keyword, instancePath, params }: SchemaError,
  config: unknown,
  document: Document,
  lines: LineCounter,
): Problem[] {
  const path = instancePath.split("/").slice(1);
  if (keyword === "additionalProperties") {
    const { additionalProperties } = params as { additionalProperties: string[] };
    return additionalProperties.map((name) => place([...path, name], unknownKey(path, name), document, lines));
  }
  if (keyword === "boolean" || keyword === "const" || keyword === "anyOf") return [];
  return [place(path, refusal(path, valueAt(config, path)), document, lines)];
}

function unknownKey(above: readonly string[], name: string): string {
  const known = Object.keys(sectionProperties(schemaAt(above)) ?? {});
  const near = nearest(name, known);
  return near ? `is no setting; did you mean ${near}?` : `is no setting; there are ${known.join(", ")}`;
}

function refusal(path: readonly string[], value: unknown): string {
  const shown = secrets.has(path.filter((each) => !/^\d+$/.test(each)).join("."))
    ? "the value"
    : (JSON.stringify(value)?.slice(0, 80) ?? "nothing");
  return `${shown} is not ${allowed(schemaAt(path))}`;
}

/** What a key takes, in words. */
export function allowed(schema: object): string {
  const { type, format, minimum, maximum, enum: choices, minLength, maxLength } = schema as Record<string, unknown>;
  if (Array.isArray(choices)) return `one of ${choices.join(", ")}`;
  if (typeof format === "string") return format;
  if (type === "integer")
    return maximum === undefined
      ? `a whole number from ${minimum ?? 0}`
      : `a whole number from ${minimum} to ${maximum}`;
  if (type === "boolean") return "true or false";
  if (type === "string")
    return minLength === undefined
      ? `text of at most ${maxLength} characters`
      : `text of ${minLength} to ${maxLength} characters`;
  return type === "array" ? "a list" : "a section of keys and values";
}

function schemaAt(path: readonly string[]): object {
  let schema: Record<string, unknown> = configSchema as unknown as Record<string, unknown>;
  for (const name of path) {
    const properties = schema["properties"] as Record<string, Record<string, unknown>> | undefined;
    const patterns = schema["patternProperties"] as Record<string, Record<string, unknown>> | undefined;
    const items = schema["items"] as Record<string, unknown> | undefined;
    schema = properties?.[name] ?? Object.values(patterns ?? {})[0] ?? items ?? {};
  }
  return schema;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value);
}

/** The line of the key, or of the nearest one above it that is in the file; none for what the environment said. */
function place(path: readonly string[], text: string, document: Document, lines: LineCounter): Problem {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const name of path) {
    if (!isMap(node)) break;
    const pair = node.items.find(({ key }) => String(key) === name);
    const range = (pair?.key as { range?: readonly number[] } | undefined)?.range;
    if (!pair || !range) break;
    offset = range[0];
    node = pair.value;
  }
  const position = offset === undefined ? undefined : lines.linePos(offset);
  return { line: position?.line, column: position?.col, key: path.join("."), text };
}
