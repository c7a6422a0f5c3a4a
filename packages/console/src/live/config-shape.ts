/** As much of the configuration's JSON Schema as a form is made of. */
export type Setting = {
  readonly name: string;
  readonly description: string;
  readonly kind: "choice" | "number" | "text" | "flag" | "other";
  readonly choices: readonly string[];
};

type Schema = {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly unit?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
};

/** One quality of a ladder, as the configuration says it: by a word, or by what it is to be. */
export type RungSetting = string | Readonly<Record<string, string | number>>;
export type LadderSetting = "none" | "auto" | readonly RungSetting[];

/** The settings that every app has, in the schema's order. */
export function appSettings(schema: unknown): readonly Setting[] {
  const apps = (schema as Schema | undefined)?.properties?.apps?.patternProperties ?? {};
  const [app] = Object.values(apps);
  return Object.entries(app?.properties ?? {}).map(([name, setting]) => ({
    name,
    description: setting.description ?? "",
    kind: kindOf(setting),
    choices: setting.enum ?? [],
  }));
}

function kindOf({ type, enum: choices, unit }: Schema): Setting["kind"] {
  if (choices) return "choice";
  if (type === "boolean") return "flag";
  if (type === "integer" || type === "number") return "number";
  return type === "string" || unit !== undefined ? "text" : "other";
}

/** The apps of a configuration's values, each with its settings. */
export function appsOf(values: unknown): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const { apps = {} } = (values ?? {}) as { apps?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  return apps;
}

/** A ladder without what follows by itself, so that the file stays as short as a person would write it. */
export function ladderOf(value: unknown): LadderSetting {
  if (!Array.isArray(value)) return value === "auto" ? "auto" : "none";
  return value.map((rung: RungSetting) => {
    if (typeof rung === "string") return rung;
    return Object.fromEntries(
      Object.entries(rung).filter(
        ([name, each]) => each !== "" && each !== 0 && !(name === "codec" && each === "h264"),
      ),
    );
  });
}

/** One key of the configuration that somebody wants to be something else. */
export type Change = { readonly path: readonly string[]; readonly value: unknown };

/** The changes with one more; a change of the same key is replaced, and one to what it was is none. */
export function withChange(changes: readonly Change[], { path, value }: Change, before: unknown): readonly Change[] {
  const others = changes.filter((each) => each.path.join("\n") !== path.join("\n"));
  return JSON.stringify(value) === JSON.stringify(before) ? others : [...others, { path, value }];
}
