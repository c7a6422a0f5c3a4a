import type { ApiSchema } from "./api-document.ts";

/** A field or a parameter, as a row of a table. */
export type Named = {
  readonly name: string;
  readonly required: boolean;
  readonly schema: ApiSchema;
  readonly description: string;
};

/** The fields of an object, and those of objects in it that have no name of their own. */
export function fieldsOf({ properties = {}, required = [] }: ApiSchema, within = ""): Named[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = `${within}${key}`;
    const field = { name, required: required.includes(key), schema, description: schema.description ?? "" };
    const inner = schema.items ?? schema;
    return [field, ...fieldsOf(inner, `${name}${schema.items ? "[]" : ""}.`)];
  });
}

/** What a value is, with its limits, in words. */
export function kindText(schema: ApiSchema): string {
  const { $ref, anyOf } = schema;
  if ($ref !== undefined) return linkTo($ref.slice($ref.lastIndexOf("/") + 1));
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((each) => `\`${each}\``).join(", ");
  if (anyOf) return anyOf.map(kindText).join(" or ");
  switch (schema.type) {
    case "string":
      return textKind(schema);
    case "integer":
      return `whole number${limits(schema.minimum, schema.maximum)}`;
    case "number":
      return `number${limits(schema.minimum, schema.maximum)}`;
    case "boolean":
      return "`true` or `false`";
    case "array":
      return `list${limits(schema.minItems, schema.maxItems)} of ${kindText(schema.items ?? {})}`;
    case "object":
      return "object";
    case "null":
      return "`null`";
    default:
      return "any value";
  }
}

function textKind({ pattern, format, minLength, maxLength }: ApiSchema): string {
  if (format !== undefined) return `text, ${format}`;
  const length = limits(minLength, maxLength, " characters");
  return pattern === undefined ? `text${length}` : `text${length} like \`${pattern}\``;
}

/** Where the largest number that a time may be is no limit that somebody would meet. */
const endless = 8_640_000_000_000_000;

function limits(least: number | undefined, most: number | undefined, unit = ""): string {
  const end = most === endless ? undefined : most;
  if (end === undefined) return least === undefined || least === 0 ? "" : `, at least ${least}${unit}`;
  return least === undefined || least === 0 ? `, at most ${end}${unit}` : `, ${least} to ${end}${unit}`;
}

function linkTo(name: string): string {
  return `[${name}](#shape-${name.toLowerCase()})`;
}
