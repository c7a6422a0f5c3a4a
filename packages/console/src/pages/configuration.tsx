import type { Applied, ConfigVersion } from "@sluice/api";
import { useRef, useState } from "preact/hooks";
import { api } from "../api.ts";
import { momentText } from "../format.ts";
import { useAnnounce } from "../parts/announce.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Empty, Failure } from "../parts/notice.tsx";
import { TextEditor, type TextEditorHandle } from "../parts/text-editor.tsx";
import { useVerdict, VerdictBox } from "../parts/verdict.tsx";
import { usePolled } from "../polled.ts";

/** The whole configuration as text, with what the server says of it while it is written, and the way back. */
export function ConfigurationPage() {
  const { value: config, error, again } = usePolled(() => api("GET /config"), "config");
  const { value: versions, again: againVersions } = usePolled(() => api("GET /config/versions"), "versions");
  const [typed, setTyped] = useState<string>();
  const editor = useRef<TextEditorHandle>(null);
  const { attempt } = useAnnounce();
  const text = typed ?? config?.text ?? "";
  const isChanged = typed !== undefined && typed !== config?.text;
  const judged = useVerdict(() => api("POST /config/check", { body: { text } }), isChanged ? text : "");
  const take = async (work: () => Promise<Applied>, done: string) => {
    if (!(await attempt(work, done))) return;
    setTyped(undefined);
    again();
    againVersions();
  };
  const lines = judged.verdict?.problems.flatMap(({ line }) => (line === undefined ? [] : [line])) ?? [];
  return (
    <>
      <div class="heading">
        <h1>Configuration</h1>
      </div>
      <Failure error={error} />
      <section class="card">
        <TextEditor handle={editor} label="Configuration, as YAML" text={text} marked={lines} onInput={setTyped} />
        <p class="hint">Secrets are not shown: a mark such as kept:… stands for each, and may stay as it is.</p>
        <VerdictBox {...judged} onLine={(line, column) => editor.current?.goTo(line, column)} />
        <div class="row end">
          <button type="button" class="quiet" disabled={!isChanged} onClick={() => setTyped(undefined)}>
            Discard
          </button>
          <button
            type="button"
            disabled={!isChanged || judged.verdict?.valid !== true}
            onClick={() =>
              void take(() => api("POST /config", { body: { text, revision: config?.revision } }), "Saved.")
            }
          >
            Save
          </button>
        </div>
      </section>
      <Versions
        versions={versions?.items ?? []}
        onBack={({ revision, savedAt }) =>
          void take(
            () => api("POST /config/rollback", { body: { revision } }),
            `It is as before ${momentText(savedAt)} again.`,
          )
        }
      />
    </>
  );
}

function Versions({
  versions,
  onBack,
}: {
  readonly versions: readonly ConfigVersion[];
  readonly onBack: (version: ConfigVersion) => void;
}) {
  return (
    <section class="card">
      <h2>Before</h2>
      {versions.length === 0 ? <Empty>Nothing has been changed here yet.</Empty> : null}
      <ul class="versions">
        {versions.map((version) => (
          <li key={`${version.savedAt} ${version.revision}`}>
            <span>
              until {momentText(version.savedAt)} <code>{version.revision}</code>
            </span>
            <Confirm
              label="Go back"
              about={`to before ${momentText(version.savedAt)}`}
              question={`Make the configuration what it was until ${momentText(version.savedAt)}? What it is now is kept as well.`}
              onYes={() => onBack(version)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
