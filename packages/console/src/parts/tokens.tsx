import type { NewApiToken, Scope } from "@sluice/api";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { momentText } from "../format.ts";
import { useAnnounce } from "./announce.tsx";
import { Confirm } from "./confirm.tsx";
import { Field } from "./field.tsx";
import { Empty } from "./notice.tsx";
import { Paged } from "./paged.tsx";
import { Secret } from "./secret.tsx";
import { Table } from "./table.tsx";

const scopes: readonly Scope[] = ["read", "sessions", "keys", "bans", "accounts", "audit", "config"];

/** Tokens for programs that use the API in somebody's name. */
export function Tokens() {
  const [shown, setShown] = useState<NewApiToken>();
  const [count, setCount] = useState(0);
  const { attempt } = useAnnounce();
  return (
    <section class="card">
      <h2>API tokens</h2>
      <NewToken
        onMade={(token) => {
          setShown(token);
          setCount(count + 1);
        }}
      />
      {shown ? <Secret name={`The token "${shown.label}"`} text={shown.secret} /> : null}
      <Paged key={count} name="tokens" ask={(query) => api("GET /tokens", { query })}>
        {(tokens, again) =>
          tokens.length === 0 ? (
            <Empty>There are none yet.</Empty>
          ) : (
            <Table
              caption="API tokens"
              rows={tokens}
              keyOf={({ id }) => id}
              columns={[
                { title: "For what", cell: ({ label }) => label },
                { title: "May", cell: (token) => token.scopes.join(", ") },
                { title: "Made", cell: ({ createdAt }) => momentText(createdAt) },
                {
                  title: "Used",
                  cell: ({ lastUsedAt }) => (lastUsedAt === undefined ? "never" : momentText(lastUsedAt)),
                },
                {
                  title: "Until",
                  cell: ({ expiresAt }) => (expiresAt === undefined ? "removed" : momentText(expiresAt)),
                },
                {
                  title: "Actions",
                  quiet: true,
                  cell: ({ id, label }) => (
                    <Confirm
                      label="Remove"
                      about={`the token ${label}`}
                      question={`Remove the token "${label}"? Programs that use it are refused from now on.`}
                      onYes={() =>
                        void attempt(
                          () => api("DELETE /tokens/{id}", { path: { id } }),
                          `The token "${label}" is removed.`,
                        ).then(again)
                      }
                    />
                  ),
                },
              ]}
            />
          )
        }
      </Paged>
      <p class="hint">
        A token does what its account may, as far as its boxes say. The server's own password has no account to make one
        for.
      </p>
    </section>
  );
}

function NewToken({ onMade }: { readonly onMade: (token: NewApiToken) => void }) {
  const [label, setLabel] = useState("");
  const [may, setMay] = useState<readonly Scope[]>(["read"]);
  const { attempt } = useAnnounce();
  const make = (event: Event) => {
    event.preventDefault();
    const work = async () => onMade(await api("POST /tokens", { body: { label, scopes: may } }));
    void attempt(work, `The token "${label}" is made.`);
  };
  return (
    <form class="row" onSubmit={make}>
      <Field label="For what">
        {(id) => (
          <input id={id} value={label} required onInput={({ currentTarget }) => setLabel(currentTarget.value)} />
        )}
      </Field>
      <fieldset>
        <legend>May</legend>
        <div class="row">
          {scopes.map((scope) => (
            <label key={scope} class="check">
              <input
                type="checkbox"
                checked={may.includes(scope)}
                onChange={({ currentTarget }) =>
                  setMay(currentTarget.checked ? [...may, scope] : may.filter((each) => each !== scope))
                }
              />
              {scope}
            </label>
          ))}
        </div>
      </fieldset>
      <button type="submit" disabled={may.length === 0}>
        Make a token
      </button>
    </form>
  );
}
