import { readFile } from "node:fs/promises";
import type { Api, Applied, ConfigProblem, Verdict } from "@sluice/api";
import { parse } from "yaml";
import { Refused, withApi } from "./api-client.ts";
import { say } from "./output.ts";
import { table, wantsJson } from "./table.ts";

/** `sluice config get [KEY]`: the file's text without its secrets, or what one key is now. */
export function getConfig(file: string, key: string | undefined): Promise<number> {
  return withApi(file, async (api) => {
    const { text, values } = await api("GET /config");
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
    const verdict = await api("POST /config/check", { body: { text: await textOf(from) } });
    if (wantsJson()) say(JSON.stringify(verdict, undefined, 2));
    const { valid, problems, warnings } = verdict;
    if (!valid) throw new Refused(problems.map((problem) => problemLine(from, problem)).join("\n"));
    if (wantsJson()) return;
    for (const warning of warnings) say(`warning: ${warning}`);
    if (shows === "problems") say(`${from} is valid`);
    else tell(verdict);
  });
}

/** `sluice config apply FILE`. */
export function applyConfig(file: string, from: string): Promise<number> {
  return change(file, async (api) => api("POST /config", { body: { text: await textOf(from) } }));
}

/** `sluice config set KEY VALUE`, and without a value `unset KEY`. */
export function setConfig(file: string, key: string, text?: string): Promise<number> {
  const path = pathOf(key);
  const one = text === undefined ? { path } : { path, value: parse(text) as unknown };
  // It answers with a verdict only to who asks for a trial.
  return change(file, async (api) => (await api("PATCH /config", { body: { changes: [one] } })) as Applied);
}

/** `sluice config versions`. */
export function listVersions(file: string): Promise<number> {
  return withApi(file, async (api) => {
    const { items } = await api("GET /config/versions");
    say(table(items, ["revision", "savedAt"]));
  });
}

/** `sluice config rollback REVISION`. */
export function rollBack(file: string, revision: string): Promise<number> {
  return change(file, (api) => api("POST /config/rollback", { body: { revision } }));
}

function change(file: string, ask: (api: Api) => Promise<Applied>): Promise<number> {
  return withApi(file, async (api) => {
    const applied = await ask(api);
    if (wantsJson()) return say(JSON.stringify(applied, undefined, 2));
    for (const warning of applied.warnings) say(`warning: ${warning}`);
    tell(applied);
    say(`the configuration is now ${applied.revision}`);
  });
}

function tell({ differences }: Pick<Verdict, "differences">): void {
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

function problemLine(from: string, { line, key, text }: ConfigProblem): string {
  return `${from}${line === undefined ? "" : `:${line}`} ${key}: ${text}`;
}

/** `apps.live.hold`. */
function pathOf(key: string): readonly string[] {
  return key.split(".");
}
