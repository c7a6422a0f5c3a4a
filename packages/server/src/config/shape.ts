import { configSchema } from "./schema.ts";

/** The schema as plain JSON Schema, with our own words beside it, which say what JSON Schema cannot. */
export type Shape = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  /** What is allowed, in words, where a pattern would tell nobody. */
  readonly form?: string;
  /** Text that stands for something: `shortest` and `longest` limit a duration, `minimum` and `maximum` (bytes) a size; a network has no limits. */
  readonly unit?: "duration" | "size" | "network";
  readonly shortest?: string;
  readonly longest?: string;
  /** Its value is never repeated, neither in an error nor in a log. */
  readonly secret?: boolean;
};

/** The whole configuration's shape. */
export const rootShape: Shape = configSchema as Shape;

/** What a key takes, in words that go on after "is not". */
export function allowed(shape: Shape): string {
  if (shape.form !== undefined) return shape.form;
  if (shape.enum) return `one of ${shape.enum.join(", ")}`;
  switch (shape.type) {
    case "integer":
      return `a whole number${limits(shape.minimum, shape.maximum)}`;
    case "boolean":
      return "true or false";
    case "string":
      return `a text${limits(shape.minLength, shape.maxLength, " characters")}`;
    case "array":
      return shape.maxItems === undefined ? "a list" : `a list of at most ${shape.maxItems}`;
    default:
      return "a section with keys of its own";
  }
}

function limits(least: number | undefined, most: number | undefined, unit: string = ""): string {
  if (most === undefined) return least === undefined ? "" : ` of at least ${least}${unit}`;
  return least === undefined || (least === 0 && unit !== "")
    ? ` of at most ${most}${unit}`
    : ` from ${least} to ${most}${unit}`;
}

/** The limits of a duration or a size as they are written, undefined for what has none. */
export function range({
  unit,
  shortest,
  longest,
  minimum,
  maximum,
}: Shape): { least: string; most: string } | undefined {
  if (unit === "duration" && shortest !== undefined && longest !== undefined) return { least: shortest, most: longest };
  if (unit === "size" && minimum !== undefined && maximum !== undefined)
    return { least: sizeText(minimum), most: sizeText(maximum) };
  return undefined;
}

function sizeText(bytes: number): string {
  const units: readonly [number, string][] = [
    [1024 ** 3, "GiB"],
    [1024 ** 2, "MiB"],
    [1024, "KiB"],
  ];
  const [count, unit] = units.find(([each]) => bytes >= each && bytes % each === 0) ?? [1, " bytes"];
  return `${bytes / count}${unit}`;
}
