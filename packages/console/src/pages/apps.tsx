import type { Verdict } from "@sluice/api";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { appSettings, appsOf, type Change, withChange } from "../live/config-shape.ts";
import { useAnnounce } from "../parts/announce.tsx";
import { AppEditor } from "../parts/app-editor.tsx";
import { Field } from "../parts/field.tsx";
import { Failure } from "../parts/notice.tsx";
import { useVerdict, VerdictBox } from "../parts/verdict.tsx";
import { usePolled } from "../polled.ts";

/** The apps and what is made of their streams: what is typed is checked at once, and nothing changes before it is saved. */
export function AppsPage() {
  const { value: config, error, again } = usePolled(() => api("GET /config"), "config");
  const { value: schema } = usePolled(() => api("GET /config/schema"), "schema");
  const [changes, setChanges] = useState<readonly Change[]>([]);
  const { attempt } = useAnnounce();
  const judged = useVerdict(
    async () => (await api("PATCH /config", { body: { changes, dryRun: true } })) as Verdict, // as a trial is answered
    changes.length === 0 ? "" : JSON.stringify(changes),
  );
  const apps = appsOf(config?.values);
  const added = changes.filter(({ path }) => path.length === 2).map(({ path }) => path[1] ?? "");
  const save = async (event: Event) => {
    event.preventDefault();
    const work = () => api("PATCH /config", { body: { changes, revision: config?.revision } });
    if (!(await attempt(work, "Saved. What can change while the server runs has changed."))) return;
    setChanges([]);
    again();
  };
  const change = (next: Change) =>
    setChanges(withChange(changes, next, apps[next.path[1] ?? ""]?.[next.path[2] ?? ""]));
  return (
    <form class="plain" onSubmit={(event) => void save(event)}>
      <div class="heading">
        <h1>Apps</h1>
      </div>
      <Failure error={error} />
      {Object.entries(apps).map(([app, values]) => (
        <AppEditor
          key={app}
          app={app}
          settings={appSettings(schema)}
          values={values}
          changes={changes}
          problems={judged.verdict?.problems ?? []}
          onChange={change}
        />
      ))}
      {added.map((app) => (
        <p key={app} class="card">
          <b>{app}</b> is added with the usual settings when you save.
        </p>
      ))}
      <NewApp onAdd={(app) => change({ path: ["apps", app], value: {} })} />
      {changes.length > 0 ? (
        <div class="card save">
          <VerdictBox {...judged} />
          <div class="row end">
            <button type="button" class="quiet" onClick={() => setChanges([])}>
              Discard
            </button>
            <button type="submit" disabled={judged.verdict?.valid !== true}>
              Save
            </button>
          </div>
        </div>
      ) : null}
    </form>
  );
}

function NewApp({ onAdd }: { readonly onAdd: (app: string) => void }) {
  const [name, setName] = useState("");
  const add = () => {
    if (name.trim() === "") return;
    onAdd(name.trim());
    setName("");
  };
  return (
    <section class="card">
      <h2>New app</h2>
      <div class="row">
        <Field label="Name">
          {(id) => (
            <input
              id={id}
              value={name}
              autocapitalize="none"
              onInput={({ currentTarget }) => setName(currentTarget.value)}
            />
          )}
        </Field>
        <button type="button" class="quiet" onClick={add}>
          Add
        </button>
      </div>
    </section>
  );
}
