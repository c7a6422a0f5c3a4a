import type { Account, Operations, Role } from "@sluice/api";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { momentText } from "../format.ts";
import { useAnnounce } from "../parts/announce.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Field } from "../parts/field.tsx";
import { Empty } from "../parts/notice.tsx";
import { Paged } from "../parts/paged.tsx";
import { Table } from "../parts/table.tsx";

const roles: readonly Role[] = ["viewer", "operator", "owner"];
const meanings = { viewer: "looks", operator: "also acts on streams, keys and sessions", owner: "may everything" };

/** Who may sign in. */
export function AccountsPage() {
  const [count, setCount] = useState(0);
  return (
    <>
      <div class="heading">
        <h1>Accounts</h1>
      </div>
      <section class="card">
        <h2>New account</h2>
        <NewAccount onMade={() => setCount(count + 1)} />
      </section>
      <section class="card">
        <h2>All accounts</h2>
        <Paged key={count} name="accounts" ask={(query) => api("GET /accounts", { query })}>
          {(accounts, again) =>
            accounts.length === 0 ? (
              <Empty>There are none yet: the password of the configuration is the only way in.</Empty>
            ) : (
              <AccountTable accounts={accounts} onChange={again} />
            )
          }
        </Paged>
      </section>
    </>
  );
}

function NewAccount({ onMade }: { readonly onMade: () => void }) {
  const [form, setForm] = useState<{ name: string; password: string; role: Role }>({
    name: "",
    password: "",
    role: "operator",
  });
  const { attempt } = useAnnounce();
  const make = async (event: Event) => {
    event.preventDefault();
    if (!(await attempt(() => api("POST /accounts", { body: form }), `${form.name} may sign in.`))) return;
    setForm({ ...form, name: "", password: "" });
    onMade();
  };
  return (
    <form class="row top" onSubmit={(event) => void make(event)}>
      <Field label="Name" hint="small letters, digits, . _ and -">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            value={form.name}
            required
            autocapitalize="none"
            autocomplete="off"
            onInput={({ currentTarget }) => setForm({ ...form, name: currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Password" hint="ten characters or more">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            type="password"
            value={form.password}
            minLength={10}
            required
            autocomplete="new-password"
            onInput={({ currentTarget }) => setForm({ ...form, password: currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Role" hint={meanings[form.role]}>
        {(id) => (
          <select
            id={id}
            value={form.role}
            onChange={({ currentTarget }) => setForm({ ...form, role: roleOf(currentTarget.value) })}
          >
            {roles.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        )}
      </Field>
      <button type="submit">Make an account</button>
    </form>
  );
}

function AccountTable({
  accounts,
  onChange,
}: {
  readonly accounts: readonly Account[];
  readonly onChange: () => void;
}) {
  const { attempt } = useAnnounce();
  const change = ({ id }: Account, body: Operations["PATCH /accounts/{id}"]["body"], done: string) =>
    void attempt(() => api("PATCH /accounts/{id}", { path: { id }, body }), done).then(onChange);
  return (
    <Table
      caption="Accounts"
      rows={accounts}
      keyOf={({ id }) => id}
      columns={[
        { title: "Name", cell: ({ name }) => name },
        {
          title: "Role",
          cell: (account) => (
            <select
              aria-label={`Role of ${account.name}`}
              value={account.role}
              onChange={({ currentTarget }) =>
                change(account, { role: roleOf(currentTarget.value) }, `${account.name} is ${currentTarget.value} now.`)
              }
            >
              {roles.map((role) => (
                <option key={role}>{role}</option>
              ))}
            </select>
          ),
        },
        { title: "Made", cell: ({ createdAt }) => momentText(createdAt) },
        { title: "State", cell: ({ disabledAt }) => (disabledAt === undefined ? "valid" : "disabled") },
        {
          title: "Actions",
          quiet: true,
          cell: (account) => {
            const isOff = account.disabledAt !== undefined;
            return (
              <div class="row end">
                <button
                  type="button"
                  class="quiet"
                  aria-label={`${isOff ? "Enable" : "Disable"} ${account.name}`}
                  onClick={() =>
                    change(account, { disabled: !isOff }, `${account.name} is ${isOff ? "enabled" : "disabled"}.`)
                  }
                >
                  {isOff ? "Enable" : "Disable"}
                </button>
                <Confirm
                  label="Remove"
                  about={account.name}
                  question={`Remove the account ${account.name} and its API tokens?`}
                  onYes={() =>
                    void attempt(
                      () => api("DELETE /accounts/{id}", { path: { id: account.id } }),
                      `${account.name} is removed.`,
                    ).then(onChange)
                  }
                />
              </div>
            );
          },
        },
      ]}
    />
  );
}

function roleOf(text: string): Role {
  return roles.find((role) => role === text) ?? "viewer";
}
