import { printable } from "../printable.ts";

/** Where something stands in a configuration that is imported. */
export type Origin = { readonly file: string; readonly line: number };

/** One setting of the other server's configuration, whatever its syntax. */
export type Setting = { readonly name: string; readonly at: Origin };

/** A file that is imported. */
export type ImportedFile = { readonly file: string; readonly text: string };

/** No configuration that people write comes near these. */
export const limits = { bytes: 512 * 1024, settings: 5_000, depth: 16, words: 2_000 } as const;

/** A configuration that cannot be imported: the one thing that is wrong, and where. */
export class ImportError extends Error {
  override readonly name: string = "ImportError";
  readonly code = "import/unreadable";

  constructor({ file, line }: Origin, text: string) {
    super(`${printable(file)}:${line} ${text}`);
  }
}

/** Does with each setting what its rule says; one without a rule is told to `unknown`. */
export function walk<T extends Setting>(
  settings: readonly T[],
  rules: Readonly<Record<string, (setting: T) => void>>,
  unknown: (setting: T) => void,
): void {
  for (const setting of settings) {
    const rule = Object.hasOwn(rules, setting.name) ? rules[setting.name] : undefined;
    (rule ?? unknown)(setting);
  }
}
