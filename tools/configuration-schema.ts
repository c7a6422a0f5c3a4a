import { allowed, rootShape, type Shape } from "../packages/server/src/config/shape.ts";

/** docs/sluice.schema.json: the configuration's JSON Schema, in the draft that editors know best. Our own words are left out, and what a pattern means is said in words. */
export function configurationSchema(): string {
  const { additionalProperties, ...schema } = plain(rootShape);
  return `${text(
    {
      $schema: "http://json-schema.org/draft-07/schema#",
      title: "Sluice's configuration",
      ...schema,
      additionalProperties,
    },
    "",
  )}\n`;
}

/** `required` speaks of the configuration once every default is filled in; in the file no key has to be there. */
const own: ReadonlySet<string> = new Set(["form", "secret", "unit", "shortest", "longest", "required"]);
/** Words whose values are schemas by name. */
const byName: ReadonlySet<string> = new Set(["properties", "patternProperties"]);

function plain(shape: Shape): Record<string, unknown> {
  const entries = Object.entries(shape).flatMap(([word, value]): [string, unknown][] => {
    if (own.has(word) || (shape.unit === "size" && (word === "minimum" || word === "maximum"))) return [];
    if (byName.has(word)) return [[word, mapped(value as Readonly<Record<string, Shape>>)]];
    if (word === "anyOf") return [[word, (value as readonly Shape[]).map(plain)]];
    return [[word, word === "items" ? plain(value as Shape) : value]];
  });
  const isPattern = shape.pattern !== undefined && shape.form !== undefined;
  return Object.fromEntries(
    isPattern ? [...entries, ["patternErrorMessage", `this is not ${allowed(shape)}`]] : entries,
  );
}

function mapped(shapes: Readonly<Record<string, Shape>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shapes).map(([name, each]) => [name, plain(each)]));
}

const lineWidth = 120;

/** JSON as the formatter leaves it: lists of plain values in one line, where they fit. `name` stands before the value. */
function text(value: unknown, indent: string, name = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map((each) => JSON.stringify(each)).join(", ")}]`;
    const isShort = `${indent}${JSON.stringify(name)}: ${line},`.length <= lineWidth;
    if (isShort && value.every((each) => typeof each !== "object")) return line;
    return `[\n${value.map((each) => `${inner}${text(each, inner)}`).join(",\n")}\n${indent}]`;
  }
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (entries.length === 0) return "{}";
  return `{\n${entries.map(([key, each]) => `${inner}${JSON.stringify(key)}: ${text(each, inner, key)}`).join(",\n")}\n${indent}}`;
}
