import { ImportError, type ImportedFile, limits, type Origin, type Setting } from "./origin.ts";
import { type Entry, itemName, type Value } from "./tree.ts";

/** Reads the settings that a program gives to Node-Media-Server, or a JSON file of them. What is computed is told apart, and never run. Throws an `ImportError`. */
export function readObject({ file, text }: ImportedFile): readonly Entry[] {
  const bare = withoutComments(text);
  const start = /^\s*\{/.test(bare) ? bare.indexOf("{") : objectIn(bare);
  if (start < 0)
    throw new ImportError(
      { file, line: 1 },
      "has no object of settings, such as const config = { rtmp: { port: 1935 } }",
    );
  const value = new Reader(file, bare, start).value(0);
  return value.kind === "section" ? value.entries : [];
}

/** Spaces in the place of comments, so that all else stays where it is. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (whole, quoted?: string) => quoted ?? whole.replaceAll(/[^\n]/g, " "),
  );
}

/** Where the object begins that the server is made with; otherwise where the first begins that is called a configuration. */
function objectIn(text: string): number {
  const [made, name] = /\bnew\s+NodeMedia(?:Server|Cluster)\s*\(\s*([\w$]{0,100})/.exec(text) ?? [];
  if (made !== undefined && name === "") {
    const start = text.indexOf(made) + made.length;
    if (text[start] === "{") return start;
  }
  const called = name ? [name.replaceAll("$", "\\$"), "\\w*[cC]onfig"] : ["\\w*[cC]onfig"];
  const forms = [
    ...called.map((each) => new RegExp(`\\b(?:const|let|var)\\s+${each}\\b[^={};]{0,80}=\\s*\\{`)),
    /\bmodule\.exports\s*=\s*\{/,
    /\bexport\s+default\s*\{/,
  ];
  for (const form of forms) {
    const found = form.exec(text);
    if (found) return found.index + found[0].length - 1;
  }
  return -1;
}

class Reader {
  readonly #file: string;
  readonly #text: string;
  #at: number;
  #count = 0;
  /** Up to where the lines are counted. */
  #counted = { at: 0, line: 1 };

  constructor(file: string, text: string, at: number) {
    this.#file = file;
    this.#text = text;
    this.#at = at;
  }

  value(depth: number): Value {
    if (depth > limits.depth) throw new ImportError(this.#place(), "it is nested too deep");
    const from = this.#at;
    const made = this.#literal(depth);
    this.#space();
    if (made && /^(?:[,}\]);]|$)/.test(this.#text.slice(this.#at, this.#at + 1))) return made;
    this.#at = from;
    this.#skipExpression();
    return { kind: "computed" };
  }

  #literal(depth: number): Value | undefined {
    const sign = this.#text[this.#at];
    if (sign === "{") return { kind: "section", entries: this.#entries(depth) };
    if (sign === "[") return { kind: "list", items: this.#items(depth) };
    const quoted = this.#take(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[^\n]|[^`\\$])*`/y);
    if (quoted !== undefined) return { kind: "scalar", scalar: unquoted(quoted) };
    const number = this.#take(/-?\d[\d_]{0,20}(?:\.\d{1,20})?(?![\w.])/y);
    if (number !== undefined) return { kind: "scalar", scalar: Number(number.replaceAll("_", "")) };
    const word = this.#take(/(?:true|false|null|undefined)(?![\w$])/y);
    if (word === undefined) return undefined;
    return { kind: "scalar", scalar: word === "true" || word === "false" ? word === "true" : null };
  }

  #entries(depth: number): readonly Entry[] {
    const opened = this.#place();
    const found: Entry[] = [];
    this.#at += 1;
    for (;;) {
      this.#space();
      if (this.#take(/\}/y) !== undefined) return found;
      if (this.#take(/,/y) !== undefined) continue;
      if (this.#at >= this.#text.length) throw new ImportError(opened, "the { that stands here is not closed");
      const at = this.#place();
      this.#countOne(at);
      found.push(this.#entry(at, depth));
    }
  }

  #entry(at: Origin, depth: number): Entry {
    const name = this.#take(/[\w$]{1,200}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/y);
    this.#space();
    if (name !== undefined && this.#take(/:/y) !== undefined) {
      this.#space();
      return { name: unquoted(name), at, value: this.value(depth + 1) };
    }
    const from = this.#at;
    this.#skipExpression(); // a method, a shorthand, or …others
    if (this.#at === from && name === undefined) throw new ImportError(at, "there is a sign that cannot stand there");
    return { name: name ?? "…", at, value: { kind: "computed" } };
  }

  #items(depth: number): readonly Entry[] {
    const opened = this.#place();
    const found: Entry[] = [];
    this.#at += 1;
    for (;;) {
      this.#space();
      if (this.#take(/\]/y) !== undefined) return found;
      if (this.#take(/,/y) !== undefined) continue;
      if (this.#at >= this.#text.length) throw new ImportError(opened, "the [ that stands here is not closed");
      const at = this.#place();
      this.#countOne(at);
      const from = this.#at;
      found.push({ name: itemName(found.length), at, value: this.value(depth + 1) });
      if (this.#at === from) throw new ImportError(at, "there is a sign that cannot stand there");
    }
  }

  /** To the comma or bracket that ends it. */
  #skipExpression(): void {
    const start = this.#place();
    let open = 0;
    while (this.#at < this.#text.length) {
      const piece =
        this.#take(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`|[^"'`()[\]{},;]+|[\s\S]/y) ?? "";
      if (/^[([{]$/.test(piece)) open += 1;
      else if (/^[)\]}]$/.test(piece) && open > 0) open -= 1;
      else if (open === 0 && /^[)\]},;]$/.test(piece)) {
        this.#at -= 1;
        return;
      }
    }
    if (open > 0) throw new ImportError(start, "a bracket behind here is not closed");
  }

  #countOne(at: Origin): void {
    if (++this.#count > limits.settings) throw new ImportError(at, `there are more than ${limits.settings} settings`);
  }

  #space(): void {
    this.#take(/\s+/y);
  }

  #take(form: RegExp): string | undefined {
    form.lastIndex = this.#at;
    const [found] = form.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #place(): Origin {
    if (this.#at < this.#counted.at) this.#counted = { at: 0, line: 1 };
    const { at, line } = this.#counted;
    this.#counted = { at: this.#at, line: line + this.#text.slice(at, this.#at).split("\n").length - 1 };
    return { file: this.#file, line: this.#counted.line };
  }
}

/** Without its quotes; what an escape stands for is kept where it is a sign of its own. */
function unquoted(text: string): string {
  if (!/^["'`]/.test(text)) return text;
  return text.slice(1, -1).replaceAll(/\\(?:u([0-9A-Fa-f]{4})|(.))/g, (_, code?: string, sign?: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return sign === "n" ? "\n" : sign === "t" ? "\t" : (sign ?? "");
  });
}

/** Where a program has a say of its own in who may publish or watch. */
export function decisionsIn({ file, text }: ImportedFile): readonly Setting[] {
  const bare = withoutComments(text);
  const found = bare.matchAll(/\.on\(\s*["'`](pre(?:Connect|Publish|Push|Play))["'`]/g);
  return Array.from(found, ({ index, 1: name = "" }) => ({
    name,
    at: { file, line: bare.slice(0, index).split("\n").length },
  })).slice(0, maxDecisions);
}

const maxDecisions = 100;
