import { printable } from "./printable.ts";

/** One thing that is wrong with the configuration: where, and what is allowed instead. It never repeats a secret. */
export type Problem = {
  /** Where in the file, counted from 1; undefined where the file as a whole, or the environment, is at fault. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** The environment variable at fault. */
  readonly variable?: string;
  /** The key, as "http.port"; "" for the whole. */
  readonly key: string;
  readonly text: string;
};

/** A configuration that cannot be used. The message has one line for each problem, in the order of the file. */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
  readonly code = "config/invalid";
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const sorted = [...problems].sort(
      (a, b) => (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY) || byColumn(a, b),
    );
    super(sorted.map((problem) => line(file, problem)).join("\n"));
    this.problems = sorted;
  }
}

const maxKey = 200;

function byColumn(a: Problem, b: Problem): number {
  return (a.column ?? 0) - (b.column ?? 0);
}

function line(file: string, { line, column, variable, key, text }: Problem): string {
  const place = variable ?? (line === undefined ? file : `${file}:${line}:${column ?? 1}`);
  return key === "" ? `${place} ${text}` : `${place} ${printable(key).slice(0, maxKey)}: ${text}`;
}

/** Text from outside as it may be shown: quoted where it has to be, control characters escaped, and not at length. */
export function shown(value: unknown): string {
  const text =
    typeof value === "string"
      ? JSON.stringify(value)
      : typeof value === "object" && value !== null
        ? kind(value)
        : String(value);
  const safe = printable(text);
  return safe.length > 80 ? `${safe.slice(0, 79)}…` : safe;
}

function kind(value: object): string {
  return Array.isArray(value) ? "a list" : "a section";
}
