import { ImportError, type ImportedFile, limits, type Origin, type Setting } from "./origin.ts";

/** A setting as nginx and SRS write it: `name args;` or `name args { … }`. */
export type Directive = Setting & {
  readonly args: readonly string[];
  /** What stands between its braces, undefined where there are none. */
  readonly inner?: readonly Directive[];
};

/** The files that an `include` names; words where there are none. */
export type Include = (pattern: string) => readonly ImportedFile[] | string;

const maxFiles = 64;
const maxIncludeDepth = 4;
/** Lists of types and variables, which say nothing about streams. */
const boring = /(?:^|\/)(?:mime\.types|fastcgi_params|fastcgi\.conf|proxy_params|uwsgi_params|scgi_params)$/;

type Token = { readonly kind: "word" | "{" | "}" | ";"; readonly text: string; readonly line: number };

type Inside = { readonly depth: number; readonly includes: number; readonly opened?: number };

/** Reads a configuration of nginx or SRS, with the files that it includes in their places. Throws an `ImportError` for text that is none. */
export function readDirectives(main: ImportedFile, include: Include): readonly Directive[] {
  return new Reader(include).file(main, 0);
}

class Reader {
  readonly #include: Include;
  #files = 0;
  #settings = 0;
  #bytes = 0;

  constructor(include: Include) {
    this.#include = include;
  }

  file({ file, text }: ImportedFile, includes: number): readonly Directive[] {
    const start = { file, line: 1 };
    this.#files += 1;
    this.#bytes += text.length;
    if (this.#files > maxFiles) throw new ImportError(start, `is one of more than ${maxFiles} files`);
    if (this.#bytes > limits.bytes) throw new ImportError(start, "makes it more than 512 KiB of text");
    const tokens = tokensOf(file, text);
    return this.#block(tokens, file, { depth: 0, includes });
  }

  /** To the end of the file, or of the block that `opened` has opened. */
  #block(tokens: Iterator<Token>, file: string, inside: Inside): readonly Directive[] {
    const found: Directive[] = [];
    for (;;) {
      const { value: token, done } = tokens.next();
      if (done && inside.opened !== undefined)
        throw new ImportError({ file, line: inside.opened }, "the block that begins here is not closed");
      if (done || (token.kind === "}" && inside.opened !== undefined)) return found;
      found.push(...this.#directive(token, tokens, file, inside));
    }
  }

  #directive(token: Token, tokens: Iterator<Token>, file: string, inside: Inside): readonly Directive[] {
    const at = { file, line: token.line };
    if (token.kind !== "word") throw new ImportError(at, `there is a ${token.kind} where a setting should begin`);
    if (++this.#settings > limits.settings)
      throw new ImportError(at, `there are more than ${limits.settings} settings`);
    const { args, end } = argumentsOf(tokens, at);
    if (end === ";") {
      const isInclude = token.text === "include";
      return isInclude ? this.#included(args, at, inside.includes) : [{ name: token.text, args, at }];
    }
    if (inside.depth >= limits.depth) throw new ImportError(at, "it is nested too deep");
    const inner = this.#block(tokens, file, { ...inside, depth: inside.depth + 1, opened: token.line });
    return [{ name: token.text, args, inner, at }];
  }

  #included(args: readonly string[], at: Origin, includes: number): readonly Directive[] {
    const whole: Directive = { name: "include", args, at };
    const named = args.filter((each) => !boring.test(each));
    if (named.length === 0) return [];
    if (includes >= maxIncludeDepth)
      throw new ImportError(at, `files include each other more than ${maxIncludeDepth} deep`);
    return named.flatMap((pattern) => {
      const files = this.#include(pattern);
      return typeof files === "string"
        ? [{ ...whole, args: [pattern, files] }]
        : files.flatMap((each) => this.file(each, includes + 1));
    });
  }
}

function argumentsOf(tokens: Iterator<Token>, at: Origin): { args: readonly string[]; end: ";" | "{" } {
  const args: string[] = [];
  for (;;) {
    const { value: token, done } = tokens.next();
    if (done || token.kind === "}") throw new ImportError(at, "the setting that begins here does not end in ; or {");
    if (token.kind !== "word") return { args, end: token.kind };
    if (args.length >= limits.words) throw new ImportError(at, `the setting has more than ${limits.words} words`);
    args.push(token.text);
  }
}

/** Space and comments, a text in quotes, a sign, or a word, in which `${name}` may stand. */
const form =
  /(?<space>\s+|#[^\n]*)|(?<quote>["'])(?<quoted>(?:\\[\s\S]|(?!\k<quote>)[^\\])*)\k<quote>|(?<sign>[{};])|(?<word>(?:\\[\s\S]|\$\{|[^\s{};"'#\\])(?:\\[\s\S]|\$\{|[^\s{;\\])*)/y;

function* tokensOf(file: string, text: string): Generator<Token, undefined> {
  const next = new RegExp(form);
  let line = 1;
  while (next.lastIndex < text.length) {
    const at = next.lastIndex;
    const found = next.exec(text);
    if (!found) throw new ImportError({ file, line }, unreadable(text[at]));
    const { space, quoted, sign, word } = found.groups ?? {};
    if (sign !== undefined) yield { kind: sign as "{" | "}" | ";", text: sign, line };
    else if (space === undefined) yield { kind: "word", text: unescaped(quoted ?? word ?? ""), line };
    line += found[0].split("\n").length - 1;
  }
  return undefined;
}

function unreadable(sign: string | undefined): string {
  return sign === '"' || sign === "'"
    ? "the quote that begins here is not closed"
    : "there is a sign that cannot stand there";
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([\\"' ])/g, "$1");
}
