import type { TSchema } from "typebox";
import { configSchema } from "./schema.ts";

/** One key of the configuration: where it stands, what it takes, and the environment variable that overrides it. */
export type Key = { readonly path: readonly string[]; readonly schema: TSchema; readonly variable: string };

type ObjectSchema = TSchema & { readonly properties: Record<string, TSchema> };

/** Every key that has a value of its own, read off the schema. `apps` is one: its names are the operator's. */
export const configKeys: readonly Key[] = [...keysOf(configSchema as ObjectSchema, [])];

/** The properties of a section, undefined for what is none. */
export function sectionProperties(schema: TSchema): Record<string, TSchema> | undefined {
  return "properties" in schema ? (schema as ObjectSchema).properties : undefined;
}

function* keysOf(schema: ObjectSchema, above: readonly string[]): Generator<Key> {
  for (const [name, each] of Object.entries(schema.properties)) {
    const path = [...above, name];
    if (sectionProperties(each)) yield* keysOf(each as ObjectSchema, path);
    else yield { path, schema: each, variable: `SLUICE_${path.map(upper).join("_")}` };
  }
}

function upper(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** The known word that is nearest to a misspelt one, if any is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const each of known) {
    const distance = editDistance(word.toLowerCase(), each.toLowerCase());
    if (distance < least) [best, least] = [each, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
