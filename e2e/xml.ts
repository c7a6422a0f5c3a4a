/** An element of an XML document. Text between elements is kept only where there are no elements. */
export type Element = {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  readonly text: string;
};

const nameForm = "[A-Za-z_][\\w:.-]*";
const attributeForm = new RegExp(`^\\s+(${nameForm})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`);
const maxDepth = 32;

/** Reads a document (XML 1.0) that uses no document type and no processing instruction besides the declaration. Throws an Error for everything that is not well-formed. */
export function readXml(text: string): Element {
  const reader = new Reader(text);
  reader.skip(/^<\?xml version=("1\.0"|'1\.0')( encoding=("UTF-8"|'UTF-8'|"utf-8"))?( standalone="(yes|no)")?\s*\?>/);
  reader.blank();
  const root = reader.element(0);
  reader.blank();
  if (reader.rest !== "") throw new Error(`after the document: ${reader.rest.slice(0, 40)}`);
  return root;
}

class Reader {
  rest: string;

  constructor(text: string) {
    this.rest = text;
  }

  skip(form: RegExp): RegExpExecArray | null {
    const found = form.exec(this.rest);
    if (found) this.rest = this.rest.slice(found[0].length);
    return found;
  }

  /** White space and comments. */
  blank(): void {
    while (this.skip(/^(\s+|<!--(?:(?!--)[\s\S])*-->)/));
  }

  element(depth: number): Element {
    if (depth > maxDepth) throw new Error(`deeper than ${maxDepth}`);
    const [, name = ""] = this.skip(new RegExp(`^<(${nameForm})`)) ?? [];
    if (name === "") throw new Error(`no element at ${this.rest.slice(0, 40)}`);
    const attributes = this.#attributes(name);
    const children: Element[] = [];
    if (this.skip(/^\s*\/>/)) return { name, attributes, children, text: "" };
    if (!this.skip(/^\s*>/)) throw new Error(`<${name} does not end: ${this.rest.slice(0, 40)}`);
    let text = "";
    for (;;) {
      text += this.skip(/^[^<]+/)?.[0] ?? "";
      if (this.skip(/^<!--(?:(?!--)[\s\S])*-->/)) continue;
      if (this.rest.startsWith("</")) break;
      children.push(this.element(depth + 1));
    }
    if (!this.skip(new RegExp(`^</${name}\\s*>`))) throw new Error(`<${name}> is ended by ${this.rest.slice(0, 40)}`);
    if (children.length > 0 && text.trim() !== "") throw new Error(`text between the elements of ${name}`);
    return { name, attributes, children, text: plain(text.trim()) };
  }

  #attributes(name: string): Map<string, string> {
    const attributes = new Map<string, string>();
    for (let found = this.skip(attributeForm); found; found = this.skip(attributeForm)) {
      const [, key = "", double, single] = found;
      if (attributes.has(key)) throw new Error(`${name} has ${key} twice`);
      attributes.set(key, plain(double ?? single ?? ""));
    }
    return attributes;
  }
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function plain(text: string): string {
  return text.replace(/&([^;]{0,8};?)/g, (whole, body: string) => {
    const entity = entities[body.slice(0, -1)];
    if (entity === undefined || !body.endsWith(";")) throw new Error(`${whole} is no entity`);
    return entity;
  });
}
