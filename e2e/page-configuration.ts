import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readYaml } from "../packages/server/src/config/yaml-text.ts";
import { until } from "./peers.ts";
import type { RealServer } from "./server.ts";

type Settings = { readonly [name: string]: unknown };

/** A server's configuration, as a page has its reader change it. */
export type PageConfiguration = {
  /** A whole one stands beside what the first start wrote. An indented one is a part of what was there before, below `apps.live.access`. */
  use(text: string): Promise<void>;
  /** What the first start wrote. */
  restore(): Promise<void>;
};

/** Changes the file, and waits until the server has read it again. */
export function pageConfiguration(server: RealServer): PageConfiguration {
  const file = join(server.folder, "sluice.yaml");
  const written = readFileSync(file, "utf8");
  const base = settingsIn(written);
  let current = base;
  const write = async (text: string) => {
    if (readFileSync(file, "utf8") === text) return;
    const before = answers(server).length;
    writeFileSync(file, text);
    await until(() => answers(server).length > before, "the configuration is read again");
    const answer = answers(server).at(-1);
    if (answer?.level === "error") throw new Error(`${JSON.stringify(answer)}\n${text}`);
  };
  return {
    use: async (text) => {
      const settings = settingsIn(text);
      current = text.startsWith(" ")
        ? beside(current, { apps: { live: { access: replaced(current, settings) } } })
        : beside(base, settings);
      await write(`${JSON.stringify(current, undefined, 2)}\n`); // JSON is YAML
    },
    restore: async () => {
      current = base;
      await write(written);
    },
  };
}

function answers(server: RealServer): Record<string, unknown>[] {
  return server
    .log()
    .filter(({ message }) => /^the (?:changed )?configuration (?:was read|is not used)/.test(`${message}`));
}

function settingsIn(text: string): Settings {
  const { value, problems } = readYaml(text);
  if (problems.length > 0) throw new Error(`${JSON.stringify(problems)}\n${text}`);
  return isSettings(value) ? value : {};
}

/** The second's settings in the place of the first's, name by name. */
function beside(first: Settings, second: Settings): Settings {
  const joined = Object.entries(second).map(([name, value]) => {
    const before = first[name];
    return [name, isSettings(before) && isSettings(value) ? beside(before, value) : value];
  });
  return { ...first, ...Object.fromEntries(joined) };
}

/** A part of the page stands alone: what it has no word for is as it comes. */
function replaced({ apps }: Settings, part: Settings): Settings {
  const access = isSettings(apps) && isSettings(apps.live) && isSettings(apps.live.access) ? apps.live.access : {};
  const gone = Object.keys(part).flatMap((name) => {
    const before = access[name];
    return isSettings(before) ? [[name, Object.fromEntries(Object.keys(before).map((key) => [key, undefined]))]] : [];
  });
  return beside(Object.fromEntries(gone), part);
}

function isSettings(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
