import { basename, dirname, relative } from "node:path";
import { Document, isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import { printable } from "../printable.ts";
import { rootShape, type Shape } from "../shape.ts";
import { innerShape, type Path } from "../validation.ts";
import type { Draft, Remark, Taken, Verdict } from "./draft.ts";
import type { Setting } from "./origin.ts";

/** What the text at the head tells of. */
export type Heading = { readonly file: string; readonly server: string };

const titles: readonly (readonly [Verdict, string])[] = [
  ["open", "LOOK HERE FIRST. These kept somebody out there, and nothing does so here:"],
  ["missing", "These have no counterpart yet:"],
  ["changed", "These have another form here, or need a look:"],
  ["same", "These need nothing: Sluice does so anyway, or has no need of them:"],
];
const width = 116;
const maxName = 48;

/** The draft as the text of a configuration, with what became of each setting in its comments. */
export function configText(draft: Draft, heading: Heading): string {
  const document = new Document(ordered(rootShape, draft.value));
  for (const each of draft.taken) mark(document, each, heading.file);
  for (const { path } of draft.taken) inOneLine(document, path);
  document.commentBefore = headText(draft.remarks, heading).replaceAll(/^(?=.)/gm, " ");
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Sections in the order of the schema, and none that is empty but an app's. */
function ordered(shape: Shape, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const order = Object.keys(shape.properties ?? {});
  const entries = Object.entries(value).sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
  const made = entries.map(([name, each]) => [name, ordered(innerShape(shape, name) ?? {}, each)] as const);
  return new Map(
    made.filter(([, each]) => shape.patternProperties !== undefined || !(each instanceof Map && each.size === 0)),
  );
}

function mark(document: Document, { path, settings }: Taken, main: string): void {
  const node = document.getIn(path, true) as Node | undefined;
  if (!node) return;
  const text = ` from ${places(settings, main)}`;
  const isOneLine = isScalar(node) || isSeq(node);
  if (isOneLine) node.comment = text;
  else keyOf(document, path).commentBefore = text;
}

function keyOf(document: Document, path: Path): Node {
  const around = document.getIn(path.slice(0, -1), true);
  const pair = isMap(around) ? around.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
  return (pair as Pair<Node>).key;
}

/** Lists and qualities stand in one line where they are short. */
function inOneLine(document: Document, path: Path): void {
  const node = document.getIn(path, true);
  if (!isSeq(node)) return;
  const { comment } = node;
  for (const item of node.items) if (isMap(item)) item.flow = true;
  if (node.items.every(isScalar)) node.flow = true;
  else if (comment !== undefined) {
    delete node.comment; // behind a list of lines it would stand below it
    keyOf(document, path).commentBefore = comment ?? "";
  }
}

function headText(remarks: readonly Remark[], { file, server }: Heading): string {
  const sections = titles.flatMap(([verdict, title]) => {
    const lines = remarkLines(
      remarks.filter((each) => each.verdict === verdict),
      file,
    );
    return lines.length > 0 ? [`${title}\n${lines.join("\n")}`] : [];
  });
  const about = `Made by \`sluice import\` from ${shortened(basename(file))}, a configuration of ${server}. Read it through, then \`sluice check\`.
A comment behind a key says from which line it comes. docs/move.md says what is different here.
Nobody can sign in to the API from elsewhere yet: \`sluice password\` makes what belongs under \`console:\`.`;
  return [about, ...sections].join("\n\n");
}

/** Remarks of the same text together, in the order of their first. */
function remarkLines(remarks: readonly Remark[], main: string): readonly string[] {
  const byText = new Map<string, Setting[]>();
  for (const { text, setting } of remarks) {
    const known = byText.get(text);
    if (known) known.push(setting);
    else byText.set(text, [setting]);
  }
  return [...byText].map(([text, settings]) => wrapped(`- ${places(settings, main)}: ${printable(text)}`));
}

/** Settings by name with their lines: `allow (line 3, line 4), deny (line 5)`. */
function places(settings: readonly Setting[], main: string): string {
  const byName = new Map<string, Set<string>>();
  for (const { name, at } of settings) {
    const lines = byName.get(name) ?? new Set();
    byName.set(
      name,
      lines.add(
        at.file === main ? `line ${at.line}` : `${shortened(relative(dirname(main), at.file))} line ${at.line}`,
      ),
    );
  }
  return [...byName].map(([name, lines]) => `${shortened(name)} (${[...lines].join(", ")})`).join(", ");
}

function shortened(text: string): string {
  const safe = printable(text);
  return safe.length > maxName ? `${safe.slice(0, maxName - 1)}…` : safe;
}

function wrapped(text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last !== "" && last.length + word.length + 1 > width) lines.push(`  ${word}`);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.join("\n");
}
