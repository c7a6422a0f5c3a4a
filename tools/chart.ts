import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readYaml } from "../packages/server/src/config/yaml-text.ts";

/**
 * Renders the templates of a Helm chart, as far as ours use Helm's language. Throws an Error for anything else: Helm itself cannot be had where
 * the tests run, so what it might understand in another way stays out of the chart.
 */
export function renderChart(
  folder: string,
  values: Readonly<Record<string, unknown>> = {},
): ReadonlyMap<string, string> {
  const chart = sectionIn(join(folder, "Chart.yaml"));
  const defaults = sectionIn(join(folder, "values.yaml"));
  const root = {
    Values: merged(defaults, values),
    Chart: { Name: chart.name, Version: chart.version, AppVersion: chart.appVersion },
    Release: { Name: "test", Namespace: "default", Service: "Helm" },
  };
  const names = readdirSync(join(folder, "templates")).sort();
  const defined: Defined = new Map();
  const parsed = names.map(
    (name) => [name, parseTemplate(readFileSync(join(folder, "templates", name), "utf8"), defined)] as const,
  );
  const made = parsed.filter(([name]) => !name.startsWith("_"));
  return new Map(
    made.map(([name, nodes]) => [name, render(nodes, { dot: root, root, variables: new Map(), defined })]),
  );
}

function sectionIn(file: string): Record<string, unknown> {
  const { value, problems } = readYaml(readFileSync(file, "utf8"));
  if (!isSection(value)) throw new Error(`${file}: ${problems[0]?.text ?? "holds no section"}`);
  return value;
}

function merged(one: unknown, other: unknown): unknown {
  if (!isSection(one) || !isSection(other)) return other;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...names].map((name) => [name, name in other ? merged(one[name], other[name]) : one[name]]),
  );
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly code: string }
  | {
      readonly kind: "block";
      readonly word: "if" | "with" | "range";
      readonly code: string;
      readonly inner: readonly Node[];
      readonly otherwise: readonly Node[];
    };
type Defined = Map<string, readonly Node[]>;
type Scope = {
  readonly dot: unknown;
  readonly root: unknown;
  readonly variables: ReadonlyMap<string, unknown>;
  readonly defined: Defined;
};

function parseTemplate(text: string, defined: Defined): readonly Node[] {
  const pieces = text.split(/(\{\{-?[\s\S]*?-?\}\})/);
  const tags = pieces.map((piece, index) => {
    if (index % 2 === 1) return piece.replace(/^\{\{-?|-?\}\}$/g, "").trim();
    const after = pieces[index - 1]?.endsWith("-}}") ? piece.trimStart() : piece;
    return pieces[index + 1]?.startsWith("{{-") ? after.trimEnd() : after;
  });
  const left = tags.map((tag, index): Tag => ({ isCode: index % 2 === 1, text: tag })).reverse();
  const { nodes, end } = parseNodes(left, defined);
  if (end !== undefined) throw new Error(`there is a ${end} too many`);
  return nodes;
}

type Tag = { readonly isCode: boolean; readonly text: string };

function parseNodes(left: Tag[], defined: Defined): { nodes: Node[]; end: string | undefined } {
  const nodes: Node[] = [];
  for (let tag = left.pop(); tag !== undefined; tag = left.pop()) {
    const [, word = "", code = ""] =
      /^(if|with|range|define|else|end)\b\s*([\s\S]*)$/.exec(tag.isCode ? tag.text : "") ?? [];
    if (!tag.isCode) nodes.push({ kind: "text", text: tag.text });
    else if (word === "") nodes.push({ kind: "value", code: tag.text });
    else if (word === "end" || word === "else") return { nodes, end: word };
    else nodes.push(...parseBlock(word, code, left, defined));
  }
  return { nodes, end: undefined };
}

function parseBlock(word: string, code: string, left: Tag[], defined: Defined): readonly Node[] {
  const first = parseNodes(left, defined);
  const second = first.end === "else" ? parseNodes(left, defined) : { nodes: [], end: first.end };
  if (second.end !== "end") throw new Error(`${word} ${code} has no end`);
  if (word !== "define")
    return [{ kind: "block", word: word as "if", code, inner: first.nodes, otherwise: second.nodes }];
  defined.set(JSON.parse(code) as string, first.nodes);
  return [];
}

function render(nodes: readonly Node[], scope: Scope): string {
  return nodes.map((node) => renderNode(node, scope)).join("");
}

function renderNode(node: Node, scope: Scope): string {
  if (node.kind === "text") return node.text;
  if (node.kind === "value") return String(evaluate(node.code, scope) ?? "");
  const { word, code, inner, otherwise } = node;
  if (word === "range") return renderRange(code, inner, scope);
  const value = evaluate(code, scope);
  if (!isTrue(value)) return render(otherwise, scope);
  return render(inner, word === "with" ? { ...scope, dot: value } : scope);
}

/** `range $name, $value := .Values.map`; Go goes through maps in the order of their keys. */
function renderRange(code: string, inner: readonly Node[], scope: Scope): string {
  const [, name = "", value = "", from = ""] = /^\$(\w+), \$(\w+) := (.+)$/.exec(code) ?? [];
  const given = evaluate(from, scope);
  if (!isSection(given)) throw new Error(`range ${code} goes through no map`);
  const entries = Object.entries(given).sort(([one], [other]) => (one < other ? -1 : 1));
  return entries
    .map((entry) =>
      render(inner, {
        ...scope,
        variables: new Map([
          [name, entry[0]],
          [value, entry[1]],
        ]),
      }),
    )
    .join("");
}

function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isSection(value) ? Object.keys(value).length > 0 : Boolean(value);
}

/** A pipeline: the result of each part is the last argument of the next. */
function evaluate(code: string, scope: Scope): unknown {
  const words = Array.from(code.matchAll(/"(?:\\.|[^"\\])*"|[()|]|[^\s()|]+/g), ([word]) => word).reverse();
  const value = pipeline(words, scope);
  if (words.length > 0) throw new Error(`${code} cannot be understood`);
  return value;
}

function pipeline(words: string[], scope: Scope): unknown {
  let value = call(words, scope, []);
  while (words.at(-1) === "|") {
    words.pop();
    value = call(words, scope, [value]);
  }
  return value;
}

function call(words: string[], scope: Scope, last: readonly unknown[]): unknown {
  const name = words.at(-1) ?? "";
  const run = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!run) return term(words, scope);
  words.pop();
  const args: unknown[] = [];
  while (words.length > 0 && words.at(-1) !== "|" && words.at(-1) !== ")") args.push(term(words, scope));
  return run([...args, ...last], scope);
}

function term(words: string[], scope: Scope): unknown {
  const word = words.pop() ?? "";
  if (word === "(") {
    const value = pipeline(words, scope);
    if (words.pop() !== ")") throw new Error("a bracket is not closed");
    return value;
  }
  if (/^"|^\d+$/.test(word)) return JSON.parse(word);
  const [, variable, path = ""] = /^(?:\$(\w+))?(\.[\w.]*)?$/.exec(word) ?? [];
  if (variable === undefined && path === "") throw new Error(`there is no ${word}`);
  const start = variable === undefined ? scope.dot : scope.variables.get(variable);
  return path
    .split(".")
    .filter((step) => step !== "")
    .reduce((value: unknown, step) => {
      if (!isSection(value)) throw new Error(`${word}: ${step} is looked for in what has no keys`);
      return value[step];
    }, start);
}

const functions: Readonly<Record<string, (args: readonly unknown[], scope: Scope) => unknown>> = {
  include: ([name, dot], scope) => {
    const nodes = scope.defined.get(String(name));
    if (!nodes) throw new Error(`${name} is not defined`);
    return render(nodes, { ...scope, dot, variables: new Map() });
  },
  toYaml: ([value]) => blockYaml(value),
  nindent: ([count, text]) => `\n${String(text).replaceAll(/^/gm, " ".repeat(Number(count)))}`,
  quote: ([value]) => JSON.stringify(String(value)),
  default: ([otherwise, value]) => (isTrue(value) ? value : otherwise),
  trunc: ([count, text]) => String(text).slice(0, Number(count)),
  trimSuffix: ([end, text]) => (String(text).endsWith(String(end)) ? String(text).slice(0, -String(end).length) : text),
  sha256sum: ([text]) => createHash("sha256").update(String(text)).digest("hex"),
  and: (args) => args.find((each) => !isTrue(each)) ?? args.at(-1),
  or: (args) => args.find(isTrue) ?? args.at(-1),
  not: ([value]) => !isTrue(value),
  ne: ([one, other]) => one !== other,
};

/** A list or a map over lines, in the order of its keys; what stands in it in JSON, which is YAML too. */
function blockYaml(value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => `- ${JSON.stringify(each)}`).join("\n");
  if (!isSection(value) || Object.keys(value).length === 0) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.map(([name, each]) => `${JSON.stringify(name)}: ${JSON.stringify(each)}`).join("\n");
}
