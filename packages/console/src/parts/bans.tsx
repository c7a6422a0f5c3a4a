import type { Ban } from "@sluice/api";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { momentText } from "../format.ts";
import { usePolled } from "../polled.ts";
import { useAnnounce } from "./announce.tsx";
import { Field } from "./field.tsx";
import { Empty, Failure } from "./notice.tsx";
import { Table } from "./table.tsx";

const everyMs = 5_000;
const empty = { address: "", reason: "", until: "" };

/** Addresses and networks that are kept out. `onChange`: who was here from there is so no more. */
export function Bans({ onChange }: { readonly onChange: () => void }) {
  const { value, error, again } = usePolled(() => api("GET /bans"), "bans", everyMs);
  const { attempt } = useAnnounce();
  const lift = ({ id, address }: Ban) =>
    attempt(() => api("DELETE /bans/{id}", { path: { id } }), `${address} may come again.`).then(again);
  return (
    <section class="card">
      <h2>Kept out</h2>
      <NewBan
        onMade={() => {
          again();
          onChange();
        }}
      />
      <Failure error={error} />
      {value?.items.length === 0 ? <Empty>No address is kept out.</Empty> : null}
      {value && value.items.length > 0 ? (
        <Table
          caption="Bans"
          rows={value.items}
          keyOf={({ id }) => id}
          columns={[
            { title: "Address", cell: ({ address }) => address },
            { title: "Why", cell: ({ reason }) => reason },
            { title: "Since", cell: ({ createdAt }) => momentText(createdAt) },
            {
              title: "Until",
              cell: ({ expiresAt }) => (expiresAt === undefined ? "taken back" : momentText(expiresAt)),
            },
            {
              title: "Actions",
              quiet: true,
              cell: (ban) => (
                <div class="row end">
                  <button
                    type="button"
                    class="quiet"
                    aria-label={`Let ${ban.address} in again`}
                    onClick={() => void lift(ban)}
                  >
                    Let in again
                  </button>
                </div>
              ),
            },
          ]}
        />
      ) : null}
    </section>
  );
}

function NewBan({ onMade }: { readonly onMade: () => void }) {
  const [form, setForm] = useState(empty);
  const { attempt } = useAnnounce();
  const set = (name: keyof typeof form) => (event: { readonly currentTarget: HTMLInputElement }) =>
    setForm({ ...form, [name]: event.currentTarget.value });
  const make = async (event: Event) => {
    event.preventDefault();
    const { address, reason, until } = form;
    const body = {
      address: address.trim(),
      ...(reason === "" ? {} : { reason }),
      ...(until === "" ? {} : { expiresAt: Date.parse(until) }),
    };
    if (!(await attempt(() => api("POST /bans", { body }), `${body.address} is kept out.`))) return;
    setForm(empty);
    onMade();
  };
  return (
    <form class="row top" onSubmit={(event) => void make(event)}>
      <Field label="Address or network" hint="such as 203.0.113.9 or 2001:db8::/32">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            value={form.address}
            onInput={set("address")}
            required
            autocapitalize="none"
            autocomplete="off"
          />
        )}
      </Field>
      <Field label="Why">{(id) => <input id={id} value={form.reason} onInput={set("reason")} maxLength={256} />}</Field>
      <Field label="Until" hint="empty: until it is taken back">
        {(id, hint) => (
          <input id={id} aria-describedby={hint} type="datetime-local" value={form.until} onInput={set("until")} />
        )}
      </Field>
      <button type="submit">Keep out</button>
    </form>
  );
}
