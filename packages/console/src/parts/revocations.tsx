import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { countText, momentText } from "../format.ts";
import { usePolled } from "../polled.ts";
import { useAnnounce } from "./announce.tsx";
import { Field } from "./field.tsx";
import { Empty, Failure } from "./notice.tsx";
import { Table } from "./table.tsx";

const everyMs = 5_000;

/** Tokens and signed addresses that would still hold and do not, and the way to make one so. */
export function Revocations({ onChange }: { readonly onChange: () => void }) {
  const { value, error, again } = usePolled(() => api("GET /revocations"), "revocations", everyMs);
  return (
    <section class="card">
      <h2>Revoked</h2>
      <NewRevocation
        onMade={() => {
          again();
          onChange();
        }}
      />
      <Failure error={error} />
      {value?.items.length === 0 ? <Empty>No right has been revoked that would still hold.</Empty> : null}
      {value && value.items.length > 0 ? (
        <Table
          caption="Revoked rights"
          rows={value.items}
          keyOf={({ grant }) => grant}
          columns={[
            { title: "Right", cell: ({ grant }) => <span class="code">{grant}</span> },
            { title: "Why", cell: ({ reason }) => reason },
            { title: "It would have held until", cell: ({ until }) => momentText(until) },
          ]}
        />
      ) : null}
    </section>
  );
}

function NewRevocation({ onMade }: { readonly onMade: () => void }) {
  const [form, setForm] = useState({ token: "", reason: "" });
  const { say, attempt } = useAnnounce();
  const make = async (event: Event) => {
    event.preventDefault();
    const { token, reason } = form;
    let ended = 0;
    const work = async () => {
      ({ ended } = await api("POST /revocations", {
        body: { token: token.trim(), reason: reason || undefined },
      }));
    };
    if (!(await attempt(work, "It is revoked."))) return;
    say(`It is revoked; ${countText(ended, "session that rested on it is", "sessions that rested on it are")} ended.`);
    setForm({ token: "", reason: "" });
    onMade();
  };
  return (
    <form class="row top" onSubmit={(event) => void make(event)}>
      <Field label="Token or signed address" hint="who watches or publishes with it is sent away, for good">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            value={form.token}
            required
            autocapitalize="none"
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setForm({ ...form, token: currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Why">
        {(id) => (
          <input
            id={id}
            value={form.reason}
            maxLength={256}
            onInput={({ currentTarget }) => setForm({ ...form, reason: currentTarget.value })}
          />
        )}
      </Field>
      <button type="submit">Revoke</button>
    </form>
  );
}
