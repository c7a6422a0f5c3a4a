import { configKeys, type Key, nearest } from "./keys.ts";
import { type Problem, shown } from "./problem.ts";
import type { Shape } from "./shape.ts";
import { type Path, validate } from "./validation.ts";
import { readYaml } from "./yaml-text.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment overrides, with what is wrong with it. */
export type Overrides = {
  readonly values: readonly { readonly path: Path; readonly value: unknown }[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
};

const prefix = "SLUICE_";
/** The file itself; the command line reads it. */
const configVariable = "SLUICE_CONFIG";
/** What only the command line reads. */
const commandVariables = new Set(["SLUICE_API_URL", "SLUICE_API_TOKEN", "SLUICE_OUTPUT"]);

/** Reads the SLUICE_… variables. One that is empty counts as not set. */
export function readEnvironment(environment: Environment): Overrides {
  const keys = new Map(configKeys.map((key) => [key.variable, key]));
  const values: { path: Path; value: unknown }[] = [];
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const [variable, text] of Object.entries(environment).sort(byName)) {
    if (!variable.startsWith(prefix) || text === undefined || text === "") continue;
    if (variable === configVariable || commandVariables.has(variable)) continue;
    const key = keys.get(variable);
    if (!key) {
      const near = nearest(variable, [...keys.keys(), configVariable]);
      warnings.push(`${shown(variable).slice(1, -1)} is no setting${near ? `; did you mean ${near}?` : ""}`);
      continue;
    }
    const own = read(key, text);
    problems.push(...own.problems);
    values.push({ path: key.path, value: own.value });
  }
  return { values, problems, warnings };
}

function read({ path, shape, variable }: Key, text: string): { value: unknown; problems: Problem[] } {
  const { value, problems: broken } =
    shape.patternProperties || shape.items?.properties
      ? readYaml(text)
      : { value: valueFrom(shape, text), problems: [] };
  const problems: Problem[] = broken.map((each) => ({ variable, key: path.join("."), text: each.text }));
  if (broken.length === 0)
    validate(shape, value, path, (at, wrong) => problems.push({ variable, key: at.join("."), text: wrong }));
  return { value, problems };
}

/** The text as the value that the key takes; text that is no such value stays text, and is refused for what it is. */
function valueFrom(shape: Shape, text: string): unknown {
  if (shape.items) {
    return text
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "");
  }
  const isNumber = shape.type === "integer" || shape.unit === "size";
  if (isNumber && /^[+-]?\d{1,15}$/.test(text)) return Number(text);
  if (shape.type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
