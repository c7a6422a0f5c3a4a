import { milliseconds } from "./duration.ts";
import { nearest } from "./keys.ts";
import { network } from "./network.ts";
import { shown } from "./problem.ts";
import { allowed, range, type Shape } from "./shape.ts";
import { bytes } from "./size.ts";

/** Where a value stands: names of keys, and positions in lists. */
export type Path = readonly string[];

/** `at`: what is wrong, the key or the value. */
export type Report = (path: Path, text: string, at: "key" | "value") => void;

/** Says everything that is wrong with a value that was written. A key that is not there, or has no value (`limits:` and nothing below), is not wrong: it has a default. */
export function validate(given: Shape, value: unknown, path: Path, report: Report): void {
  const shape = formOf(given, value);
  if (shape.properties || shape.patternProperties) validateSection(shape, value, path, report);
  else if (shape.items && Array.isArray(value) && value.length <= (shape.maxItems ?? Number.POSITIVE_INFINITY)) {
    const items = shape.secret ? { ...shape.items, secret: true } : shape.items;
    for (const [index, each] of value.entries()) validate(items, each, [...path, String(index)], report);
  } else {
    const wrong = wrongWith(shape, value);
    if (wrong) report(path, wrong, "value");
  }
}

/** Of several forms that a value may have, the one that is a list or a section where the value is; otherwise the shape as it is. */
function formOf(shape: Shape, value: unknown): Shape {
  if (!shape.anyOf || typeof value !== "object" || value === null) return shape;
  const found = shape.anyOf.find(({ items, properties }) => (Array.isArray(value) ? items : properties));
  return found ?? shape;
}

function validateSection(shape: Shape, value: unknown, path: Path, report: Report): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    report(path, `${shown(value)} is not ${allowed({ ...shape, form: "a section with keys of its own" })}`, "value");
    return;
  }
  const entries = Object.entries(value);
  if (entries.length > (shape.maxProperties ?? Number.POSITIVE_INFINITY)) {
    report(path, `there are more than ${shape.maxProperties}`, "value");
    return;
  }
  for (const [name, each] of entries) {
    const inner = innerShape(shape, name);
    if (!inner) report([...path, name], unknownKey(shape, name), "key");
    else if (each !== null) validate(inner, each, [...path, name], report);
  }
}

/** The shape of one key of a section, undefined for a key that it does not have. */
export function innerShape({ properties, patternProperties }: Shape, name: string): Shape | undefined {
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  return Object.entries(patternProperties ?? {}).find(([pattern]) => new RegExp(pattern).test(name))?.[1];
}

function unknownKey({ properties, form }: Shape, name: string): string {
  if (!properties) return `the name is not ${form ?? "allowed"}`;
  const known = Object.keys(properties);
  const near = nearest(name, known);
  return near ? `is no setting; did you mean ${near}?` : `is no setting; there are ${known.join(", ")}`;
}

function wrongWith(shape: Shape, value: unknown): string | undefined {
  const named = shape.secret ? "the value" : shown(value);
  if (!isOf(shape, value)) {
    const hint =
      shape.type === "string" && (typeof value === "number" || typeof value === "boolean") && !shape.unit
        ? "; put it in quotes"
        : "";
    return `${named} is not ${allowed(shape)}${hint}`;
  }
  const limits = range(shape);
  return limits && !isWithin(shape, value) ? `${named} is not between ${limits.least} and ${limits.most}` : undefined;
}

function isOf(shape: Shape, value: unknown): boolean {
  if (shape.anyOf) return shape.anyOf.some((each) => isOf(each, value));
  if (shape.enum) return shape.enum.includes(value);
  switch (shape.type) {
    case "integer":
      return Number.isSafeInteger(value) && isBetween(Number(value), shape.minimum, shape.maximum);
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return (
        typeof value === "string" &&
        isBetween(value.length, shape.minLength, shape.maxLength) &&
        new RegExp(shape.pattern ?? "").test(value) &&
        (shape.unit !== "network" || network(value) !== undefined)
      );
    default:
      return false; // a list or a section, which `validate` takes apart
  }
}

function isWithin({ unit, shortest, longest, minimum, maximum }: Shape, value: unknown): boolean {
  if (unit === "duration")
    return isBetween(milliseconds(String(value)), milliseconds(shortest ?? ""), milliseconds(longest ?? ""));
  return isBetween(bytes(typeof value === "number" ? value : String(value)), minimum, maximum);
}

function isBetween(value: number, least: number | undefined, most: number | undefined): boolean {
  return value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY);
}

/** The value with every default filled in. Sections whose names are the operator's have no prototype, so no name finds what nobody wrote. */
export function complete(whole: Shape, value: unknown): unknown {
  const given = value === undefined ? structuredClone(whole.default) : value;
  const shape = formOf(whole, given);
  if (Array.isArray(given)) return given.map((each) => complete(shape.items ?? {}, each ?? undefined));
  if (typeof given !== "object" || given === null) return given;
  const written = new Map(Object.entries(given));
  if (shape.properties)
    return Object.fromEntries(
      Object.entries(shape.properties).map(([name, each]) => [name, complete(each, written.get(name) ?? undefined)]),
    );
  const named: Record<string, unknown> = Object.create(null);
  for (const [name, each] of written) named[name] = complete(innerShape(shape, name) ?? {}, each ?? undefined);
  return named;
}
