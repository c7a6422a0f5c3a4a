import type { ShownStreamKey, StreamKey } from "@sluice/api";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { momentText } from "../format.ts";
import { useAnnounce } from "../parts/announce.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Field } from "../parts/field.tsx";
import { Empty } from "../parts/notice.tsx";
import { Paged } from "../parts/paged.tsx";
import { Secret } from "../parts/secret.tsx";
import { Table } from "../parts/table.tsx";
import { Tokens } from "../parts/tokens.tsx";

/** What publishers show, and what programs show that use the API. */
export function KeysPage() {
  const [shown, setShown] = useState<ShownStreamKey>();
  const [count, setCount] = useState(0);
  return (
    <>
      <div class="heading">
        <h1>Keys</h1>
      </div>
      <section class="card">
        <h2>Stream keys</h2>
        <NewKey
          onMade={(key) => {
            setShown(key);
            setCount(count + 1);
          }}
        />
        {shown?.key ? <Secret name={`The key for ${shown.app}/${shown.stream}`} text={shown.key} /> : null}
        <Paged key={count} name="keys" ask={(query) => api("GET /keys", { query })}>
          {(keys, again) => <KeyTable keys={keys} onChange={again} onShown={setShown} />}
        </Paged>
        <p class="hint">Keys that stand in the configuration are not listed here.</p>
      </section>
      <Tokens />
    </>
  );
}

function NewKey({ onMade }: { readonly onMade: (key: ShownStreamKey) => void }) {
  const [form, setForm] = useState({ app: "live", stream: "", label: "", until: "" });
  const { attempt } = useAnnounce();
  const set = (name: keyof typeof form) => (event: { readonly currentTarget: HTMLInputElement }) =>
    setForm({ ...form, [name]: event.currentTarget.value });
  const make = (event: Event) => {
    event.preventDefault();
    const { app, stream, label, until } = form;
    const body = { app, stream, label, ...(until === "" ? {} : { expiresAt: Date.parse(until) }) };
    void attempt(async () => onMade(await api("POST /keys", { body })), `The key for ${app}/${stream} is made.`);
  };
  return (
    <form class="row" onSubmit={make}>
      <Field label="App">{(id) => <input id={id} value={form.app} onInput={set("app")} required />}</Field>
      <Field label="Stream, * for all">
        {(id) => <input id={id} value={form.stream} onInput={set("stream")} required autocapitalize="none" />}
      </Field>
      <Field label="For whom">{(id) => <input id={id} value={form.label} onInput={set("label")} />}</Field>
      <Field label="Until">
        {(id) => <input id={id} type="datetime-local" value={form.until} onInput={set("until")} />}
      </Field>
      <button type="submit">Make a key</button>
    </form>
  );
}

type KeyTableProps = {
  readonly keys: readonly StreamKey[];
  readonly onChange: () => void;
  readonly onShown: (key: ShownStreamKey) => void;
};

function KeyTable({ keys, onChange, onShown }: KeyTableProps) {
  if (keys.length === 0) return <Empty>There are none yet.</Empty>;
  return (
    <Table
      caption="Stream keys"
      rows={keys}
      keyOf={({ id }) => id}
      columns={[
        { title: "Stream", cell: ({ app, stream }) => `${app}/${stream}` },
        { title: "For whom", cell: ({ label, user }) => [label, user].filter(Boolean).join(", ") || "–" },
        { title: "Made", cell: ({ createdAt }) => momentText(createdAt) },
        { title: "Used", cell: ({ lastUsedAt }) => (lastUsedAt === undefined ? "never" : momentText(lastUsedAt)) },
        { title: "State", cell: stateOf },
        { title: "Actions", quiet: true, cell: (key) => <KeyActions of={key} onChange={onChange} onShown={onShown} /> },
      ]}
    />
  );
}

function stateOf({ disabledAt, expiresAt }: StreamKey): string {
  if (disabledAt !== undefined) return "disabled";
  if (expiresAt === undefined) return "valid";
  return expiresAt <= Date.now() ? "expired" : `until ${momentText(expiresAt)}`;
}

function KeyActions({ of: key, onChange, onShown }: Omit<KeyTableProps, "keys"> & { readonly of: StreamKey }) {
  const { attempt } = useAnnounce();
  const name = `the key for ${key.app}/${key.stream}`;
  const path = { id: key.id };
  const isOff = key.disabledAt !== undefined;
  const turn = () =>
    attempt(
      () => api("PATCH /keys/{id}", { path, body: { disabled: !isOff } }),
      isOff ? `${name} holds again.` : `${name} is disabled.`,
    );
  const rotate = () =>
    attempt(
      async () => onShown(await api("PATCH /keys/{id}", { path, body: { rotate: true } })),
      `${name} is replaced: the new one is shown above.`,
    );
  const takeAway = () => attempt(() => api("DELETE /keys/{id}", { path }), `${name} is removed.`);
  return (
    <div class="row end">
      <button
        type="button"
        class="quiet"
        aria-label={`${isOff ? "Enable" : "Disable"} ${name}`}
        onClick={() => void turn().then(onChange)}
      >
        {isOff ? "Enable" : "Disable"}
      </button>
      <Confirm
        label="Replace"
        about={name}
        question={`Replace ${name}? Who publishes with it is sent away, and needs the new one.`}
        onYes={() => void rotate().then(onChange)}
      />
      <Confirm
        label="Remove"
        about={name}
        question={`Remove ${name}? Who publishes with it is sent away.`}
        onYes={() => void takeAway().then(onChange)}
      />
    </div>
  );
}
