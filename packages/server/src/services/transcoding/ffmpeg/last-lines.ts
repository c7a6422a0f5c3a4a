import type { Readable } from "node:stream";

const maxLines = 6;
const maxLine = 200;
const maxPending = 4096;

/** The last lines that a program said, each cut to a length that fits a log. */
export class LastLines {
  #lines: string[] = [];
  #pending = "";

  constructor(from: Readable) {
    from.setEncoding("utf8");
    from.on("data", (text: string) => this.#add(text));
    from.on("error", () => {});
  }

  toString(): string {
    return [...this.#lines, this.#pending].filter((line) => line !== "").join("; ");
  }

  #add(text: string): void {
    const lines = (this.#pending + text.slice(-maxPending)).split(/[\r\n]+/);
    this.#pending = (lines.pop() ?? "").slice(-maxLine);
    this.#lines = [...this.#lines, ...lines.map((line) => line.trim().slice(0, maxLine)).filter(Boolean)].slice(
      -maxLines,
    );
  }
}
