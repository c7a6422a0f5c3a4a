import type { Session } from "@sluice/api";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useEvents } from "../live/feed.ts";
import { useMay } from "../me.ts";
import { Bans } from "../parts/bans.tsx";
import { Empty, Failure } from "../parts/notice.tsx";
import { Revocations } from "../parts/revocations.tsx";
import { SessionTable } from "../parts/session-table.tsx";
import { usePolled } from "../polled.ts";

const everyMs = 3_000;
const pageSize = 100;

/** Everybody who publishes and watches, and who is kept out. */
export function SessionsPage() {
  const [role, setRole] = useState<Session["role"] | "">("");
  const [pages, setPages] = useState<readonly string[]>([]);
  const after = pages.at(-1);
  const query = { limit: pageSize, after, role: role === "" ? undefined : role };
  const key = `${role} ${after}`;
  const { value, error, again } = usePolled(() => api("GET /sessions", { query }), key, everyMs);
  useEvents(({ kind }) => kind.startsWith("session") && again(), "sessions");
  const mayBan = useMay("operator");
  return (
    <>
      <div class="heading">
        <h1>Sessions</h1>
        <label class="check">
          Show{" "}
          <select
            value={role}
            onChange={({ currentTarget }) => {
              setRole(roleOf(currentTarget.value));
              setPages([]);
            }}
          >
            <option value="">everybody</option>
            <option value="publisher">publishers</option>
            <option value="viewer">viewers</option>
          </select>
        </label>
      </div>
      <Failure error={error} />
      {value?.items.length === 0 ? <Empty>Nobody is here.</Empty> : null}
      {value && value.items.length > 0 ? (
        <section class="card">
          <SessionTable caption="Sessions" sessions={value.items} withStream onChange={again} />
        </section>
      ) : null}
      <div class="row">
        {pages.length > 0 ? (
          <button type="button" class="quiet" onClick={() => setPages(pages.slice(0, -1))}>
            Before
          </button>
        ) : null}
        {value?.next ? (
          <button type="button" class="quiet" onClick={() => setPages([...pages, value.next ?? ""])}>
            More
          </button>
        ) : null}
      </div>
      {mayBan ? <Bans onChange={again} /> : null}
      {mayBan ? <Revocations onChange={again} /> : null}
    </>
  );
}

function roleOf(text: string): Session["role"] | "" {
  return text === "publisher" || text === "viewer" ? text : "";
}
