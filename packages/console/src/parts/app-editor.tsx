import type { ConfigProblem } from "@sluice/api";
import { plainText, valueText } from "../format.ts";
import { type Change, ladderOf, type Setting } from "../live/config-shape.ts";
import { Field } from "./field.tsx";
import { LadderEditor } from "./ladder-editor.tsx";

type AppEditorProps = {
  readonly app: string;
  readonly settings: readonly Setting[];
  /** What is in force. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly changes: readonly Change[];
  readonly problems: readonly ConfigProblem[];
  readonly onChange: (change: Change) => void;
};

/** What most people change; the rest is one step away. */
const first = ["thumbnails", "ladderStart", "hold", "dvr"];

/** The settings of one app, each with what the schema says of it and what is wrong with it. */
export function AppEditor(props: AppEditorProps) {
  const { app, settings, values, changes, onChange } = props;
  const pathOf = (name: string) => ["apps", app, name];
  const shownOf = (name: string) =>
    changes.find(({ path }) => path.join("\n") === pathOf(name).join("\n"))?.value ?? values[name];
  const ladder = settings.find(({ name }) => name === "ladder");
  const simple = settings.filter(({ name, kind }) => name !== "ladder" && kind !== "other");
  const field = (setting: Setting) => (
    <SettingField
      key={setting.name}
      setting={setting}
      value={shownOf(setting.name)}
      problem={props.problems.find(({ key }) => key === pathOf(setting.name).join("."))?.text}
      onChange={(value) => onChange({ path: pathOf(setting.name), value })}
    />
  );
  return (
    <section class="card app">
      <h2>{app}</h2>
      {ladder ? (
        <LadderEditor
          app={app}
          value={ladderOf(shownOf("ladder"))}
          hint={plainText(ladder.description)}
          onChange={(value) => onChange({ path: pathOf("ladder"), value })}
        />
      ) : null}
      <div class="settings">{simple.filter(({ name }) => first.includes(name)).map(field)}</div>
      <details>
        <summary>More settings</summary>
        <div class="settings">{simple.filter(({ name }) => !first.includes(name)).map(field)}</div>
        <p class="hint">Who may publish and watch is said in the configuration's text, under access.</p>
      </details>
    </section>
  );
}

type SettingFieldProps = {
  readonly setting: Setting;
  readonly value: unknown;
  readonly problem: string | undefined;
  readonly onChange: (value: unknown) => void;
};

function SettingField({ setting: { name, description, kind, choices }, value, problem, onChange }: SettingFieldProps) {
  return (
    <Field label={name} hint={problem ?? plainText(description)}>
      {(id, hint) => {
        const shared = { id, "aria-describedby": hint, "aria-invalid": problem !== undefined };
        switch (kind) {
          case "choice":
            return (
              <select
                {...shared}
                value={valueText(value)}
                onChange={({ currentTarget }) => onChange(currentTarget.value)}
              >
                {choices.map((choice) => (
                  <option key={choice}>{choice}</option>
                ))}
              </select>
            );
          case "flag":
            return (
              <input
                {...shared}
                type="checkbox"
                checked={value === true}
                onChange={({ currentTarget }) => onChange(currentTarget.checked)}
              />
            );
          case "number":
            return (
              <input
                {...shared}
                type="number"
                value={valueText(value)}
                onInput={({ currentTarget }) =>
                  onChange(Number.isNaN(currentTarget.valueAsNumber) ? undefined : currentTarget.valueAsNumber)
                }
              />
            );
          default:
            return (
              <input
                {...shared}
                value={valueText(value)}
                onInput={({ currentTarget }) => onChange(currentTarget.value)}
              />
            );
        }
      }}
    </Field>
  );
}
