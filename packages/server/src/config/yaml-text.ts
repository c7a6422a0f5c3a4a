import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from "yaml";
import type { Path } from "./validation.ts";

export type Place = { readonly line: number; readonly column: number };

/** What a YAML text holds, and where each of its keys and values stands. */
export type YamlText = {
  /** Maps have no prototype. A key without a value has null. */
  readonly value: unknown;
  /** Where a key or value is; for one that is not there, where the nearest section around it is. */
  placeOf(path: Path, at: "key" | "value"): Place | undefined;
  /** What is wrong with the text as YAML. The value is worth nothing when there is any. */
  readonly problems: readonly (Place & { readonly text: string })[];
};

const maxDepth = 16;
/** Aliases may multiply what a file holds; this many values are enough for 1,000 apps with every key set. */
const maxNodes = 20_000;
const maxProblems = 20;

const twice = "this key was set above already";
const noAnchor = "an alias (*name) has no anchor (&name) above it; a text that begins with * has to be in quotes";
/** Our own words: those of the parser would repeat parts of the text, and secrets with them. */
const words: Readonly<Record<string, string>> = {
  BAD_ALIAS: noAnchor,
  BAD_DQ_ESCAPE: "a backslash between double quotes has to begin an escape such as \\n; single quotes take it as it is",
  BAD_INDENT: "the indentation is wrong (keys of one section stand under each other), or a bracket is not closed",
  BAD_SCALAR_START: "a text that begins with @ or ` has to be in quotes",
  BLOCK_AS_IMPLICIT_KEY: "there is a second key in one line; a text with a colon and a space in it has to be in quotes",
  MISSING_CHAR: "a colon, a comma, a quote, or a space behind one of them, is missing",
  MULTILINE_IMPLICIT_KEY: "a colon behind the key is missing, or a quote is not closed",
  MULTIPLE_DOCS: "a second document begins here (---); there has to be one",
  NON_STRING_KEY: "a key has to be a text",
  RESOURCE_EXHAUSTION: "it is nested too deep",
  TAB_AS_INDENT: "there is a tab in the indentation; use spaces",
  TAG_RESOLVE_FAILED: "tags (!name) have no meaning here; a text that begins with ! has to be in quotes",
};

/** Reads a YAML text. Whatever is in it, this ends soon and throws nothing. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  let document: Document.Parsed;
  try {
    // The parser compares every key with every other; the walk below is quicker.
    document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: false,
      resolveKnownTags: false,
      logLevel: "error",
    });
  } catch {
    return {
      value: undefined,
      placeOf: () => undefined,
      problems: [{ line: 1, column: 1, text: "this is no YAML that can be read" }],
    };
  }
  const broken = [...document.errors, ...document.warnings].map(({ code, pos }) => {
    return { ...place(pos[0]), text: words[code] ?? "this is no YAML that can be read" };
  });
  // What follows an error in its line is mostly its echo.
  const firsts = broken.filter(({ line }, index) => broken.findIndex((each) => each.line === line) === index);
  if (firsts.length > 0) return { value: undefined, placeOf: () => undefined, problems: firsts.slice(0, maxProblems) };
  const walk = new Walk(document);
  const value = walk.value(document.contents, [], 0);
  return {
    value: value === null ? undefined : value,
    placeOf: (path, at) => {
      for (let length = path.length; length > 0; length--) {
        const offset = walk.offsets.get(keyOf(path.slice(0, length)));
        if (offset) return place(length === path.length && at === "value" ? offset.value : offset.key);
      }
      return undefined;
    },
    problems: walk.problems.map(({ offset, text: wrong }) => ({ ...place(offset), text: wrong })),
  };
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

class Walk {
  readonly offsets = new Map<string, { key: number; value: number }>();
  readonly problems: { offset: number; text: string }[] = [];
  readonly #document: Document.Parsed;
  #nodes = 0;

  constructor(document: Document.Parsed) {
    this.#document = document;
  }

  value(node: unknown, path: Path, depth: number): unknown {
    if (++this.#nodes > maxNodes) return this.#refuse(node, "there are too many values; do aliases multiply them?");
    if (depth > maxDepth) return this.#refuse(node, "it is nested too deep");
    if (isAlias(node)) {
      const meant = node.resolve(this.#document);
      return meant ? this.value(meant, path, depth + 1) : this.#refuse(node, noAnchor);
    }
    if (isMap(node)) return this.#map(node, path, depth);
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const inner = [...path, String(index)];
        this.offsets.set(keyOf(inner), { key: offsetOf(item), value: offsetOf(item) });
        return this.value(item, inner, depth + 1);
      });
    }
    return isScalar(node) ? node.value : undefined;
  }

  #map(node: YAMLMap, path: Path, depth: number): Record<string, unknown> {
    const found: Record<string, unknown> = Object.create(null);
    const names = new Set<string>();
    for (const { key, value } of node.items) {
      const name = String(isScalar(key) ? key.value : key);
      if (names.has(name)) this.#refuse(key, twice);
      names.add(name);
      const inner = [...path, name];
      this.offsets.set(keyOf(inner), { key: offsetOf(key), value: offsetOf(value) || offsetOf(key) });
      found[name] = this.value(value, inner, depth + 1) ?? null;
    }
    return found;
  }

  /** Once for each place; and a limit that is passed is passed ever after, which is worth one word. */
  #refuse(node: unknown, text: string): undefined {
    const offset = offsetOf(node);
    const known = this.problems.some((each) => each.offset === offset || (each.text === text && text !== twice));
    if (!known && this.problems.length < maxProblems) this.problems.push({ offset, text });
  }
}

function offsetOf(node: unknown): number {
  return (node as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
}
