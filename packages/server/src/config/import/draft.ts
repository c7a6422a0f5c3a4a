import { isDeepStrictEqual } from "node:util";
import { rootShape } from "../shape.ts";
import { type Path, validate } from "../validation.ts";
import type { Setting } from "./origin.ts";

/**
 * What became of a setting that is no line of its own in the result:
 * - `open`: it kept somebody out, and nothing does so here;
 * - `missing`: there is no counterpart yet;
 * - `changed`: it has another form here, or is done in another place;
 * - `same`: Sluice does so anyway, or has no need of it.
 */
export type Verdict = "open" | "missing" | "changed" | "same";

export type Remark = { readonly verdict: Verdict; readonly setting: Setting; readonly text: string };

/** A line of the result, and the settings that it comes from. */
export type Taken = { readonly path: Path; readonly settings: readonly Setting[] };

type Section = Record<string, unknown>;

/** A configuration of ours while it is made from another server's. */
export class Draft {
  readonly #root: Section = Object.create(null);
  readonly #taken = new Map<string, { path: Path; settings: Setting[] }>();
  readonly #apps = new Map<string, AppDraft>();
  readonly #remarks: Remark[] = [];

  get value(): Readonly<Section> {
    return this.#root;
  }

  get taken(): readonly Taken[] {
    return [...this.#taken.values()];
  }

  get remarks(): readonly Remark[] {
    return this.#remarks;
  }

  get apps(): readonly AppDraft[] {
    return [...this.#apps.values()];
  }

  /** Sets a key that is not set yet. One that has another value already keeps it, and a remark says so. */
  set(path: Path, value: unknown, setting: Setting | undefined): void {
    const target = this.#sectionOf(path);
    const name = path.at(-1) ?? "";
    const before = target[name];
    if (before === undefined) target[name] = value;
    else if (!isDeepStrictEqual(before, value)) {
      if (setting)
        this.remark("missing", setting, `${path.join(".")} can have one value, and has it from a line before`);
      return;
    }
    if (setting) this.#take(path, setting);
  }

  /** Sets a key whatever it has. */
  replace(path: Path, value: unknown): void {
    this.#sectionOf(path)[path.at(-1) ?? ""] = value;
  }

  /** Adds to a list, at most as many as the key may have. */
  add(path: Path, items: readonly unknown[], most: number, setting: Setting): void {
    const target = this.#sectionOf(path);
    const name = path.at(-1) ?? "";
    const before = Array.isArray(target[name]) ? target[name] : [];
    const fresh = items.filter((item) => !before.some((each) => isDeepStrictEqual(each, item)));
    const fitting = fresh.slice(0, Math.max(0, most - before.length));
    if (fitting.length < fresh.length) this.remark("missing", setting, `${path.join(".")} has at most ${most} entries`);
    if (before.length + fitting.length === 0) return;
    target[name] = [...before, ...fitting];
    this.#take(path, setting);
  }

  remark(verdict: Verdict, setting: Setting, text: string): void {
    this.#remarks.push({ verdict, setting, text });
  }

  /** The app of a name, made when it is asked for first. */
  app(name: string, setting: Setting | undefined): AppDraft {
    const known = this.#apps.get(name);
    if (known) {
      if (setting) this.#take(["apps", name], setting);
      return known;
    }
    this.set(["apps", name], Object.create(null), setting);
    const made = new AppDraft(this, name);
    this.#apps.set(name, made);
    return made;
  }

  /** Takes out what our schema does not allow, and says so: what is left passes `sluice check`. */
  settle(): void {
    for (let round = 0; round < 8; round++) {
      const wrong: { path: Path; text: string }[] = [];
      validate(rootShape, this.#root, [], (path, text) => wrong.push({ path, text }));
      if (wrong.length === 0) return;
      for (const { path, text } of wrong.reverse()) this.#drop(path, text); // the last of a list first
    }
  }

  #drop(path: Path, text: string): void {
    const name = path.at(-1) ?? "";
    const target = this.#sectionOf(path);
    if (Array.isArray(target)) target.splice(Number(name), 1);
    else delete target[name];
    const gone = [...this.#taken].filter(([, taken]) => path.every((step, index) => taken.path[index] === step));
    const settings = gone.length > 0 ? gone.flatMap(([, { settings }]) => settings) : this.#nearest(path);
    for (const [key] of gone) this.#taken.delete(key);
    const verdict = path.includes("access") ? "open" : "missing";
    for (const setting of new Set(settings))
      this.remark(verdict, setting, `could not be taken over into ${path.join(".")}: ${text}`);
  }

  #nearest(path: Path): readonly Setting[] {
    for (let length = path.length; length > 0; length--) {
      const found = this.#taken.get(JSON.stringify(path.slice(0, length)));
      if (found) return found.settings;
    }
    return [];
  }

  #sectionOf(path: Path): Section {
    let section = this.#root;
    for (const step of path.slice(0, -1)) {
      section[step] ??= Object.create(null);
      section = section[step] as Section;
    }
    return section;
  }

  #take(path: Path, setting: Setting): void {
    const key = JSON.stringify(path);
    const known = this.#taken.get(key);
    if (known) known.settings.push(setting);
    else this.#taken.set(key, { path, settings: [setting] });
  }
}

/** One app of the draft. */
export class AppDraft {
  readonly name: string;
  readonly #draft: Draft;
  /** Who may publish: everybody, who passes a check that is set, or nobody. */
  publishing: "open" | "checked" | "nobody" = "open";

  constructor(draft: Draft, name: string) {
    this.#draft = draft;
    this.name = name;
  }

  set(key: string, value: unknown, setting: Setting): void {
    this.#draft.set(this.#path(key), value, setting);
  }

  add(key: string, items: readonly unknown[], most: number, setting: Setting): void {
    this.#draft.add(this.#path(key), items, most, setting);
  }

  has(key: string): boolean {
    let at: unknown = this.#draft.value;
    for (const step of this.#path(key)) at = (at as Section | undefined)?.[step];
    return at !== undefined;
  }

  #path(key: string): Path {
    return ["apps", this.name, ...key.split(".")];
  }
}
