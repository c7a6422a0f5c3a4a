import { rootShape, type Shape } from "./shape.ts";

/** One key of the configuration: where it stands, what it takes, and the environment variable that overrides it. */
export type Key = { readonly path: readonly string[]; readonly shape: Shape; readonly variable: string };

/** Every key that has a value of its own, read off the schema. `apps` is one: its names are the operator's. */
export const configKeys: readonly Key[] = [...keysOf(rootShape, [])];

function* keysOf(shape: Shape, above: readonly string[]): Generator<Key> {
  for (const [name, each] of Object.entries(shape.properties ?? {})) {
    const path = [...above, name];
    if (each.properties) yield* keysOf(each, path);
    else yield { path, shape: each, variable: `SLUICE_${path.map(upper).join("_")}` };
  }
}

function upper(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Longer words are no misspelling of ours, and the comparison's cost grows with their length. */
const maxWord = 64;

/** The known word that is nearest to a misspelt one, if any is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > maxWord) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const each of known) {
    const distance = editDistance(word.toLowerCase(), each.toLowerCase());
    if (distance < least) [best, least] = [each, distance];
  }
  return best;
}

/** How many letters have to be put in, taken out, changed or swapped with the next. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const put = (row[j - 1] ?? 0) + 1;
      const taken = (rows[i - 1]?.[j] ?? 0) + 1;
      const changed = (rows[i - 1]?.[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (rows[i - 2]?.[j - 2] ?? 0) + 1 : changed;
      row.push(Math.min(put, taken, changed, swapped));
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}
