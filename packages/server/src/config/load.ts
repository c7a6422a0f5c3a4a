import { open } from "node:fs/promises";
import { type Environment, readEnvironment } from "./environment.ts";
import { ConfigError, type Problem } from "./problem.ts";
import type { Config } from "./schema.ts";
import { rootShape } from "./shape.ts";
import { complete, type Path, validate } from "./validation.ts";
import { readYaml } from "./yaml-text.ts";

export type Loaded = { readonly config: Config; readonly warnings: readonly string[] };

const maxBytes = 1024 * 1024;

/**
 * Reads and checks a configuration file, with what the environment overrides. Throws a `ConfigError` with every problem at once, or the
 * system's error when the file cannot be read.
 */
export async function loadConfig(file: string, environment: Environment): Promise<Loaded> {
  return parseConfig(await readText(file), environment, file);
}

/** Checks a configuration's text. `file` is what the problems call it. */
export function parseConfig(text: string, environment: Environment, file: string = "sluice.yaml"): Loaded {
  const yaml = readYaml(text);
  const problems: Problem[] = yaml.problems.map((each) => ({ ...each, key: "" }));
  const overrides = readEnvironment(environment);
  const written = yaml.value ?? {};
  if (problems.length === 0) {
    if (typeof written !== "object" || Array.isArray(written))
      problems.push({ line: 1, column: 1, key: "", text: "has to hold keys and values, such as auth: key" });
    else
      validate(rootShape, written, [], (path, wrong, at) =>
        problems.push({ ...yaml.placeOf(path, at), key: path.join("."), text: wrong }),
      );
  }
  problems.push(...overrides.problems);
  if (problems.length > 0) throw new ConfigError(file, problems);
  for (const { path, value } of overrides.values) set(written as Record<string, unknown>, path, value);
  const config = complete(rootShape, written) as Config; // every value was checked, every other is the schema's default
  return { config, warnings: [...overrides.warnings, ...advice(config)] };
}

/** What is allowed but hardly meant. */
function advice({ auth, streamKeys, apps, tls }: Config): string[] {
  const found: string[] = [];
  const needsKeys = Object.values(apps).every(({ access }) => access.publish.every((way) => way === "key"));
  if (auth === "key" && streamKeys.length === 0 && needsKeys)
    found.push("nobody can publish: streamKeys is empty; add a key, or set auth: open");
  if (Object.keys(apps).length === 0) found.push("nobody can publish or watch: apps is empty; name one, such as live");
  if (tls.acme.domains.length > 0 && !tls.acme.agreeToTerms)
    found.push("no certificate is ordered: read the authority's terms of service, and set tls.acme.agreeToTerms: true");
  return found;
}

function set(target: Record<string, unknown>, [name, ...rest]: Path, value: unknown): void {
  if (name === undefined) return;
  if (rest.length === 0) target[name] = value;
  else {
    target[name] ??= {};
    set(target[name] as Record<string, unknown>, rest, value);
  }
}

/** The text of a file, which may be a pipe; no more of it is read than is allowed. */
async function readText(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const chunks: Uint8Array[] = [];
    let total = 0;
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 * 1024));
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      total += bytesRead;
      if (total > maxBytes) throw new ConfigError(file, [{ key: "", text: "is larger than 1 MiB" }]);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    if (error instanceof TypeError) throw new ConfigError(file, [{ key: "", text: "is no UTF-8 text" }]);
    throw error;
  } finally {
    await handle.close();
  }
}
