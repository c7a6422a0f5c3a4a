/** A fenced block of a page: its language, the words behind it, and what is in it. `line` is where it begins. */
export type Block = {
  readonly language: string;
  readonly words: readonly string[];
  readonly text: string;
  readonly line: number;
};

/**
 * What a page lets a reader do, in order. A mark stands behind the language of a fenced block, where code hosts do not show it:
 *   sh runnable                       each command ends well
 *   sh runnable publishes live/test   goes on; `live/test` becomes live
 *   sh runnable watches live/test     each line goes on until it is interrupted, and is sent the stream
 *   sh runnable serves                goes on; its port answers
 *   sh runnable opens live/cam1       prints an address of `live/cam1`, or a token, that lets in
 *   sh runnable starts                is how the server was started that all pages share
 *   js runnable ask.mjs               is saved as that file
 *   yaml runnable                     is the configuration from now on
 *   text output, json output          what the commands before have printed
 */
export type Step =
  | { readonly kind: "run"; readonly block: Block; readonly output?: Block }
  | {
      readonly kind: "publishes" | "watches" | "opens";
      readonly block: Block;
      readonly stream: string;
      readonly output?: Block;
    }
  | { readonly kind: "serves" | "starts"; readonly block: Block; readonly output?: Block }
  | { readonly kind: "file"; readonly block: Block; readonly name: string }
  | { readonly kind: "configuration"; readonly block: Block };

const fence = /^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2[ \t]*$/gms;

/** All fenced blocks of a page. */
export function blocksOf(page: string): Block[] {
  return Array.from(page.matchAll(fence), ({ index, 1: indent = "", 3: info = "", 4: text = "" }) => {
    const [language = "", ...words] = info.trim().split(/\s+/);
    const line = page.slice(0, index).split("\n").length;
    return { language, words, line, text: text.replaceAll(new RegExp(`^${indent}`, "gm"), "") };
  });
}

/** What is to be done with the marked blocks of a page. Throws where a mark says nothing. */
export function stepsOf(page: string): Step[] {
  const blocks = blocksOf(page);
  return blocks.flatMap((block, index) => {
    if (block.words[0] === "output" && blocks[index - 1]?.words[0] === "runnable") return [];
    if (block.words.length === 0) return [];
    const next = blocks[index + 1];
    return [stepOf(block, next?.words[0] === "output" ? next : undefined)];
  });
}

const alone = ["serves", "starts"] as const;
const aboutStream = ["publishes", "watches", "opens"] as const;

function stepOf(block: Block, output: Block | undefined): Step {
  const [mark, word, name] = block.words;
  if (mark !== "runnable" || block.words.length > 3) throw unknown(block);
  const step = block.language === "sh" ? commandsOf(block, output) : materialOf(block, word, name);
  if (!step) throw unknown(block);
  return step;
}

function commandsOf(block: Block, output: Block | undefined): Step | undefined {
  const [, word, stream] = block.words;
  const rest = { block, ...(output && { output }) };
  if (word === undefined) return { kind: "run", ...rest };
  const kind = (stream === undefined ? alone : aboutStream).find((each) => each === word);
  if (kind === undefined) return;
  return kind === "serves" || kind === "starts" ? { kind, ...rest } : { kind, stream: stream ?? "", ...rest };
}

function materialOf(block: Block, word: string | undefined, more: string | undefined): Step | undefined {
  if (word === undefined) return block.language === "yaml" ? { kind: "configuration", block } : undefined;
  return more === undefined ? { kind: "file", block, name: word } : undefined;
}

function unknown({ language, words, line }: Block): Error {
  return new Error(`line ${line}: "${[language, ...words].join(" ")}" is no mark that is known`);
}

/** Whether a text has the lines that a page shows, in their order. Numbers and the width of gaps may be others; `…` stands for anything. */
export function shows(actual: string, expected: string): boolean {
  const lines = actual.split("\n").map(even);
  let from = 0;
  for (const line of expected.split("\n").map(even)) {
    if (line === "") continue;
    const wanted = line
      .replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("…", ".*")
      .replaceAll(/\d+/g, "\\d+");
    const found = lines.findIndex((each, index) => index >= from && new RegExp(`^${wanted}$`).test(each));
    if (found < 0) return false;
    from = found + 1;
  }
  return true;
}

function even(line: string): string {
  return line.trim().replaceAll(/\s+/g, " ");
}

/** Whether a value has what a page shows of its like: the same names, with values of the same kinds. */
export function hasShapeOf(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) return Array.isArray(actual) && (expected.length === 0 || areLike(actual, expected));
  if (typeof expected !== "object" || expected === null) return typeof actual === typeof expected;
  if (typeof actual !== "object" || actual === null) return false;
  return Object.entries(expected).every(
    ([name, each]) => name in actual && hasShapeOf(Reflect.get(actual, name), each),
  );
}

function areLike(items: readonly unknown[], expected: readonly unknown[]): boolean {
  return items.length > 0 && items.every((item) => expected.some((each) => hasShapeOf(item, each)));
}
