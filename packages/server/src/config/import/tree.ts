import type { YamlText } from "../yaml-text.ts";
import type { Draft, Verdict } from "./draft.ts";
import type { Setting } from "./origin.ts";

/** A setting of a configuration in YAML, JSON or JavaScript. */
export type Entry = Setting & { readonly value: Value };

export type Value =
  | { readonly kind: "scalar"; readonly scalar: string | number | boolean | null }
  | { readonly kind: "list"; readonly items: readonly Entry[] }
  | { readonly kind: "section"; readonly entries: readonly Entry[] }
  /** A program makes it. */
  | { readonly kind: "computed" };

/** What an item of a list is called. */
export function itemName(index: number): string {
  return `entry ${index + 1}`;
}

/** What a YAML text holds, as entries that know their lines. */
export function entriesOf(file: string, yaml: YamlText): readonly Entry[] {
  const made = treeOf(file, yaml, yaml.value, []);
  return made.kind === "section" ? made.entries : [];
}

function treeOf(file: string, yaml: YamlText, value: unknown, path: readonly string[]): Value {
  if (Array.isArray(value))
    return {
      kind: "list",
      items: value.map((each, index) => ({
        ...entry(file, yaml, each, [...path, String(index)]),
        name: itemName(index),
      })),
    };
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([name, each]) => entry(file, yaml, each, [...path, name]));
    return { kind: "section", entries };
  }
  const isScalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return { kind: "scalar", scalar: isScalar ? value : null };
}

function entry(file: string, yaml: YamlText, value: unknown, path: readonly string[]): Entry {
  const line = yaml.placeOf(path, "key")?.line ?? 1;
  return { name: path.at(-1) ?? "", at: { file, line }, value: treeOf(file, yaml, value, path) };
}

/** The text of a scalar, undefined for what is empty or none. */
export function textOf({ value }: { readonly value: Value }): string | undefined {
  if (value.kind !== "scalar" || value.scalar === null || value.scalar === "") return undefined;
  return String(value.scalar);
}

/** Whether a switch is on; YAML's older words for it count too. */
export function isOn({ value }: { readonly value: Value }): boolean {
  return (
    value.kind === "scalar" &&
    (value.scalar === true || value.scalar === "yes" || value.scalar === "on" || value.scalar === "true")
  );
}

/** What stands below a section or in a list. */
export function inside(entry: Entry | undefined): readonly Entry[] {
  if (entry?.value.kind === "section") return entry.value.entries;
  return entry?.value.kind === "list" ? entry.value.items : [];
}

export function find(entries: readonly Entry[], name: string): Entry | undefined {
  return entries.find((each) => each.name === name);
}

/** The text of the entry with that name. */
export function said(entries: readonly Entry[], name: string): string | undefined {
  const found = find(entries, name);
  return found && textOf(found);
}

/** The texts of a list, or of one value that stands for a list. */
export function textsOf(entry: Entry | undefined): readonly string[] {
  if (entry === undefined) return [];
  if (entry.value.kind === "list") return entry.value.items.flatMap((item) => textOf(item) ?? []);
  return textOf(entry)?.split(/\s*,\s*/) ?? [];
}

export const computed = "the program computes it: write its value into the result by hand";

/** The same of an entry and of all that stands below it. */
export function remarkBelow(draft: Draft, verdict: Verdict, entry: Entry, text: string): void {
  draft.remark(verdict, entry, entry.value.kind === "computed" ? computed : text);
  for (const each of inside(entry)) remarkBelow(draft, verdict, each, text);
}
