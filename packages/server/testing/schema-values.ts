import fc from "fast-check";

/** As much of JSON Schema as the API's own schemas use. */
export type JsonSchema = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
};

const longestText = 80;
const mostItems = 4;
const awkward = ["", "/", "..", "%", "%00", "\u0000", "'", "a".repeat(5_000), "null", "-1", "1e309", "live/cam", "💥"];

/** What properties of some names may be, for what no schema says: the name of somebody who is there. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** Values that fit a schema. */
export function fitting(schema: JsonSchema, known: Known = {}): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((each) => fitting(each, known)));
  switch (schema.type) {
    case "object":
      return objects(schema, (each, name) => oneOf(fitting(each, known), known[name]));
    case "array":
      return fc.array(fitting(schema.items ?? {}, known), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? mostItems, Math.max(mostItems, schema.minItems ?? 0)),
      });
    case "string":
      return texts(schema);
    case "integer":
      return fc.integer({
        min: Math.max(schema.minimum ?? -1000, Number.MIN_SAFE_INTEGER),
        max: Math.min(schema.maximum ?? 1000, Number.MAX_SAFE_INTEGER),
      });
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Values most of which do not fit: of another type, with too much or too little in them, or just odd. */
export function odd(schema: JsonSchema): fc.Arbitrary<unknown> {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<unknown>(...awkward, null, -1, 1e300, [], {}),
  );
  if (schema.type !== "object") return anything;
  const almost = objects(schema, (each) => fc.oneof({ weight: 3, arbitrary: fitting(each) }, anything));
  const withMore = fc
    .tuple(fitting(schema), fc.string({ maxLength: 12 }), anything)
    .map(([value, key, more]) => ({ ...(value as object), [key]: more }));
  return fc.oneof(almost, withMore, anything);
}

/** Text that nobody would type. */
export const awkwardText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...awkward.map((text) => text.slice(0, 1_000))),
  fc.string({ unit: "grapheme", maxLength: longestText }),
);

function oneOf(any: fc.Arbitrary<unknown>, known: readonly unknown[] | undefined): fc.Arbitrary<unknown> {
  return known ? fc.oneof({ weight: 1, arbitrary: any }, { weight: 3, arbitrary: fc.constantFrom(...known) }) : any;
}

function objects(
  schema: JsonSchema,
  value: (schema: JsonSchema, name: string) => fc.Arbitrary<unknown>,
): fc.Arbitrary<object> {
  const properties = Object.entries(schema.properties ?? {}).map(([name, each]) => [name, value(each, name)] as const);
  return fc.record(Object.fromEntries(properties), {
    requiredKeys: [...(schema.required ?? [])],
    noNullPrototype: true,
  });
}

function texts({ pattern, minLength = 0, maxLength = longestText }: JsonSchema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, longestText)), unit: "grapheme" });
}
