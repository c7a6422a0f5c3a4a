import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { type Api, Refused, withApi } from "./api-client.ts";
import { say } from "./output.ts";
import { table, wantsJson } from "./table.ts";

type Difference = {
  readonly key: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly restart: boolean;
};
type Problem = { readonly line?: number; readonly key: string; readonly text: string };
type Verdict = {
  readonly valid?: boolean;
  readonly problems?: readonly Problem[];
  readonly warnings: readonly string[];
  readonly differences: readonly Difference[];
  readonly revision?: string;
};

const route = "config";

/** `sluice config get [KEY]`: the file's text without its secrets, or what one key is now. */
export function getConfig(file: string, key: string | undefined): Promise<number> {
  return withApi(file, async (api) => {
    const { text, values } = (await api("GET", route)) as { text: string; values: unknown };
    if (key === undefined) return say(wantsJson() ? JSON.stringify(values, undefined, 2) : text.trimEnd());
    const value = pathOf(key).reduce<unknown>(
      (found, name) => (found as Record<string, unknown> | undefined)?.[name],
      values,
    );
    if (value === undefined) throw new Refused(`there is no ${key} in the configuration`);
    say(typeof value === "string" && !wantsJson() ? value : JSON.stringify(value, undefined, 2));
  });
}

/** `sluice config check FILE`, `diff FILE`: whether another text would do, and what would differ. */
export function judgeConfig(file: string, from: string, shows: "problems" | "differences"): Promise<number> {
  return withApi(file, async (api) => {
    const verdict = (await api("POST", `${route}/check`, { text: await textOf(from) })) as Verdict;
    if (wantsJson()) say(JSON.stringify(verdict, undefined, 2));
    const { valid, problems = [], warnings } = verdict;
    if (!valid) throw new Refused(problems.map((problem) => problemLine(from, problem)).join("\n"));
    if (wantsJson()) return;
    for (const warning of warnings) say(`warning: ${warning}`);
    if (shows === "problems") say(`${from} is valid`);
    else tell(verdict);
  });
}

/** `sluice config apply FILE`. */
export function applyConfig(file: string, from: string): Promise<number> {
  return change(file, async (api) => api("POST", route, { text: await textOf(from) }));
}

/** `sluice config set KEY VALUE`, and without a value `unset KEY`. */
export function setConfig(file: string, key: string, text?: string): Promise<number> {
  const path = pathOf(key);
  return change(file, (api) =>
    api("PATCH", route, { changes: [text === undefined ? { path } : { path, value: parse(text) as unknown }] }),
  );
}

/** `sluice config versions`. */
export function listVersions(file: string): Promise<number> {
  return withApi(file, async (api) => {
    const { items } = (await api("GET", `${route}/versions`)) as { items: Readonly<Record<string, unknown>>[] };
    say(table(items, ["revision", "savedAt"]));
  });
}

/** `sluice config rollback REVISION`. */
export function rollBack(file: string, revision: string): Promise<number> {
  return change(file, (api) => api("POST", `${route}/rollback`, { revision }));
}

function change(file: string, ask: (api: Api) => Promise<unknown>): Promise<number> {
  return withApi(file, async (api) => {
    const applied = (await ask(api)) as Verdict;
    if (wantsJson()) return say(JSON.stringify(applied, undefined, 2));
    for (const warning of applied.warnings) say(`warning: ${warning}`);
    tell(applied);
    say(`the configuration is now ${applied.revision}`);
  });
}

function tell({ differences }: Verdict): void {
  if (differences.length === 0) return say("nothing differs");
  say(
    table(
      differences.map((each) => ({ ...each, restart: each.restart ? "at the next start" : "at once" })),
      ["key", "before", "after", "restart"],
    ),
  );
}

async function textOf(from: string): Promise<string> {
  return readFile(from, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Refused(`${from} cannot be read (${error.code})`);
  });
}

function problemLine(from: string, { line, key, text }: Problem): string {
  return `${from}${line === undefined ? "" : `:${line}`} ${key}: ${text}`;
}

/** `apps.live.hold`. */
function pathOf(key: string): readonly string[] {
  return key.split(".");
}
