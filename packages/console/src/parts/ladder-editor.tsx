import type { LadderSetting, RungSetting } from "../live/config-shape.ts";
import { Field } from "./field.tsx";

type LadderEditorProps = {
  readonly app: string;
  readonly value: LadderSetting;
  readonly hint: string;
  readonly onChange: (value: LadderSetting) => void;
};

const words = ["1440p", "1080p", "720p", "480p", "360p", "240p", "audio"];
const codecs = ["h264", "hevc", "av1"];
const numbers = [
  { name: "height", label: "Height" },
  { name: "bitrate", label: "kbit/s" },
  { name: "fps", label: "Frames/s" },
] as const;

/** Which qualities are made of an app's streams. */
export function LadderEditor({ app, value, hint, onChange }: LadderEditorProps) {
  const kind = typeof value === "string" ? value : "own";
  const rungs = typeof value === "string" ? [] : value;
  const turn = (next: string) => onChange(next === "none" || next === "auto" ? next : ["720p", "360p"]);
  return (
    <fieldset class="ladder-editor">
      <legend>Ladder of {app}</legend>
      <Field label="Qualities" hint={hint}>
        {(id, hintId) => (
          <select
            id={id}
            aria-describedby={hintId}
            value={kind}
            onChange={({ currentTarget }) => turn(currentTarget.value)}
          >
            <option value="none">none: what is published, and nothing beside it</option>
            <option value="auto">auto: what suits the source</option>
            <option value="own">these</option>
          </select>
        )}
      </Field>
      {kind === "own" ? <Words rungs={rungs} onChange={onChange} /> : null}
      {kind === "own" ? <Own rungs={rungs} onChange={onChange} /> : null}
    </fieldset>
  );
}

type RungsProps = {
  readonly rungs: readonly RungSetting[];
  readonly onChange: (value: readonly RungSetting[]) => void;
};

function Words({ rungs, onChange }: RungsProps) {
  const turn = (word: string, isOn: boolean) =>
    onChange(isOn ? inOrder([...rungs, word]) : rungs.filter((rung) => rung !== word));
  return (
    <div class="row">
      {words.map((word) => (
        <label key={word} class="check">
          <input
            type="checkbox"
            checked={rungs.includes(word)}
            onChange={({ currentTarget }) => turn(word, currentTarget.checked)}
          />
          {word}
        </label>
      ))}
    </div>
  );
}

/** Words as the list has them, then what somebody has made up. */
function inOrder(rungs: readonly RungSetting[]): readonly RungSetting[] {
  return [...words.filter((word) => rungs.includes(word)), ...rungs.filter((rung) => typeof rung !== "string")];
}

function Own({ rungs, onChange }: RungsProps) {
  const change = (at: number, next: RungSetting | undefined) =>
    onChange(rungs.flatMap((rung, index) => (index !== at ? [rung] : next === undefined ? [] : [next])));
  return (
    <>
      {rungs.map((rung, index) =>
        typeof rung === "string" ? null : <OwnRung key={index} rung={rung} onChange={(next) => change(index, next)} />,
      )}
      <button type="button" class="quiet" onClick={() => onChange([...rungs, { height: 540, bitrate: 1200 }])}>
        Add a quality of your own
      </button>
    </>
  );
}

type OwnRungProps = {
  readonly rung: Readonly<Record<string, string | number>>;
  readonly onChange: (rung: RungSetting | undefined) => void;
};

function OwnRung({ rung, onChange }: OwnRungProps) {
  const set = (name: string, value: string | number) => {
    const { [name]: _, ...others } = rung;
    onChange(value === "" || value === 0 || Number.isNaN(value) ? others : { ...others, [name]: value });
  };
  return (
    <div class="row">
      <Field label="Name">
        {(id) => (
          <input
            id={id}
            value={rung.name ?? ""}
            placeholder="by its height"
            onInput={({ currentTarget }) => set("name", currentTarget.value)}
          />
        )}
      </Field>
      {numbers.map(({ name, label }) => (
        <Field key={name} label={label}>
          {(id) => (
            <input
              id={id}
              type="number"
              min={0}
              value={rung[name] ?? ""}
              onInput={({ currentTarget }) => set(name, currentTarget.valueAsNumber)}
            />
          )}
        </Field>
      ))}
      <Field label="Codec">
        {(id) => (
          <select
            id={id}
            value={rung.codec ?? "h264"}
            onChange={({ currentTarget }) => set("codec", currentTarget.value === "h264" ? "" : currentTarget.value)}
          >
            {codecs.map((codec) => (
              <option key={codec}>{codec}</option>
            ))}
          </select>
        )}
      </Field>
      <button type="button" class="quiet danger" onClick={() => onChange(undefined)}>
        Remove
      </button>
    </div>
  );
}
