import { createHash } from "node:crypto";
import { type Document, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { keysThatNeedRestart } from "./restart.ts";
import type { Config } from "./schema.ts";
import { rootShape, type Shape } from "./shape.ts";
import { innerShape, type Path } from "./validation.ts";

/** What stands for a secret wherever a configuration is shown: it is the same for the same secret, and can be written back. */
const mark = /^kept:[0-9a-f]{16}$/;

/** One key whose value is not what it was. Secrets are shown as their marks. */
export type Difference = {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
  /** It takes effect at the next start only. */
  readonly restart: boolean;
};

/** A change to one key of a configuration's text; without a value the key goes, and has its default again. */
export type Change = { readonly path: Path; readonly value?: unknown };

/** The text with a mark in the place of every secret; comments and order stay. What cannot be read as YAML is not shown at all. */
export function withoutSecrets(text: string): string {
  return rewritten(text, (secret) => markOf(secret));
}

/** The text with its marks replaced by the secrets that they stand for in `current`. A mark that stands for none stays as it is. */
export function withSecrets(text: string, current: string): string {
  const known = new Map<string, string>();
  rewritten(current, (secret) => {
    known.set(markOf(secret), secret);
    return secret;
  });
  return rewritten(text, (secret) => known.get(secret) ?? secret);
}

/** Marks that stand for nothing: whoever wrote them would lock somebody out. */
export function unknownMarks(text: string): readonly string[] {
  const found: string[] = [];
  rewritten(text, (secret) => {
    if (mark.test(secret)) found.push(secret);
    return secret;
  });
  return found;
}

/** The text with some keys set, as a person would have written it: comments and order stay. Undefined where what goes is referred to from elsewhere. */
export function withChanges(text: string, changes: readonly Change[]): string | undefined {
  const document = documentOf(text);
  if (!document) return text;
  for (const { path, value } of changes) {
    if (value === undefined) {
      if (document.hasIn(path)) document.deleteIn(path);
      continue;
    }
    makeRoom(document, path);
    document.setIn(path, document.createNode(value));
  }
  try {
    return document.toString({ lineWidth: 120 });
  } catch {
    return undefined; // an alias whose anchor is gone
  }
}

/** What stands where the path needs a section goes: a key without a value, or what no section can be. */
function makeRoom(document: Document, path: Path): void {
  for (let length = 0; length < path.length; length++) {
    const node = document.getIn(path.slice(0, length), true);
    if (node === undefined) return;
    if (isMap(node) || (isSeq(node) && /^\d+$/.test(String(path[length])))) continue;
    if (length === 0) document.contents = null;
    else document.deleteIn(path.slice(0, length));
    return;
  }
}

/** What differs between two configurations, key by key, in the schema's order. */
export function differences(before: Config, after: Config): readonly Difference[] {
  const restart = new Set(keysThatNeedRestart(before, after));
  return [...compare(rootShape, before, after, [])].map(({ path, ...values }) => {
    const key = path.join(".");
    return { key, ...values, restart: [...restart].some((each) => key === each || key.startsWith(`${each}.`)) };
  });
}

/** A whole configuration as it may be shown. */
export function shownConfig(config: Config): unknown {
  return shownValue(rootShape, config);
}

function shownValue(shape: Shape | undefined, value: unknown, secret = shape?.secret === true): unknown {
  if (typeof value === "string") return secret && value !== "" ? markOf(value) : value;
  if (Array.isArray(value))
    return value.map((each) => shownValue(itemShape(shape, each), each, secret || shape?.items?.secret === true));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const inner = shape && innerShape(objectShape(shape), name);
      return [name, shownValue(inner, each, secret || inner?.secret === true)];
    }),
  );
}

function* compare(
  shape: Shape | undefined,
  before: unknown,
  after: unknown,
  path: Path,
): Generator<{ path: Path; before: unknown; after: unknown }> {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  if (isSection(before) && isSection(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* compare(shape && innerShape(objectShape(shape), name), before[name], after[name], [...path, name]);
    }
    return;
  }
  yield { path, before: shownValue(shape, before), after: shownValue(shape, after) };
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Of several forms the one that has keys of its own. */
function objectShape(shape: Shape): Shape {
  return shape.anyOf?.find(({ properties, patternProperties }) => properties ?? patternProperties) ?? shape;
}

function itemShape(shape: Shape | undefined, item: unknown): Shape | undefined {
  const items = shape?.items ?? shape?.anyOf?.find((each) => each.items)?.items;
  if (!items?.anyOf || !isSection(item)) return items;
  return objectShape(items);
}

function markOf(secret: string): string {
  return mark.test(secret)
    ? secret
    : `kept:${createHash("sha256").update(`sluice ${secret}`).digest("hex").slice(0, 16)}`;
}

function documentOf(text: string): Document | undefined {
  try {
    const document = parseDocument(text, { stringKeys: true, resolveKnownTags: false, logLevel: "error" });
    return document.errors.length > 0 ? undefined : document;
  } catch {
    return undefined;
  }
}

/** The text with every secret replaced, and nothing else; "" where it cannot be read. */
function rewritten(text: string, replace: (secret: string) => string): string {
  const document = documentOf(text);
  if (!document) return "";
  let made = text;
  for (const { value, start, end } of [...secretsOf(document.contents as Node | null, rootShape, false)].reverse()) {
    const after = replace(value);
    if (after !== value) made = made.slice(0, start) + JSON.stringify(after) + made.slice(end);
  }
  return made;
}

type Found = { readonly value: string; readonly start: number; readonly end: number };

/** In the order of the text. */
function* secretsOf(node: Node | null, shape: Shape | undefined, secret: boolean): Generator<Found> {
  if (isMap(node)) yield* secretsOfMap(node, shape, secret);
  else if (isSeq(node)) yield* secretsOfList(node, shape, secret);
  else if (isScalar(node) && secret && typeof node.value === "string" && node.value !== "" && node.range) {
    yield { value: node.value, start: node.range[0], end: node.range[1] };
  }
}

function* secretsOfMap({ items }: YAMLMap, shape: Shape | undefined, secret: boolean): Generator<Found> {
  for (const { key, value } of items) {
    const inner = shape && innerShape(objectShape(shape), String(isScalar(key) ? key.value : key));
    yield* secretsOf(value as Node | null, inner, secret || inner?.secret === true);
  }
}

function* secretsOfList({ items }: YAMLSeq, shape: Shape | undefined, secret: boolean): Generator<Found> {
  for (const item of items) {
    const inner = itemShape(shape, isMap(item) ? {} : undefined);
    yield* secretsOf(item as Node, inner, secret || shape?.items?.secret === true || inner?.secret === true);
  }
}
