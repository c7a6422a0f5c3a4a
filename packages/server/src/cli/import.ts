import { randomBytes } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import {
  ImportError,
  type Imported,
  type ImportedFile,
  importConfig,
  type Server,
  servers,
} from "../config/import/index.ts";
import { complain, say } from "./output.ts";
import { configProblems } from "./problems.ts";

export type ImportOptions = { readonly from?: string; readonly output?: string; readonly strict?: boolean };

const maxBytes = 512 * 1024;
const maxFiles = 64;

/** `sluice import`: 0 when a configuration was written, 1 when none could be, and with `--strict` 2 when something has no counterpart here. */
export async function importFrom(file: string, { from, output, strict = false }: ImportOptions): Promise<number> {
  if (from !== undefined && !Object.hasOwn(servers, from)) {
    complain(`There is no ${from} to import from; there are ${Object.keys(servers).join(", ")}.`);
    return 1;
  }
  try {
    const host = {
      from: from as Server | undefined,
      include: (pattern: string) => included(dirname(file), pattern),
      newKey: () => randomBytes(24).toString("base64url"),
    };
    const made = importConfig({ file, text: textOf(file) }, host);
    if (output === undefined) say(made.text.trimEnd());
    else await writeFile(output, made.text, { mode: 0o600, flag: "wx" });
    complain(...summary(file, output, made));
    return strict && made.counts.open + made.counts.missing > 0 ? 2 : 0;
  } catch (error) {
    complain(problem(file, output, error));
    return 1;
  }
}

function summary(file: string, output: string | undefined, { server, counts }: Imported): readonly string[] {
  const { taken, changed, missing, open, same } = counts;
  return [
    `${file} is a configuration of ${servers[server]}: ${taken} settings were taken over, ${changed} have another form or need a look, ${same} need nothing, ${missing} have no counterpart yet.`,
    ...(open > 0 ? [`LOOK HERE FIRST: ${open} kept somebody out there, and nothing does so here.`] : []),
    `The comments ${output === undefined ? "" : `in ${output} `}say which.`,
  ];
}

function problem(file: string, output: string | undefined, error: unknown): string {
  if (error instanceof ImportError) return error.message;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === "EEXIST") return `${output} is there already, and is not written over; name another file, or remove it`;
  if (output !== undefined && syscall === "open" && (error as NodeJS.ErrnoException).path === output)
    return `${output} cannot be written: ${(error as Error).message}`;
  return code === "ENOENT"
    ? `${file} is not there`
    : configProblems(file, error).replace("; name a file with --config", "");
}

/** No device and no endless pipe: a configuration is a file. */
function textOf(file: string): string {
  const about = statSync(file);
  const start = { file, line: 1 };
  if (about.isDirectory()) throw new ImportError(start, "is a folder; name the file");
  if (!about.isFile()) throw new ImportError(start, "is no file");
  if (about.size > maxBytes) throw new ImportError(start, "is larger than 512 KiB");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof TypeError) throw new ImportError(start, "is no UTF-8 text");
    throw error;
  }
}

/** The files that a pattern names, from the folder of the first one. */
function included(folder: string, pattern: string): readonly ImportedFile[] | string {
  const path = isAbsolute(pattern) ? pattern : join(folder, pattern);
  try {
    const isPattern = /[*?[]/.test(path);
    const files = isPattern ? globSync(path).sort().slice(0, maxFiles) : [path];
    return files.map((file) => ({ file, text: textOf(file) }));
  } catch (error) {
    if (error instanceof ImportError) throw error;
    return `${pattern} cannot be read here`;
  }
}
